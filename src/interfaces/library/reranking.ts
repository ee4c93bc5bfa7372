import type { SemdexError } from '../../core/errors.ts'

export interface RerankingOptions {
  /** A reranker's name, or the path of its folder: none comes with Semdex. */
  model: string
  /** The most results. Default: all. */
  limit?: number
  signal?: AbortSignal
}

export interface Reranking {
  model: string
  /** Best first. */
  results: RankedPassage[]
  /** Passages that have no score, in their order. */
  failed: { index: number; error: SemdexError }[]
}

export interface RankedPassage {
  /** The passage's place in what was given. */
  index: number
  /** 1 / (1 + e^−logit): 0 to 1. No similarity, and comparable only with scores of the same query and model. */
  score: number
  /** What the model answers, without bound. */
  logit: number
  /** Of query and passage, special tokens included. */
  tokens: number
  /** True where they were longer than the model's limit and were cut. */
  truncated: boolean
}
