import type { FilterNode } from '../core/filter.ts'
import type { Collection } from '../core/ports/record-store.ts'
import type { SearchMode } from '../core/search.ts'
import type { Side } from '../core/sides.ts'

export interface SearchRequest {
  query: string
  mode: SearchMode
  /** The most documents to answer with. */
  limit: number
  /**
   * Whose model reads the query where a collection has one for text and one for code; `auto` (default): what the query is
   * decides. Words are looked for on both sides.
   */
  side?: Side | 'both' | 'auto'
  /** Least true cosine of a hit's passage, by the model that found it. */
  minSimilarity?: number
  explain?: boolean
}

/** A collection, or the part of it that a filter keeps. */
export interface Scope {
  collection: Collection
  filter?: FilterNode
}
