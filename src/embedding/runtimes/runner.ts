import type { EmbedInput } from '../../core/ports/embedder.ts'
import type { Encoding } from '../tokenizing/tokenizer.ts'

/**
 * The part of an embedder that blocks the thread it runs on, for runtimes that read token ids. Its jobs are timed where
 * they run.
 */
export interface ModelRunner {
  /** One encoding per text. */
  tokenize(texts: readonly EmbedInput[], options: JobOptions): Promise<Encoding[]>
  /** Token ids of one batch → its vectors, shape [texts, dimensions], of unit length; NaN or zero rows are passed on. */
  infer(batch: readonly Int32Array[], options: JobOptions): Promise<Float32Array>
  /** Both in one job, so that a query waits once. */
  embed(texts: readonly EmbedInput[], options: JobOptions): Promise<EncodedVectors>
  state(): RunnerState
  /** Waits for jobs under way. */
  close(): Promise<void>
}

export interface JobOptions {
  /** Goes before every job that is not urgent and has not begun. */
  urgent: boolean
  /** Of token ids alone: texts have theirs. */
  prompt: string
  /** Values of the spec's further inputs. */
  inputs: Readonly<Record<string, number>>
  /** A job that has not begun when it fires rejects with `ABORTED`, at once. */
  signal?: AbortSignal | undefined
  /** How often the job is begun again where its worker ended under it; 0 unless told. */
  retries?: number
  /** Told what a job took, once it is done. */
  onTimed: (timings: JobTimings) => void
}

/** Milliseconds of one job. */
export interface JobTimings {
  load?: number
  queue?: number
  tokenize?: number
  infer?: number
  pool?: number
}

export interface EncodedVectors {
  encodings: { tokens: number; truncated: boolean }[]
  /** Shape [texts, dimensions]. */
  vectors: Float32Array
}

export interface RunnerState {
  /** Jobs that have not begun. */
  waiting: number
  /** Workers that are loaded. */
  workers: number
  /** Workers that ended unasked and were replaced. */
  restarts: number
}
