import type { ErrorAnswer } from './errors.ts'
import type { Side } from './sides.ts'

/** JSON values that a document carries beside its text; filters read them. */
export type Metadata = Record<string, MetadataValue>
export type MetadataValue = string | number | boolean | null | MetadataValue[] | { [key: string]: MetadataValue }

export type DocumentFormat = 'markdown' | 'text' | 'code'

/** Where a chunk stands, so that a hit can be cited and opened. */
export interface Place {
  /** Offsets in UTF-16 code units into the document's stored text; `end` is exclusive. */
  start: number
  end: number
  /** Source lines, from 1, both inclusive. */
  lines: [from: number, to: number]
  /** Headings from the outermost to the innermost. */
  heading: string[]
  /** Name of the function, class or section that the chunk belongs to, in code. */
  symbol: string | null
}

/** A stored document. `key` is the store's own number and is never reused; `id` is the caller's. */
export interface DocumentRecord {
  key: number
  id: string
  collection: string
  /** Absolute, with forward slashes; null for documents that did not come from a file. */
  path: string | null
  title: string | null
  format: DocumentFormat
  /** Exactly what was given: lone surrogates and NULs included. */
  text: string
  metadata: Metadata
  /** sha-256 of the source bytes, in hex. */
  contentHash: string
  chunkingFingerprint: string
  side: Side
  /** False: kept, and found by no search. */
  active: boolean
  /** Of its last revision; 0 where there is none. */
  version: number
  createdAt: number
  updatedAt: number
}

/** A stored chunk with the parts of its document that a hit shows. `text` is the document's text from start to end. */
export interface ChunkRecord {
  key: number
  documentKey: number
  documentId: string
  collection: string
  path: string | null
  title: string | null
  format: DocumentFormat
  side: Side
  metadata: Metadata
  place: Place
  text: string
  /** Why it could not be embedded; null also where it waits for its vector. */
  error: ErrorAnswer | null
}

const CHUNK_PREFIX = 'chunk-'

/** The public id of a chunk; a document's id never takes part in it. */
export function chunkId(key: number): string {
  return `${CHUNK_PREFIX}${key}`
}

/** The key behind a public chunk id, or null where the string is no chunk id. */
export function chunkKey(id: string): number | null {
  const digits = id.startsWith(CHUNK_PREFIX) ? id.slice(CHUNK_PREFIX.length) : ''
  const key = /^[1-9]\d{0,15}$/.test(digits) ? Number(digits) : 0
  return key > 0 && Number.isSafeInteger(key) ? key : null
}
