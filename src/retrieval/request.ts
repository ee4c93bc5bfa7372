import type { FilterNode } from '../core/filter.ts'
import type { Collection } from '../core/ports/record-store.ts'
import type { SearchMode } from '../core/search.ts'

export interface SearchRequest {
  query: string
  mode: SearchMode
  /** The most documents to answer with. */
  limit: number
  /** Least true cosine of a hit's passage. */
  minSimilarity?: number
  explain?: boolean
}

/** A collection, or the part of it that a filter keeps. */
export interface Scope {
  collection: Collection
  filter?: FilterNode
}
