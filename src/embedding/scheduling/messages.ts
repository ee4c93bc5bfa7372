import type { ErrorAnswer } from '../../core/errors.ts'
import type { JobTimings } from '../runtimes/runner.ts'
import type { EndSignal } from './end-of-process.ts'

/** What a thread starts with. */
export interface ThreadData {
  /** For its `open`. */
  data: unknown
  end: EndSignal
}

/**
 * From the pool to a thread, which has one of these at a time. `alone`: no other job runs or waits. `quicken`: get ready
 * to be quicker at jobs that are alone.
 */
export type Request<Job> = { type: 'job'; job: Job; alone: boolean } | { type: 'quicken' } | { type: 'close' }

/** From a thread to the pool: once `ready` or `failed` when it has loaded, then one answer per request but `close`. */
export type Answer<Value> =
  | { type: 'ready' }
  /** `spent`: the thread had no memory left and is better replaced. */
  | { type: 'failed'; error: ErrorAnswer; spent: boolean }
  | ({ type: 'done' } & Done<Value>)

export interface Done<Value> {
  value: Value
  timings: JobTimings
}
