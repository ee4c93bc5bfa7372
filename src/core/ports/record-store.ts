import type { ChunkRecord, DocumentFormat, DocumentRecord, Metadata, Place } from '../documents.ts'
import type { SemdexError } from '../errors.ts'
import type { FilterNode } from '../filter.ts'
import type { Side, SideModel, VectorLayout } from '../sides.ts'

/**
 * The truth. Indexes are derived from it and may be lost; what a call of this port has acknowledged may not.
 *
 * - A document with its chunks and vectors is written all or nothing, and is visible to every reader once the call has answered.
 * - `putDocuments` answers one result per document, in order; one document's failure leaves the others written.
 * - Putting a document under an id that exists replaces it: its old chunks and vectors go in the same transaction,
 *   its key and `createdAt` stay. With `ifExists: 'fail'` it is rejected with `DOCUMENT_EXISTS` instead.
 * - Keys of documents and chunks are never used again, even after a deletion.
 * - `text` and `place` come back exactly as they were put, lone surrogates and NULs included.
 * - A vector is finite, not zero, and as long as its fingerprint's dimensions; others reject their document with `VECTOR_INVALID` or `DIMENSION_MISMATCH`.
 * - A document belongs to one side of its collection, and its vectors are those of the side's model. Where the collection has
 *   no model for code of its own, the text side's serves both.
 * - What is not active is kept whole, but no search finds it, and it waits for no vector.
 * - A revision is written in the transaction of the change that it tells of; versions of a document count from 1 without gaps
 *   and are not used again while its revisions are kept, and their times never go backwards, whatever the clock does.
 * - Every change of a document appends to the change sequence in the same transaction; sequences only grow.
 * - Safe for concurrent callers and for several processes on one database; `signal` stops work that has not begun.
 * @throws {SemdexError} `COLLECTION_NOT_FOUND`, `COLLECTION_EXISTS`, `DATABASE_BUSY`, `DATABASE_READ_ONLY`, `DISK_FULL`, `STORE_CLOSED`
 */
export interface RecordStore {
  readonly capabilities: { durable: boolean; concurrentProcesses: boolean }

  createCollection(collection: NewCollection): Promise<Collection>
  collection(name: string): Promise<Collection | null>
  /** By name, ascending. */
  collections(): Promise<Collection[]>
  /**
   * Another fingerprint of a side keeps the vectors of the old one, but its chunks wait as `pending` and their errors are
   * forgotten.
   * @throws {SemdexError} `MIGRATION_EXISTS` where a migration moves the side
   */
  updateCollection(name: string, change: CollectionChange): Promise<Collection>
  /** Removes the collection with all that is in it. False where there was none. */
  dropCollection(name: string): Promise<boolean>

  putDocuments(collection: string, documents: readonly DocumentWrite[], options?: PutOptions): Promise<PutResult[]>
  /**
   * Gives a document another id and path; its chunks, vectors and keys stay. False where there was none.
   * @throws {SemdexError} `INVALID_INPUT` where another document has the new id.
   */
  moveDocument(collection: string, id: string, to: { id: string; file: FileStamp }): Promise<boolean>
  /**
   * Gives chunks the vectors that they wait for, or the reasons why they have none; their keys and all else stay. Chunks
   * that are gone, belong to a side that does not use the fingerprint, or have a vector of it are left as they are. Answers
   * the number of chunks that got a vector. All or nothing.
   * The fingerprint is a side's, or that of an index that a migration fills or keeps: there a reason is kept with the
   * migration's index, and the document's counts stay.
   * @throws {SemdexError} `COLLECTION_MODEL_MISMATCH` where the collection has no such index; `VECTOR_INVALID`,
   * `DIMENSION_MISMATCH`
   */
  putVectors(collection: string, fingerprint: string, vectors: readonly VectorWrite[]): Promise<number>
  /**
   * Changes documents without cutting or embedding anything anew. All or nothing.
   * @throws {SemdexError} `DOCUMENT_NOT_FOUND`; `REVISION_CONFLICT` where a document has another version than `ifVersion`
   */
  reviseDocuments(collection: string, changes: readonly DocumentChange[]): Promise<void>
  /**
   * Lets documents of these sides that one chunker cut count as cut by another, so that none of them is cut anew for it.
   * Answers their number.
   */
  acceptCut(collection: string, cut: AcceptedCut): Promise<number>
  /**
   * What a document was, oldest first; empty where nothing was written of it.
   * A revision after whose writing the document was deleted with a revision has neither text nor metadata.
   */
  revisions(collection: string, id: string): Promise<Revision[]>
  /**
   * The number of documents that were there and are gone. Their revisions go with them, or with `revision` lose their
   * titles, texts, metadata and notes and get this one as the last.
   */
  deleteDocuments(collection: string, ids: readonly string[], options?: { revision?: RevisionWrite }): Promise<number>
  document(collection: string, id: string): Promise<DocumentRecord | null>
  /** In ascending order of key, after the given key. */
  documents(
    collection: string,
    options: { after?: number; limit: number; filter?: FilterNode },
  ): Promise<DocumentRecord[]>
  /** The same documents without their texts, which are not read. */
  listDocuments(
    collection: string,
    options: { after?: number; limit: number; filter?: FilterNode },
  ): Promise<DocumentListing[]>
  countDocuments(collection: string, filter?: FilterNode): Promise<number>
  /** The document that holds a file, in any collection; of several the oldest. */
  documentByPath(path: string): Promise<DocumentRecord | null>
  /** The documents of this content hash that came from no file, without their texts, in ascending order of key. */
  documentsByContent(collection: string, contentHash: string): Promise<DocumentListing[]>

  /** The chunks that exist, in the order of the keys; missing ones are left out. */
  chunks(keys: readonly number[]): Promise<ChunkRecord[]>
  /** In document order. */
  chunksOfDocument(collection: string, id: string): Promise<ChunkRecord[]>
  /** The vectors that exist, by chunk key. */
  vectors(keys: readonly number[], fingerprint: string): Promise<Map<number, Float32Array>>
  /** Vectors that this collection already has for these embedding texts, by their hash. */
  vectorsByHash(collection: string, fingerprint: string, hashes: readonly string[]): Promise<Map<string, Float32Array>>

  /** What the last run saw of the root and the files below it, with the failures; by path, ascending. */
  files(collection: string, root: string): Promise<FileRecord[]>
  /** Writes stamps of files whose content did not change, and of files that failed; one transaction. */
  putFiles(collection: string, files: readonly FileUpdate[]): Promise<void>
  /** Forgets files that have no document. */
  deleteFiles(collection: string, paths: readonly string[]): Promise<void>

  /** Changes after a sequence number, ascending; what an index outside the database follows. */
  changes(after: number, limit: number): Promise<Change[]>
  /** One entry per collection, by name. Agrees with what search sees. */
  counts(): Promise<CollectionCounts[]>
  close(): Promise<void>
}

/** Its own model is that of the text side. */
export interface NewCollection extends SideModel {
  name: string
  /** The model of the code side; null (default) where the text side's serves both. */
  code?: SideModel | null
  /** Default `native`. */
  layout?: VectorLayout
  roots?: string[]
}

export interface Collection extends Required<NewCollection> {
  key: number
  createdAt: number
  /** Start of the last finished indexing run that had something to do, milliseconds since 1970; null before the first. */
  lastRunAt: number | null
}

export interface CollectionChange {
  addRoot?: string
  lastRunAt?: number
  /** Of the text side. */
  fingerprint?: string
  dimensions?: number
  /** Null: the text side's model serves code from now on. */
  code?: SideModel | null
  layout?: VectorLayout
}

export interface DocumentWrite {
  id: string
  title: string | null
  format: DocumentFormat
  text: string
  metadata: Metadata
  contentHash: string
  chunkingFingerprint: string
  chunks: ChunkWrite[]
  /** The file it came from; its stamp is written with the document. */
  file?: FileStamp
  /** Default `text`. */
  side?: Side
  /**
   * Of the model that made the vectors. Default: that of the side. Where the side was given another model meanwhile, the
   * vectors go to the index that a migration keeps of theirs, or are left out, and the chunks wait for those of the side.
   */
  fingerprint?: string
  /** Default true. */
  active?: boolean
  /** Written of the document as it is then. */
  revision?: RevisionWrite
  /** Where the id is taken: rejected with `REVISION_CONFLICT` unless the document has this version. */
  ifVersion?: number
  /**
   * The greatest key that the writer knows of documents with this content hash that came from no file, 0 for none: rejected
   * with `REVISION_CONFLICT` where another has a greater one, so that no two writers take the same content for new.
   */
  ifLastAlike?: number
  /** Changes of other documents of the collection that are made with it, or not at all: their failure is this document's. */
  also?: DocumentChange[]
}

/** A change of a stored document; what is left out stays. */
export interface DocumentChange {
  id: string
  metadata?: Metadata
  active?: boolean
  revision?: RevisionWrite
  /** The version that the document must have: 0 before its first revision. */
  ifVersion?: number
}

export interface AcceptedCut {
  sides: readonly Side[]
  /** Chunking fingerprints. */
  from: string
  to: string
}

export interface RevisionWrite {
  /** What was done: `captured`, `superseded`. */
  change: string
  /** Milliseconds since 1970; raised to the time of the revision before. */
  at: number
  /** What else is to be known of it. */
  note?: Metadata
}

/** A document as it was after a change. */
export interface Revision {
  version: number
  change: string
  at: number
  note: Metadata
  title: string | null
  /** Null where the document was deleted. */
  text: string | null
  metadata: Metadata | null
}

export interface PutOptions {
  signal?: AbortSignal
  /** What becomes of a document whose id is taken. Default `replace`. */
  ifExists?: 'replace' | 'fail'
}

/** A document without its text, and what became of its chunks. */
export interface DocumentListing extends Omit<DocumentRecord, 'text'> {
  chunks: number
  /** Chunks without a vector of the collection's fingerprint and without an error. */
  pending: number
  /** Chunks that could not be embedded. */
  failed: number
}

export interface ChunkWrite {
  place: Place
  /** Digest of the text that the model reads. */
  embeddingHash: string
  /** Null where no model could be used: the chunk then waits as `pending`, or as `failed` with an error. */
  vector: Float32Array | null
  error?: SemdexError
}

/** Of a chunk that is stored: its vector, or the reason why it has none. */
export type VectorWrite = { key: number; embeddingHash: string } & (
  | { vector: Float32Array; error?: undefined }
  | { vector: null; error: SemdexError }
)

/** Of a document that was written, `version` is that of its last revision: 0 before the first. */
export type PutResult =
  | { ok: true; key: number; chunkKeys: number[]; version: number }
  | { ok: false; error: SemdexError }

export interface FileStamp {
  /** Absolute, with forward slashes. */
  path: string
  size: number
  /** Milliseconds since 1970, with the fraction that the file system gives. */
  modifiedAt: number
  inode: number
  /** When the content was last read or confirmed, milliseconds since 1970. */
  checkedAt: number
}

export interface FileUpdate extends FileStamp {
  /** Set where the file could not be indexed: its document, if any, stays as it was. */
  error?: SemdexError
}

export interface FileRecord extends FileStamp {
  /** Null where the file has no document, since it failed. */
  documentId: string | null
  contentHash: string | null
  chunkingFingerprint: string | null
  /** Of its document. */
  side: Side | null
  /** Chunks without a vector of the collection's fingerprint and without an error. */
  pending: number
  error: { code: string; message: string } | null
}

export interface Change {
  sequence: number
  collection: string
  documentId: string
  kind: 'put' | 'delete'
}

export interface CollectionCounts {
  collection: string
  documents: number
  chunks: number
  vectors: number
  /** Documents that are not active; they are among `documents`, and their chunks are not counted. */
  inactive: number
  /** Documents with a chunk that waits for its vector. */
  pending: number
  /** Files that could not be indexed and documents with a chunk that could not be embedded. */
  failed: number
}
