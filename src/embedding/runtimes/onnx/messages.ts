import type { ErrorAnswer } from '../../../core/errors.ts'
import type { Encoding } from '../../tokenizer.ts'

/** From the pool to a worker. A worker has one job at a time. */
export type Job = { type: 'tokenize'; texts: readonly string[] } | { type: 'infer'; batch: readonly Int32Array[] }
export type Request = Job | { type: 'close' }

/** From a worker to the pool: once `ready` or `failed` when it has loaded, then one answer per job. */
export type Answer = { type: 'ready' } | { type: 'failed'; error: ErrorAnswer } | { type: 'done'; value: JobValue }
export type JobValue = Encoding[] | Float32Array
