import type { DocumentRecord, Place } from '../documents.ts'
import type { ErrorAnswer } from '../errors.ts'
import type { FileStamp, PutResult, Revision } from './record-store.ts'

/**
 * Documents with all that is stored of them, out of one database and into another: what goes in comes out the same, but for
 * the keys.
 *
 * - A document is read as it is at one moment; between two pages others may write.
 * - A document is written all or nothing, with its revisions; what was there under its id is replaced with its revisions.
 * - Vectors of a fingerprint that the collection has no index of are left out: their chunks wait.
 * @throws {SemdexError} `COLLECTION_NOT_FOUND`, `DATABASE_BUSY`, `DATABASE_READ_ONLY`, `DISK_FULL`, `STORE_CLOSED`
 */
export interface TransferStore {
  /** In ascending order of key, after a key; at least one where there is one, and no more once `bytes` are reached. */
  readDocuments(collection: string, options: { after: number; bytes: number }): Promise<StoredPage>
  /** Of documents that are gone; by id, ascending, those after an id. */
  readHistories(collection: string, options: { after: string | null; limit: number }): Promise<History[]>
  /** One result per document, in order. With `ifExists: 'fail'` one whose id is taken is rejected with `DOCUMENT_EXISTS`. */
  writeDocuments(
    collection: string,
    documents: readonly StoredDocument[],
    options: { ifExists: 'replace' | 'fail' },
  ): Promise<PutResult[]>
  /** Those of ids that have a document or revisions are left as they are; answers the number of those written. */
  writeHistories(collection: string, histories: readonly History[]): Promise<number>
}

export interface StoredPage {
  documents: StoredDocument[]
  /** Key of the last; null where nothing is left. */
  next: number | null
}

export interface StoredDocument extends Omit<DocumentRecord, 'key' | 'collection' | 'path'> {
  file: FileStamp | null
  chunks: StoredChunk[]
  /** Oldest first. */
  revisions: Revision[]
}

export interface StoredChunk {
  place: Place
  embeddingHash: string
  /** Why it could not be embedded. */
  error: ErrorAnswer | null
  vectors: StoredVector[]
}

export interface StoredVector {
  fingerprint: string
  vector: Float32Array
}

/** What a document was that is gone. */
export interface History {
  id: string
  revisions: Revision[]
}
