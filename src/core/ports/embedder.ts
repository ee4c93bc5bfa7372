import type { SemdexError } from '../errors.ts'
import type { EmbeddingKind, ModelSpec } from '../model-spec.ts'

/**
 * Text in, unit vectors out.
 *
 * - `embed` answers one result per text, in the order of the texts; one text's error costs no other text its vector.
 * - Token ids stand for the text that the model's own tokenizer gives them for; the prompt's come before them, and special
 *   tokens around them, unless they are there. Ids that the tokenizer lacks are that item's `EMBEDDING_FAILED`.
 * - A query gets the model's query prompt, a passage its passage prompt, a task the task's own.
 * - Never blocks the event loop, and is safe for concurrent callers; queries overtake passages that have not begun.
 * - `signal` stops work that has not begun: the call then rejects with `ABORTED`.
 * - What waits is bounded: beyond the bound a call rejects with `EMBEDDER_BUSY` and has cost nothing.
 * - `close` waits for the work under way, is idempotent, and later calls reject with `EMBEDDER_CLOSED`.
 * @throws {SemdexError} `INVALID_INPUT` for dimensions or a task that the model does not have, and for token ids to a model
 * whose tokenizer is elsewhere; `MODEL_NOT_INSTALLED`,
 * `MODEL_DAMAGED`, `MODEL_INVALID`, `RUNTIME_UNAVAILABLE`, `REMOTE_FAILED` where nothing can be embedded at all.
 */
export interface Embedder {
  readonly spec: ModelSpec
  /** Digest over everything that decides a vector's value for a text. Vectors of two fingerprints are never compared. */
  readonly fingerprint: string
  embed(texts: readonly EmbedInput[], options: EmbedOptions): Promise<EmbedResult[]>
  /** Since it was opened. */
  metrics(): EmbedderMetrics
  close(): Promise<void>
}

/** A text, or token ids in place of one. */
export type EmbedInput = string | Int32Array

export interface EmbedOptions {
  kind: EmbeddingKind
  /** One of the spec's tasks, instead of the kind's own prompt and inputs. */
  task?: string
  /** One of the spec's Matryoshka widths: the vectors are cut to it and normalised again. */
  dimensions?: number
  signal?: AbortSignal
  /** Called with the number of texts done so far, never more than the number of texts. */
  onProgress?: (done: number) => void
  /** Called once, before the results are answered. */
  onTimings?: (timings: EmbedTimings) => void
}

export type EmbedResult = Embedded | { ok: false; error: SemdexError }

export interface Embedded {
  ok: true
  /** Shape [dimensions], unit length. */
  vector: Float32Array
  /** Tokens that went into the model, special tokens and prompt included; null where a server does not tell. */
  tokens: number | null
  /** True where the text was longer than the model's limit and its end was left out; null where a server does not tell. */
  truncated: boolean | null
  /** True where halves of surrogate pairs stood alone in the text: the model read U+FFFD in their places. Else left out. */
  repaired?: true
}

/** Milliseconds. Jobs run side by side, so the stages may add up to more than `total`, which is wall-clock time. */
export interface EmbedTimings {
  total: number
  /** Waited for the model to be loaded. */
  load: number
  /** Jobs waited for a worker. */
  queue: number
  tokenize: number
  infer: number
  pool: number
}

export interface EmbedderMetrics {
  calls: number
  texts: number
  /** Texts that gave an error instead of a vector. */
  failed: number
  /** Tokens that the model read; texts whose tokens a server does not tell are left out. */
  tokens: number
  /**
   * Texts whose vector came from the result cache, or that another call or this one was embedding already, and those that
   * were looked for in vain; 0 without a cache.
   */
  cacheHits: number
  cacheMisses: number
  /** Jobs that wait now, and workers that are loaded now. */
  waiting: number
  workers: number
  /** Workers that ended unasked and were replaced. */
  restarts: number
  /** Sums over all calls. */
  timings: EmbedTimings
}

/** Counts tokens as a model's tokenizer does, without special tokens; synchronous, since chunkers call it per sentence. */
export interface TokenCounter {
  /** Names the tokenizer: part of the chunking fingerprint. */
  readonly id: string
  count(text: string): number
}
