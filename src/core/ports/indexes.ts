import type { FilterNode } from '../filter.ts'
import type { Side, SideModel } from '../sides.ts'

/** What every index of a collection can be told. */
export interface IndexSearchOptions {
  /** The most hits, at most `capabilities.maxLimit`. */
  limit: number
  filter?: FilterNode
  signal?: AbortSignal
}

/**
 * Nearest neighbours over the vectors of one collection and one embedding fingerprint: those of the active documents of the
 * sides that are searched with it, or where none is, of those that a migration fills it with or keeps it for.
 *
 * Derived data: it follows the record store and may be deleted and rebuilt at any time.
 * - `search` sees every document that the record store has acknowledged, and none of a document only in part.
 * - `filter` applies before `limit`: fewer than `limit` hits means there are no more.
 * - Hits are ordered by ascending Euclidean distance (for unit vectors: by descending cosine), ties by ascending key.
 * - `similarity` is the true cosine and `distance` the Euclidean distance, exact to 1e-6 when `capabilities.exact`.
 * - Safe for concurrent callers; `signal` stops work that has not begun.
 * @throws {SemdexError} `DIMENSION_MISMATCH`, `VECTOR_INVALID`, `INDEX_CLOSED`, `INVALID_INPUT` for a limit above
 * `capabilities.maxLimit`; `COLLECTION_MODEL_MISMATCH` where the collection is there and has no such vectors any more
 */
export interface VectorIndex {
  readonly capabilities: { exact: boolean; maxLimit: number }
  search(query: Float32Array, options: IndexSearchOptions): Promise<VectorHit[]>
  /** The cosines of these chunks, by key; those that are not in the index are left out. */
  similarities(query: Float32Array, keys: readonly number[]): Promise<Map<number, number>>
  /**
   * Mean and standard deviation of the query's cosines against all vectors of the index, without a scan. `sides` are those
   * whose documents the index holds at that moment: a migration may change that.
   */
  distribution(query: Float32Array): Promise<Distribution>
  /** Removes what is derived and makes it anew from the truth. */
  rebuild(): Promise<void>
}

export interface Distribution {
  count: number
  mean: number
  deviation: number
  sides?: Side[]
}

export interface VectorHit {
  key: number
  similarity: number
  distance: number
}

/**
 * Keyword search over the chunks of one collection's active documents, whatever their sides, ranked by BM25.
 *
 * Derived data, with the same visibility and the same filter rule as `VectorIndex`.
 * - The query is text, never syntax: quotes, operators and wildcards in it are looked up as words or ignored.
 * - A query without a single searchable word answers no hits.
 * - Hits are ordered by descending score, ties by ascending key. Statistics belong to this collection alone.
 * - `include` asks for the scores of chunks beyond the limit or the filter; those that match no word are left out.
 * @throws {SemdexError} `INDEX_CLOSED`, `INVALID_INPUT` for a limit above `capabilities.maxLimit`
 */
export interface LexicalIndex {
  readonly capabilities: { ranking: 'bm25' | 'other'; maxLimit: number }
  search(query: string, options: IndexSearchOptions & { include?: readonly number[] }): Promise<LexicalAnswer>
  rebuild(): Promise<void>
}

export interface LexicalAnswer {
  hits: LexicalHit[]
  /** Scores of the included chunks that are not among the hits, in ascending order of key. */
  included: LexicalHit[]
  /** The words that were looked up, as the index knows them, each with the number of chunks that hold it. */
  terms: { term: string; chunks: number }[]
  /** Σ idf·(k1 + 1) over the terms that some chunk holds: the most that any chunk could score; 0 without such terms. */
  bound: number
}

export interface LexicalHit {
  key: number
  /** BM25, above 0. */
  score: number
}

/** A query to both indexes of a collection. `limit` and `filter` hold for each of them. */
export interface CandidateQuery extends IndexSearchOptions {
  /** The query as each model reads it whose vectors are asked. */
  vectors: readonly { model: SideModel; vector: Float32Array }[]
  /** What is looked up; null where no words are asked. */
  words: string | null
}

/**
 * What both indexes of a collection say of a query, as of one moment.
 *
 * It is what `VectorIndex` and `LexicalIndex` answer one after the other, with the same errors; a storage asks them together,
 * since each way to a thread or to a server costs more than most of these questions.
 */
export interface CandidateLists {
  /** For each vector of the query, in their order. */
  measured: {
    /** By chunk: the nearest; and of what the words found, those that are among the nearest of no vector of the query. */
    similarities: Map<number, number>
    distribution: Distribution
  }[]
  /** With the scores of the nearest of all vectors. Without hits and terms where no words are asked. */
  lexical: LexicalAnswer
  /** Milliseconds that the words took, of those of the whole. */
  lexicalTime: number
}
