import type { DocumentFormat, Metadata } from '../core/documents.ts'
import type { SemdexError } from '../core/errors.ts'
import type { Storage } from '../core/parts.ts'
import type { Collection, DocumentWrite } from '../core/ports/record-store.ts'
import type { Side } from '../core/sides.ts'

/** What memory works with: where its records are, and how a text becomes one. */
export interface MemoryParts {
  storage: Pick<Storage, 'records' | 'vectorIndex'>
  /** Where the records are. */
  collection: Collection
  /** Kinds that a record may have; empty: any. */
  kinds: readonly string[]
  /** Least cosine of what is reported as nearly the same. */
  duplicates: number
  sideOf(document: MemoryDocument): Promise<Side>
  /** Cuts a document and gives its chunks their vectors. */
  prepare(document: MemoryDocument, options: PrepareOptions): Promise<Prepared>
  /** Milliseconds since 1970. */
  now(): number
}

export interface MemoryDocument {
  id: string
  text: string
  title?: string | null
  /** Default `text`. */
  format?: DocumentFormat
  metadata: Metadata
}

export interface PrepareOptions {
  /** `stored`: only vectors that the collection has already for the same text; no model is used. */
  vectors: 'all' | 'stored'
  signal?: AbortSignal | undefined
}

export interface Prepared {
  write: DocumentWrite
  /** Texts that the model read. */
  embedded: number
  /** Chunks that got a vector which was there already. */
  reused: number
  /** Why chunks are left waiting though a model was to be used; null where it was. */
  degraded: SemdexError | null
}
