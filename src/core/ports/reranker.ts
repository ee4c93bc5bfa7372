import type { SemdexError } from '../errors.ts'
import type { ModelSpec } from '../model-spec.ts'

/**
 * A query and passages → how well each passage answers the query.
 *
 * - `rerank` answers one result per passage, in the order of the passages; one passage's error costs no other its score.
 * - Never blocks the event loop, and is safe for concurrent callers.
 * - `signal` stops work that has not begun: the call then rejects with `ABORTED`.
 * - What waits is bounded: beyond the bound a call rejects with `EMBEDDER_BUSY` and has cost nothing.
 * - `close` waits for the work under way, is idempotent, and later calls reject with `EMBEDDER_CLOSED`.
 * @throws {SemdexError} `MODEL_NOT_INSTALLED`, `MODEL_DAMAGED`, `MODEL_INVALID`, `RUNTIME_UNAVAILABLE`; `INVALID_INPUT` for
 * a query without a readable character.
 */
export interface Reranker {
  readonly spec: ModelSpec
  readonly fingerprint: string
  rerank(query: string, passages: readonly string[], options?: RerankOptions): Promise<RerankResult[]>
  close(): Promise<void>
}

export interface RerankOptions {
  signal?: AbortSignal
}

export type RerankResult = Reranked | { ok: false; error: SemdexError }

export interface Reranked {
  ok: true
  /** What the model answers, without bound. */
  logit: number
  /** 1 / (1 + e^−logit): 0 to 1. A rank score, never a similarity. */
  score: number
  /** Tokens of the pair, special tokens included. */
  tokens: number
  /** True where query or passage were cut to fit the model's limit. */
  truncated: boolean
}
