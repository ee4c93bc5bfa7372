import type { PairEncoding } from './pairs.ts'

/** What a thread of a reranker is asked for. */
export type RerankJob =
  | { type: 'encode'; query: string; passages: readonly string[] }
  | { type: 'score'; pairs: readonly PairEncoding[] }

/** Encoded pairs, or a logit for each pair. */
export type RerankValue = PairEncoding[] | Float32Array
