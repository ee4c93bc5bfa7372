import type { ChunkRecord, DocumentFormat, DocumentRecord } from '../../core/documents.ts'
import type { Collection, DocumentListing, FileRecord } from '../../core/ports/record-store.ts'
import type { Side, VectorLayout } from '../../core/sides.ts'
import { decodeNullable, decodeText, type TextValue } from '../../sqlite/text.ts'

export interface CollectionRow {
  key: number
  name: TextValue
  model: string | null
  space: number
  fingerprint: string
  dimensions: number
  code_model: string | null
  code_space: number | null
  code_fingerprint: string | null
  code_dimensions: number | null
  layout: VectorLayout
  roots: string
  created_at: number
  last_run_at: number | null
  sequence: number
}

interface ColumnsOfDocument {
  key: number
  collection: TextValue
  id: TextValue
  path: TextValue | null
  title: TextValue | null
  format: DocumentFormat
  metadata: string
  content_hash: TextValue
  chunking_fingerprint: TextValue
  side: Side
  active: number
  version: number
  created_at: number
  updated_at: number
}

export interface DocumentRow extends ColumnsOfDocument {
  text: TextValue
}

export interface ListingRow extends ColumnsOfDocument {
  chunks: number
  pending: number
  failed: number
}

export interface ChunkRow {
  key: number
  document: number
  begins: number
  ends: number
  line_from: number
  line_to: number
  heading: string
  symbol: TextValue | null
  error: string | null
}

export function toCollection(row: CollectionRow): Collection {
  return {
    key: row.key,
    name: decodeText(row.name),
    model: row.model,
    fingerprint: row.fingerprint,
    dimensions: row.dimensions,
    code: toCode(row),
    layout: row.layout,
    roots: JSON.parse(row.roots),
    createdAt: row.created_at,
    lastRunAt: row.last_run_at,
  }
}

function toCode({ code_model: model, code_fingerprint: fingerprint, code_dimensions: dimensions }: CollectionRow) {
  return fingerprint === null || dimensions === null ? null : { model, fingerprint, dimensions }
}

/** The space that vectors of a side are of, and their length. */
export function spaceOfSide(
  row: CollectionRow,
  side: Side,
): { space: number; fingerprint: string; dimensions: number } {
  const { space, fingerprint, dimensions, code_space, code_fingerprint, code_dimensions } = row
  const isText = side === 'text' || code_space === null || code_fingerprint === null || code_dimensions === null
  if (isText) return { space, fingerprint, dimensions }
  return { space: code_space, fingerprint: code_fingerprint, dimensions: code_dimensions }
}

export function modelOfSide({ model, code_model, code_space }: CollectionRow, side: Side): string | null {
  return side === 'text' || code_space === null ? model : code_model
}

export function toDocument(row: DocumentRow): DocumentRecord {
  return { ...toColumns(row), text: decodeText(row.text) }
}

export function toListing(row: ListingRow): DocumentListing {
  const { chunks, pending, failed } = row
  return { ...toColumns(row), chunks, pending, failed }
}

function toColumns(row: ColumnsOfDocument) {
  const { key, collection, path } = row
  return { key, collection: decodeText(collection), path: decodeNullable(path), ...toFields(row) }
}

/** What a document is beside its place in a database. */
export function toFields(row: Omit<ColumnsOfDocument, 'key' | 'collection' | 'path'>) {
  return {
    id: decodeText(row.id),
    title: decodeNullable(row.title),
    format: row.format,
    metadata: JSON.parse(row.metadata),
    contentHash: decodeText(row.content_hash),
    chunkingFingerprint: decodeText(row.chunking_fingerprint),
    side: row.side,
    active: row.active === 1,
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

export function toChunk(row: ChunkRow, document: DocumentRecord): ChunkRecord {
  const { id, collection, path, title, format, side, metadata, text } = document
  return {
    key: row.key,
    documentKey: document.key,
    documentId: id,
    collection,
    path,
    title,
    format,
    side,
    metadata,
    place: {
      start: row.begins,
      end: row.ends,
      lines: [row.line_from, row.line_to],
      heading: JSON.parse(row.heading),
      symbol: decodeNullable(row.symbol),
    },
    text: text.slice(row.begins, row.ends),
    error: row.error === null ? null : JSON.parse(row.error),
  }
}

export interface FileRow {
  path: TextValue
  size: number
  modified_at: number
  inode: number
  checked_at: number
  error: string | null
  id: TextValue | null
  content_hash: TextValue | null
  chunking_fingerprint: TextValue | null
  side: Side | null
  pending: number | null
}

export function toFile(row: FileRow): FileRecord {
  return {
    path: decodeText(row.path),
    size: row.size,
    modifiedAt: row.modified_at,
    inode: row.inode,
    checkedAt: row.checked_at,
    documentId: decodeNullable(row.id),
    contentHash: decodeNullable(row.content_hash),
    chunkingFingerprint: decodeNullable(row.chunking_fingerprint),
    side: row.side,
    pending: row.pending ?? 0,
    error: row.error === null ? null : JSON.parse(row.error),
  }
}
