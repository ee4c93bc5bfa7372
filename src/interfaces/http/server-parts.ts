import type { Parts } from '../../core/parts.ts'
import type { Access } from '../../operations/operation.ts'

/** What the routes and the middleware work with; made once, when the server starts. */
export interface ServerParts {
  parts: Parts
  version: string
  /** Fires when the server begins to shut down. */
  closing: AbortSignal
}

/** What a request's middleware tells its route. */
export interface Env {
  /** `socket`: it came over the user's own socket, whose permissions are its key: no Host, key or rate is asked for. */
  Bindings: { socket?: true }
  Variables: {
    access: Access
    /** The id of the request's key; absent where it has none. */
    key?: string
  }
}
