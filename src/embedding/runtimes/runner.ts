import type { Encoding } from '../tokenizer.ts'

/** The part of an embedder that blocks the thread it runs on. */
export interface ModelRunner {
  /** One encoding per text. */
  tokenize(texts: readonly string[], options: JobOptions): Promise<Encoding[]>
  /** Token ids of one batch → its vectors, shape [texts, dimensions], of unit length; NaN or zero rows are passed on. */
  infer(batch: readonly Int32Array[], options: JobOptions): Promise<Float32Array>
  /** Waits for jobs under way. */
  close(): Promise<void>
}

export interface JobOptions {
  /** Goes before every job that is not urgent and has not begun. */
  urgent: boolean
  /** A job that has not begun when it fires rejects with `ABORTED`. */
  signal?: AbortSignal | undefined
}
