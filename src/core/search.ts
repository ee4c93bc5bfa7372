import type { Metadata } from './documents.ts'
import type { ErrorAnswer } from './errors.ts'
import type { Side } from './sides.ts'

export type SearchMode = 'hybrid' | 'vector' | 'lexical'

export interface SearchAnswer {
  query: string
  mode: SearchMode
  /** Whose models read the query, where a collection has one for text and one for code; null where none has, or none was asked. */
  side: Side | 'both' | null
  /** Why less was done than was asked for: no usable model, say. Null where nothing is missing. */
  degraded: ErrorAnswer | null
  /** Best first; one hit per document, showing its best passage. */
  hits: SearchHit[]
  timings: SearchTimings
}

export interface SearchHit extends Passage {
  /** From 1. */
  rank: number
  collection: string
  /** Of its document. */
  side: Side
  /** The model that found the passage, by whose vectors it is similar; null where words alone found it. */
  model: string | null
  documentId: string
  /** Absolute, with forward slashes; null for documents that did not come from a file. */
  path: string | null
  title: string | null
  metadata: Metadata
  /** The whole passage. */
  text: string
  /** The part of the passage that answers best, on one line. */
  snippet: string
  /** Further passages of the same document that were found, best first. */
  more: Passage[]
  explanation?: Explanation
}

export interface Passage {
  chunkId: string
  /** What ranks the hit in this mode. Not a similarity. */
  score: number
  /** True cosine of query and passage by the model that found it; null where words alone did. */
  similarity: number | null
  /** Source lines, from 1, both inclusive. */
  lines: [from: number, to: number]
  /** Headings from the outermost to the innermost. */
  heading: string[]
  symbol: string | null
}

/** Every part of a score; `score` can be computed again from it by the rule that it names. */
export interface Explanation {
  rule: string
  parts: Record<string, number | string | null>
}

/** Milliseconds. `load` is the model's, 0 where it was ready. */
export interface SearchTimings {
  load: number
  embed: number
  vector: number
  lexical: number
  total: number
}
