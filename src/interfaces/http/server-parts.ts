import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Parts } from '../../core/parts.ts'
import type { StageListener } from '../../core/stage-time.ts'
import type { Access } from '../../operations/operation.ts'
import type { MiddlewareHandler } from '../../vendor/hono.ts'
import type { Caller } from '../wire/call.ts'

/** What the routes and the middleware work with; made once, when the server starts. */
export interface ServerParts {
  parts: Parts
  version: string
  /** Fires when the server begins to shut down. */
  closing: AbortSignal
  /** Fires when the time to finish is over: what is still under way is to stop. */
  ending?: AbortSignal
  /** Told of every request that was answered, for the log. */
  onRequest?: (request: RequestSummary) => void
  /** Follows each request for OpenTelemetry. */
  trace?: MiddlewareHandler<Env>
}

/** One request, without anything that its caller wrote. */
export interface RequestSummary {
  id: string
  method: string
  /** The pattern that the path matched; null for none. */
  route: string | null
  status: number
  milliseconds: number
  /** Milliseconds of the parts of its work, by their names; parts that ran twice add up. */
  stages: ReadonlyMap<string, number>
  /** Of the answer with its headers; null where they were not counted. */
  bytes: number | null
  /** The id of the caller's key; null without one. */
  key: string | null
  /** What failed, where something did. */
  error: unknown
}

/** What a request's middleware tells its route. */
export interface Env {
  /**
   * `socket`: it came over the user's own socket, whose permissions are its key: no Host, key or rate is asked for.
   * `incoming` and `outgoing` are missing where there is no connection, as in tests.
   */
  Bindings: { socket?: true; incoming?: IncomingMessage; outgoing?: ServerResponse }
  Variables: {
    access: Access
    /** The id of the request's key; absent where it has none. */
    key?: string
    /** Who asks, as `callOperation` takes it. */
    caller: Caller
    /** Fires when the client leaves, the request takes too long, or the server ends. */
    signal: AbortSignal
    requestId: string
    /** Told what the parts of the work took. */
    onStage: StageListener
  }
}
