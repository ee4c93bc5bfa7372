import { hash } from 'node:crypto'
import type { DocumentFormat, Metadata, MetadataValue, Place } from '../core/documents.ts'
import type { SemdexError } from '../core/errors.ts'
import type { Chunker, ReadDocument } from '../core/ports/chunker.ts'
import type { DocumentWrite, FileStamp, RevisionWrite } from '../core/ports/record-store.ts'
import type { Side } from '../core/sides.ts'
import { documentSide } from '../routing/document-side.ts'

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
  /** The side that reads it, whatever its kind, file type and content say. */
  side?: Side
  /** Of a file that was sent: its type tells the side. */
  fileName?: string
  /** Default true. False: it is kept, and found by no search. */
  active?: boolean
  /** Written of the document as it is then. */
  revision?: RevisionWrite
  /** The version that a stored document of this id must have. */
  ifVersion?: number
}

/** A document that is cut and waits for its vectors. */
export interface PreparedDocument {
  id: string
  title: string | null
  format: DocumentFormat
  text: string
  metadata: Metadata
  side: Side
  active?: boolean
  revision?: RevisionWrite
  ifVersion?: number
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

/** The side that reads a document that did not come from a file. */
export async function sideOfInput(input: DocumentInput): Promise<Side> {
  return input.side ?? sideOf(toRead(input), input.fileName ?? null)
}

/** Cuts a document that did not come from a file, with the chunker of its side. */
export function prepareDocument(input: DocumentInput, side: Side, chunker: Chunker): PreparedDocument {
  const { id, text, active, revision, ifVersion } = input
  return {
    ...prepare(id, toRead(input), { side, chunker, contentHash: sha256(text) }),
    ...(active !== undefined && { active }),
    ...(revision && { revision }),
    ...(ifVersion !== undefined && { ifVersion }),
  }
}

function toRead({ text, title = null, metadata = {}, format = 'text', language = null }: DocumentInput): ReadDocument {
  return { text, title, metadata, format, language }
}

/** Cuts a document that a reader made of a file's bytes. Its id is the file's path. */
export function prepareFile(read: ReadDocument, file: FileStamp, decided: Decided): PreparedDocument {
  return { ...prepare(file.path, read, decided), file }
}

/** The side of what a reader made of a file, or of a text that is none. */
export function sideOf({ metadata, ...read }: ReadDocument, path: string | null): Promise<Side> {
  return documentSide({ ...read, metadata: toMetadata(metadata) as Metadata, path })
}

/** The vector of a chunk, or why it has none: null where no model could be used. */
export type ChunkVector = Float32Array | SemdexError | null

/** The vectors of some documents' chunks: of each side by embedding hash. */
export interface VectorsOfSides {
  /** The same map for both sides where one model reads both. */
  bySide: Readonly<Record<Side, ReadonlyMap<string, ChunkVector>>>
  /** Of the model that made them; undefined where none may be used. */
  fingerprints: Readonly<Record<Side, string | undefined>>
}

/** The write of a document with the vectors of its side. */
export function documentWrite(document: PreparedDocument, { bySide, fingerprints }: VectorsOfSides): DocumentWrite {
  const vectors = bySide[document.side]
  const fingerprint = fingerprints[document.side]
  const chunks = document.chunks.map(({ place, embeddingHash }) => {
    const vector = vectors.get(embeddingHash) ?? null
    const isVector = vector === null || vector instanceof Float32Array
    return isVector ? { place, embeddingHash, vector } : { place, embeddingHash, vector: null, error: vector }
  })
  return { ...document, chunks, ...(fingerprint !== undefined && { fingerprint }) }
}

/** Digest of bytes or text, in hex. */
export function sha256(content: Uint8Array | string): string {
  return hash('sha256', content)
}

interface Decided {
  side: Side
  /** That of the side. */
  chunker: Chunker
  /** sha-256 of the source bytes, in hex. */
  contentHash: string
}

function prepare(id: string, read: ReadDocument, { side, chunker, contentHash }: Decided): PreparedDocument {
  const chunks = chunker.chunk(read).map(({ place, embeddingText }) => ({
    place,
    embeddingText,
    embeddingHash: sha256(embeddingText),
  }))
  const { title, format, text } = read
  const metadata = toMetadata(read.metadata) as Metadata
  return { id, title, format, text, metadata, side, contentHash, chunkingFingerprint: chunker.fingerprint, chunks }
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
