import { hash } from 'node:crypto'
import type { DocumentFormat, Metadata, MetadataValue, Place } from '../core/documents.ts'
import type { SemdexError } from '../core/errors.ts'
import type { Chunker, ReadDocument } from '../core/ports/chunker.ts'
import type { DocumentWrite, FileStamp } from '../core/ports/record-store.ts'

/** A document as a caller gives it: one indexing path serves the library, the command line and files. */
export interface DocumentInput {
  id: string
  text: string
  title?: string | null
  metadata?: Metadata
  /** Default `text`. */
  format?: DocumentFormat
  /** Of code: `rust`, `typescript`. */
  language?: string | null
}

/** A document that is cut and waits for its vectors. */
export interface PreparedDocument {
  id: string
  title: string | null
  format: DocumentFormat
  text: string
  metadata: Metadata
  /** sha-256 of the source bytes, in hex. */
  contentHash: string
  chunkingFingerprint: string
  chunks: PreparedChunk[]
  file?: FileStamp
}

export interface PreparedChunk {
  place: Place
  /** What the model reads. */
  embeddingText: string
  embeddingHash: string
}

/** Cuts a document that did not come from a file. */
export function prepareDocument(input: DocumentInput, chunker: Chunker): PreparedDocument {
  const { id, text, title = null, metadata = {}, format = 'text', language = null } = input
  return prepare(id, { text, title, metadata, format, language }, sha256(text), chunker)
}

/** Cuts a document that a reader made of a file's bytes. Its id is the file's path. */
export function prepareFile(
  read: ReadDocument,
  contentHash: string,
  file: FileStamp,
  chunker: Chunker,
): PreparedDocument {
  return { ...prepare(file.path, read, contentHash, chunker), file }
}

/** The vector of a chunk, or why it has none: null where no model could be used. */
export type ChunkVector = Float32Array | SemdexError | null

/** The write of a document, with the vectors by embedding hash. */
export function documentWrite(document: PreparedDocument, vectors: ReadonlyMap<string, ChunkVector>): DocumentWrite {
  const chunks = document.chunks.map(({ place, embeddingHash }) => {
    const vector = vectors.get(embeddingHash) ?? null
    const isVector = vector === null || vector instanceof Float32Array
    return isVector ? { place, embeddingHash, vector } : { place, embeddingHash, vector: null, error: vector }
  })
  return { ...document, chunks }
}

/** Digest of bytes or text, in hex. */
export function sha256(content: Uint8Array | string): string {
  return hash('sha256', content)
}

function prepare(id: string, read: ReadDocument, contentHash: string, chunker: Chunker): PreparedDocument {
  const chunks = chunker.chunk(read).map(({ place, embeddingText }) => ({
    place,
    embeddingText,
    embeddingHash: sha256(embeddingText),
  }))
  const { title, format, text } = read
  const metadata = toMetadata(read.metadata) as Metadata
  return { id, title, format, text, metadata, contentHash, chunkingFingerprint: chunker.fingerprint, chunks }
}

const DEEPEST = 32

/** Any value as a JSON value: dates and other objects as text, what has no JSON form as null. */
export function toMetadata(value: unknown, depth = 0): MetadataValue {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (typeof value === 'bigint') return String(value)
  if (value instanceof Date) return Number.isNaN(value.valueOf()) ? null : value.toISOString()
  if (typeof value !== 'object' || depth > DEEPEST) return null
  if (Array.isArray(value)) return value.map((item) => toMetadata(item, depth + 1))
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toMetadata(item, depth + 1)]))
}
