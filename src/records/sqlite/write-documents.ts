import { type ErrorAnswer, SemdexError } from '../../core/errors.ts'
import type {
  ChunkWrite,
  DocumentWrite,
  FileStamp,
  FileUpdate,
  PutOptions,
  RevisionWrite,
} from '../../core/ports/record-store.ts'
import { assertVector, toBlob } from '../../core/vectors.ts'
import type { Connection } from '../../sqlite/connection.ts'
import type { DocumentContent } from '../../sqlite/followed.ts'
import type { Following } from '../../sqlite/followers.ts'
import { collectionSpaces } from '../../sqlite/spaces.ts'
import { decodeText, encodeNullable, encodeText } from '../../sqlite/text.ts'
import { findDocument } from './reads.ts'
import { type CollectionRow, spaceOfSide } from './rows.ts'
import { findStored, INSERT_VECTOR, logChange, type StoredDocument } from './stored-documents.ts'
import { takeKeys } from './take-keys.ts'
import {
  assertLastAlike,
  assertVersion,
  endRevisions,
  lastVersion,
  moveRevisions,
  reviseDocument,
  writeRevision,
} from './write-revisions.ts'

/** A document as it crosses threads: errors are JSON. */
export interface DocumentMessage extends Omit<DocumentWrite, 'chunks'> {
  chunks: ChunkMessage[]
}

export interface ChunkMessage extends Omit<ChunkWrite, 'error'> {
  error: ErrorAnswer | null
}

export interface FileMessage extends Omit<FileUpdate, 'error'> {
  error: ErrorAnswer | null
}

export interface WrittenDocument {
  key: number
  chunkKeys: number[]
  version: number
}

export interface MoveArgs {
  collection: string
  id: string
  to: { id: string; file: FileStamp }
}

export function putDocument(
  connection: Connection,
  collection: CollectionRow,
  following: Following,
  given: DocumentMessage,
  ifExists: PutOptions['ifExists'] = 'replace',
): WrittenDocument {
  const { side = 'text', active = true } = given
  const { space, fingerprint, dimensions } = spaceOfSide(collection, side)
  const isOurs = given.fingerprint === undefined || given.fingerprint === fingerprint
  const document = isOurs ? given : withoutVectors(given)
  for (const { vector } of document.chunks) if (vector) assertVector(vector, dimensions)
  const existing = findStored(connection, collection.key, document.id)
  if (existing && ifExists === 'fail') throw documentExists(decodeText(collection.name), document.id)
  if (existing) assertVersion(collection, document.id, existing, document.ifVersion)
  assertLastAlike(connection, collection, document)
  if (existing) clearDocument(connection, following, existing.key, document.file?.path)
  const key = writeDocument(connection, collection, document, existing?.key ?? null)
  connection
    .sql('insert into texts (document, text) values (?, ?) on conflict do update set text = excluded.text')
    .run(key, encodeText(document.text))
  const target = { collection: collection.key, document: key, space, active }
  const chunkKeys = writeChunks(connection, target, document.chunks)
  if (document.file) putFile(connection, collection.key, document.file, key, null)
  if (!isOurs) putElsewhere(connection, collection, given, chunkKeys)
  if (active) {
    const hasVectors = given.chunks.some(({ vector }) => vector)
    following.add(key, { side, ...contentOf(document, chunkKeys), hasVectors })
  }
  const version = keepVersion(connection, collection, document, { key, existing })
  logChange(connection, collection, encodeText(document.id), 'put')
  for (const change of document.also ?? []) reviseDocument(connection, collection, following, change)
  return { key, chunkKeys, version }
}

function withoutVectors(document: DocumentMessage): DocumentMessage {
  return { ...document, chunks: document.chunks.map((chunk) => ({ ...chunk, vector: null, error: null })) }
}

/** The vectors of a model that does not serve: into the index that a migration has of it, where there is one. */
function putElsewhere(
  connection: Connection,
  { key: collection }: CollectionRow,
  { side = 'text', fingerprint, chunks }: DocumentMessage,
  chunkKeys: readonly number[],
): void {
  const index = collectionSpaces(connection, collection).find((other) => other.fingerprint === fingerprint)
  if (!index?.migrating.includes(side)) return
  for (const [i, { vector }] of chunks.entries()) {
    if (!vector) continue
    assertVector(vector, index.dimensions)
    connection.sql(INSERT_VECTOR).run(chunkKeys[i], collection, index.space, toBlob(vector))
  }
}

function contentOf({ title, text, chunks }: DocumentMessage, keys: readonly number[]): DocumentContent {
  return {
    title,
    chunks: chunks.map(({ place }, position) => ({
      key: keys[position] as number,
      heading: place.heading,
      text: text.slice(place.start, place.end),
    })),
  }
}

function keepVersion(
  connection: Connection,
  { key: collection }: CollectionRow,
  { id, revision }: DocumentMessage,
  { key, existing }: { key: number; existing: StoredDocument | undefined },
): number {
  if (revision) return writeRevision(connection, collection, { key, id }, revision)
  if (existing) return existing.version
  const version = lastVersion(connection, collection, id)
  if (version > 0) connection.sql('update documents set version = ? where key = ?').run(version, key)
  return version
}

function documentExists(collection: string, id: string): SemdexError {
  return new SemdexError('DOCUMENT_EXISTS', {
    message: `There is a document ${id} already.`,
    fix: 'Take another id, or replace it (ifExists: replace)',
    details: { collection, id },
  })
}

/** Removes what a new version of the document replaces. */
function clearDocument(connection: Connection, following: Following, key: number, path: string | undefined): void {
  following.remove(key)
  connection.sql('delete from chunks where document = ?').run(key)
  connection.sql('delete from files where document = ? and path is not ?').run(key, encodeNullable(path))
}

function writeDocument(
  connection: Connection,
  collection: CollectionRow,
  document: DocumentMessage,
  existing: number | null,
): number {
  const { chunks, side = 'text', active = true } = document
  const now = Date.now()
  const values = [
    encodeNullable(document.file?.path),
    encodeNullable(document.title),
    document.format,
    JSON.stringify(document.metadata),
    encodeText(document.contentHash),
    encodeText(document.chunkingFingerprint),
    now,
    chunks.length,
    chunks.filter(({ vector, error }) => !vector && !error).length,
    chunks.filter(({ vector, error }) => !vector && error).length,
    side,
    Number(active),
  ]
  if (existing !== null) {
    connection.sql(UPDATE_DOCUMENT).run(...values, existing)
    return existing
  }
  const key = takeKeys(connection, 'documents', 1)
  connection.sql(INSERT_DOCUMENT).run(...values, collection.key, encodeText(document.id), now, key)
  return key
}

interface ChunkTarget {
  collection: number
  document: number
  space: number
  active: boolean
}

/** Answers their keys. */
function writeChunks(
  connection: Connection,
  { collection, document, space, active }: ChunkTarget,
  chunks: readonly ChunkMessage[],
): number[] {
  const first = chunks.length > 0 ? takeKeys(connection, 'chunks', chunks.length) : 0
  const insert = connection.sql(INSERT_CHUNK)
  return chunks.map(({ place, embeddingHash, vector, error }, position) => {
    const key = first + position
    insert.run(
      key,
      document,
      collection,
      position,
      place.start,
      place.end,
      ...place.lines,
      JSON.stringify(place.heading),
      encodeNullable(place.symbol),
      encodeText(embeddingHash),
      vector || !error ? null : JSON.stringify(error),
      vector || error || !active ? null : space,
    )
    if (vector) connection.sql(INSERT_VECTOR).run(key, collection, space, toBlob(vector))
    return key
  })
}

export function moveDocument(connection: Connection, collection: CollectionRow, { id, to }: MoveArgs): boolean {
  const key = findDocument(connection, collection.key, id)
  if (key === null) return false
  const taken = findDocument(connection, collection.key, to.id)
  if (taken !== null && taken !== key) {
    throw new SemdexError('INVALID_INPUT', {
      message: `There is a document ${to.id} already.`,
      details: { collection: decodeText(collection.name), id: to.id },
    })
  }
  connection
    .sql('update documents set id = ?, path = ?, updated_at = ? where key = ?')
    .run(encodeText(to.id), encodeText(to.file.path), Date.now(), key)
  moveRevisions(connection, collection.key, id, to.id)
  connection.sql('delete from files where document = ?').run(key)
  putFile(connection, collection.key, to.file, key, null)
  if (id !== to.id) logChange(connection, collection, encodeText(id), 'delete')
  logChange(connection, collection, encodeText(to.id), 'put')
  return true
}

export function deleteDocument(
  connection: Connection,
  collection: CollectionRow,
  following: Following,
  id: string,
  revision?: RevisionWrite,
): boolean {
  const stored = findStored(connection, collection.key, id)
  if (!stored) return false
  following.remove(stored.key)
  connection.sql('delete from documents where key = ?').run(stored.key)
  endRevisions(connection, collection.key, id, revision)
  logChange(connection, collection, encodeText(id), 'delete')
  return true
}

/** A stamp without a document keeps the document that the file had. */
export function putFile(
  connection: Connection,
  collection: number,
  file: FileStamp,
  document: number | null,
  error: ErrorAnswer | null,
): void {
  const { path, size, modifiedAt, inode, checkedAt } = file
  const reason = error && JSON.stringify({ code: error.code, message: error.message })
  connection.sql(PUT_FILE).run(collection, encodeText(path), document, size, modifiedAt, inode, checkedAt, reason)
}

const INSERT_DOCUMENT = `
  insert into documents (path, title, format, metadata, content_hash, chunking_fingerprint, updated_at,
    chunks, pending, failed, side, active, collection, id, created_at, key)
  values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

const UPDATE_DOCUMENT = `
  update documents set path = ?, title = ?, format = ?, metadata = ?, content_hash = ?, chunking_fingerprint = ?,
    updated_at = ?, chunks = ?, pending = ?, failed = ?, side = ?, active = ? where key = ?`

const INSERT_CHUNK = `
  insert into chunks (key, document, collection, position, begins, ends, line_from, line_to, heading, symbol,
    embedding_hash, error, waits)
  values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

const PUT_FILE = `
  insert into files (collection, path, document, size, modified_at, inode, checked_at, error)
  values (?, ?, ?, ?, ?, ?, ?, ?)
  on conflict do update set document = coalesce(excluded.document, document), size = excluded.size,
    modified_at = excluded.modified_at, inode = excluded.inode, checked_at = excluded.checked_at,
    error = excluded.error`
