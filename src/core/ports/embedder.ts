import type { SemdexError } from '../errors.ts'
import type { EmbeddingKind, ModelSpec } from '../model-spec.ts'

/**
 * Text in, unit vectors out.
 *
 * - `embed` answers one result per text, in the order of the texts; one text's error costs no other text its vector.
 * - A query gets the model's query prompt, a passage its passage prompt.
 * - Never blocks the event loop, and is safe for concurrent callers; queries overtake passages that have not begun.
 * - `signal` stops work that has not begun: the call then rejects with `ABORTED`.
 * - `close` waits for the work under way, is idempotent, and later calls reject with `EMBEDDER_CLOSED`.
 * @throws {SemdexError} `MODEL_NOT_INSTALLED`, `MODEL_DAMAGED`, `MODEL_INVALID`, `RUNTIME_UNAVAILABLE` where nothing can be embedded at all.
 */
export interface Embedder {
  readonly spec: ModelSpec
  /** Digest over everything that decides a vector's value for a text. Vectors of two fingerprints are never compared. */
  readonly fingerprint: string
  embed(texts: readonly string[], options: EmbedOptions): Promise<EmbedResult[]>
  close(): Promise<void>
}

export interface EmbedOptions {
  kind: EmbeddingKind
  signal?: AbortSignal
  /** Called with the number of texts done so far, never more than the number of texts. */
  onProgress?: (done: number) => void
}

export type EmbedResult = Embedded | { ok: false; error: SemdexError }

export interface Embedded {
  ok: true
  /** Shape [dimensions], unit length. */
  vector: Float32Array
  /** Tokens that went into the model, special tokens and prompt included. */
  tokens: number
  /** True where the text was longer than the model's limit and its end was left out. */
  truncated: boolean
}

/** Counts tokens as a model's tokenizer does, without special tokens; synchronous, since chunkers call it per sentence. */
export interface TokenCounter {
  /** Names the tokenizer: part of the chunking fingerprint. */
  readonly id: string
  count(text: string): number
}
