import type { DebugEvent } from '../../../core/debug.ts'
import type { ErrorAnswer } from '../../../core/errors.ts'
import type { Progress } from '../../../operations/operation.ts'

/** Where the daemon answers command lines: on its socket alone. Both sides are of one version, so it may change freely. */
export const DAEMON_PATH = '/daemon'

/** The body of `POST /daemon/calls`. `DELETE /daemon/calls/<id>` cancels it. */
export interface CallRequest {
  /** Chosen by the caller. */
  id: string
  operation: string
  input: unknown
  /** Whether the caller wants to hear of these. */
  debug: boolean
  progress: boolean
}

/** One line of the answer. The last has `answer`, `error` or `own`. */
export type CallMessage =
  | { begun: true }
  | { progress: Progress }
  | { warning: string }
  | { debug: DebugEvent }
  | { answer: unknown }
  | { error: ErrorAnswer }
  /** The answer would depend on what the caller's environment has and the daemon's has not: the caller does it itself. */
  | { own: true }
