import type { ErrorAnswer } from '../../../core/errors.ts'
import type { Encoding } from '../../tokenizer.ts'
import type { EncodedVectors, JobTimings } from '../runner.ts'

/** From the pool to a worker. A worker has one job at a time. */
export type Job =
  | { type: 'tokenize'; texts: readonly string[] }
  | { type: 'infer'; batch: readonly Int32Array[]; inputs: Readonly<Record<string, number>> }
  | { type: 'embed'; texts: readonly string[]; inputs: Readonly<Record<string, number>> }
export type Request = Job | { type: 'close' }

/** From a worker to the pool: once `ready` or `failed` when it has loaded, then one answer per job. */
export type Answer =
  | { type: 'ready' }
  | { type: 'failed'; error: ErrorAnswer }
  | { type: 'done'; value: JobValue; timings: JobTimings }
export type JobValue = Encoding[] | Float32Array | EncodedVectors
