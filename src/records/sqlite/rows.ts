import type { ChunkRecord, DocumentFormat, DocumentRecord } from '../../core/documents.ts'
import type { Collection, DocumentListing } from '../../core/ports/record-store.ts'
import { decodeNullable, decodeText, type TextValue } from '../../sqlite/text.ts'

export interface CollectionRow {
  key: number
  name: TextValue
  model: string | null
  space: number
  fingerprint: string
  dimensions: number
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
    roots: JSON.parse(row.roots),
    createdAt: row.created_at,
    lastRunAt: row.last_run_at,
  }
}

export function toDocument(row: DocumentRow): DocumentRecord {
  return { ...toColumns(row), text: decodeText(row.text) }
}

export function toListing(row: ListingRow): DocumentListing {
  const { chunks, pending, failed } = row
  return { ...toColumns(row), chunks, pending, failed }
}

function toColumns(row: ColumnsOfDocument) {
  return {
    key: row.key,
    id: decodeText(row.id),
    collection: decodeText(row.collection),
    path: decodeNullable(row.path),
    title: decodeNullable(row.title),
    format: row.format,
    metadata: JSON.parse(row.metadata),
    contentHash: decodeText(row.content_hash),
    chunkingFingerprint: decodeText(row.chunking_fingerprint),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

export function toChunk(row: ChunkRow, document: DocumentRecord): ChunkRecord {
  const { id, collection, path, title, format, metadata, text } = document
  return {
    key: row.key,
    documentKey: document.key,
    documentId: id,
    collection,
    path,
    title,
    format,
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
