import { type ErrorAnswer, SemdexError } from '../../core/errors.ts'
import type {
  ChunkWrite,
  Collection,
  CollectionChange,
  DocumentWrite,
  FileStamp,
  FileUpdate,
  NewCollection,
} from '../../core/ports/record-store.ts'
import { assertVector, toBlob } from '../../core/vectors.ts'
import type { Connection } from '../../sqlite/connection.ts'
import { fromSqlite } from '../../sqlite/errors.ts'
import { dropIndexes, type Follower, type Following, follow, rebuild } from '../../sqlite/followers.ts'
import type { Procedures } from '../../sqlite/procedures.ts'
import { encodeNullable, encodeText, type TextValue } from '../../sqlite/text.ts'
import { attempt } from '../../sqlite/transactions.ts'
import { findCollection, findDocument, requireCollection } from './reads.ts'
import { type CollectionRow, toCollection } from './rows.ts'

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

export type PutAnswer = { ok: true; key: number; chunkKeys: number[] } | { ok: false; error: ErrorAnswer }

export type RecordWrites = ReturnType<typeof recordWrites>

/** The writing procedures; the followers change in the same transactions. */
export function recordWrites(followers: readonly Follower[]) {
  return {
    'records.createCollection': (connection: Connection, collection: NewCollection): Collection =>
      createCollection(connection, followers, collection),

    'records.updateCollection': (
      connection: Connection,
      args: { name: string; change: CollectionChange },
    ): Collection => updateCollection(connection, followers, args.name, args.change),

    'records.dropCollection': (connection: Connection, { name }: { name: string }): boolean => {
      const collection = findCollection(connection, name)
      if (!collection) return false
      dropIndexes(connection, followers, collection.key)
      connection.sql(LOG_DROP).run(collection.name, collection.key)
      connection.sql('delete from collections where key = ?').run(collection.key)
      return true
    },

    'records.putDocuments': (connection: Connection, args: { collection: string; documents: DocumentMessage[] }) =>
      changing(connection, followers, args.collection, (collection, following): PutAnswer[] =>
        args.documents.map((document) => {
          const result = attempt(connection, () => putDocument(connection, collection, following, document))
          if (result.ok) return { ok: true, ...result.value }
          return { ok: false, error: fromSqlite(result.error, connection.file).toJSON() }
        }),
      ),

    'records.moveDocument': (connection: Connection, args: MoveArgs): boolean =>
      changing(connection, followers, args.collection, (collection) => moveDocument(connection, collection, args)),

    'records.deleteDocuments': (connection: Connection, args: { collection: string; ids: readonly string[] }): number =>
      changing(connection, followers, args.collection, (collection, following) => {
        const found = args.ids.filter((id) => deleteDocument(connection, collection, following, id))
        return found.length
      }),

    'records.putFiles': (connection: Connection, args: { collection: string; files: readonly FileMessage[] }): void => {
      const { key } = requireCollection(connection, args.collection)
      for (const file of args.files) putFile(connection, key, file, null, file.error)
    },

    'records.deleteFiles': (connection: Connection, args: { collection: string; paths: readonly string[] }): void => {
      const { key } = requireCollection(connection, args.collection)
      const statement = connection.sql('delete from files where collection = ? and path = ? and document is null')
      for (const path of args.paths) statement.run(key, encodeText(path))
    },
  } satisfies Procedures
}

function changing<T>(
  connection: Connection,
  followers: readonly Follower[],
  name: string,
  work: (collection: CollectionRow, following: Following) => T,
): T {
  const collection = requireCollection(connection, name)
  const following = follow(connection, followers, collection)
  const result = work(collection, following)
  following.finish()
  return result
}

function createCollection(connection: Connection, followers: readonly Follower[], given: NewCollection): Collection {
  const { name, model, fingerprint, dimensions, roots = [] } = given
  if (findCollection(connection, name)) {
    throw new SemdexError('COLLECTION_EXISTS', {
      message: `There is a collection ${name} already.`,
      details: { collection: name },
    })
  }
  connection
    .sql('insert into collections (name, model, space, roots, created_at) values (?, ?, ?, ?, ?)')
    .run(encodeText(name), model, spaceKey(connection, fingerprint, dimensions), JSON.stringify(roots), Date.now())
  const collection = requireCollection(connection, name)
  for (const follower of followers) rebuild(connection, follower, collection)
  return toCollection(collection)
}

function updateCollection(
  connection: Connection,
  followers: readonly Follower[],
  name: string,
  change: CollectionChange,
): Collection {
  const before = requireCollection(connection, name)
  const { addRoot, lastRunAt = before.last_run_at } = change
  const { fingerprint = before.fingerprint, dimensions = before.dimensions } = change
  const roots: string[] = JSON.parse(before.roots)
  if (addRoot !== undefined && !roots.includes(addRoot)) roots.push(addRoot)
  const space = spaceKey(connection, fingerprint, dimensions)
  connection
    .sql('update collections set roots = ?, last_run_at = ?, space = ? where key = ?')
    .run(JSON.stringify(roots), lastRunAt, space, before.key)
  const after = requireCollection(connection, name)
  if (space !== before.space) {
    connection.sql('update chunks set error = null where collection = ?').run(before.key)
    connection.sql(RECOUNT).run(space, before.key)
    for (const follower of followers) rebuild(connection, follower, after)
  }
  return toCollection(after)
}

function spaceKey(connection: Connection, fingerprint: string, dimensions: number): number {
  connection
    .sql('insert into spaces (fingerprint, dimensions) values (?, ?) on conflict do nothing')
    .run(fingerprint, dimensions)
  const sql = 'select key from spaces where fingerprint = ? and dimensions = ?'
  return connection.sql<number>(sql).pluck().get(fingerprint, dimensions) as number
}

function putDocument(
  connection: Connection,
  collection: CollectionRow,
  following: Following,
  document: DocumentMessage,
): { key: number; chunkKeys: number[] } {
  for (const { vector } of document.chunks) if (vector) assertVector(vector, collection.dimensions)
  const existing = findDocument(connection, collection.key, document.id)
  if (existing !== null) clearDocument(connection, following, existing, document.file?.path)
  const key = writeDocument(connection, collection, document, existing)
  connection
    .sql('insert into texts (document, text) values (?, ?) on conflict do update set text = excluded.text')
    .run(key, encodeText(document.text))
  const chunkKeys = document.chunks.map((chunk, position) => writeChunk(connection, collection, key, chunk, position))
  if (document.file) putFile(connection, collection.key, document.file, key, null)
  following.add({
    title: document.title,
    path: document.file?.path ?? null,
    chunks: document.chunks.map(({ place, vector }, position) => ({
      key: chunkKeys[position] as number,
      heading: place.heading,
      symbol: place.symbol,
      text: document.text.slice(place.start, place.end),
      vector,
    })),
  })
  logChange(connection, collection, encodeText(document.id), 'put')
  return { key, chunkKeys }
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
  const { chunks } = document
  const values = [
    encodeNullable(document.file?.path),
    encodeNullable(document.title),
    document.format,
    JSON.stringify(document.metadata),
    encodeText(document.contentHash),
    encodeText(document.chunkingFingerprint),
    Date.now(),
    chunks.length,
    chunks.filter(({ vector, error }) => !vector && !error).length,
    chunks.filter(({ vector, error }) => !vector && error).length,
  ]
  if (existing !== null) {
    connection.sql(UPDATE_DOCUMENT).run(...values, existing)
    return existing
  }
  const { lastInsertRowid } = connection
    .sql(INSERT_DOCUMENT)
    .run(...values, collection.key, encodeText(document.id), Date.now())
  return Number(lastInsertRowid)
}

function writeChunk(
  connection: Connection,
  collection: CollectionRow,
  document: number,
  { place, embeddingHash, vector, error }: ChunkMessage,
  position: number,
): number {
  const { lastInsertRowid } = connection
    .sql(INSERT_CHUNK)
    .run(
      document,
      collection.key,
      position,
      place.start,
      place.end,
      ...place.lines,
      JSON.stringify(place.heading),
      encodeNullable(place.symbol),
      encodeText(embeddingHash),
      vector || !error ? null : JSON.stringify(error),
    )
  const key = Number(lastInsertRowid)
  if (vector) connection.sql(INSERT_VECTOR).run(key, collection.key, collection.space, toBlob(vector))
  return key
}

function moveDocument(connection: Connection, collection: CollectionRow, { id, to }: MoveArgs): boolean {
  const key = findDocument(connection, collection.key, id)
  if (key === null) return false
  const taken = findDocument(connection, collection.key, to.id)
  if (taken !== null && taken !== key) {
    throw new SemdexError('INVALID_INPUT', {
      message: `There is a document ${to.id} already.`,
      details: { collection: collection.name.toString(), id: to.id },
    })
  }
  connection
    .sql('update documents set id = ?, path = ?, updated_at = ? where key = ?')
    .run(encodeText(to.id), encodeText(to.file.path), Date.now(), key)
  connection.sql('delete from files where document = ?').run(key)
  putFile(connection, collection.key, to.file, key, null)
  if (id !== to.id) logChange(connection, collection, encodeText(id), 'delete')
  logChange(connection, collection, encodeText(to.id), 'put')
  return true
}

function deleteDocument(connection: Connection, collection: CollectionRow, following: Following, id: string): boolean {
  const key = findDocument(connection, collection.key, id)
  if (key === null) return false
  following.remove(key)
  connection.sql('delete from documents where key = ?').run(key)
  logChange(connection, collection, encodeText(id), 'delete')
  return true
}

/** A stamp without a document keeps the document that the file had. */
function putFile(
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

function logChange(connection: Connection, collection: CollectionRow, id: TextValue, kind: 'put' | 'delete'): void {
  const { lastInsertRowid } = connection
    .sql('insert into changes (collection, document, kind) values (?, ?, ?)')
    .run(collection.name, id, kind)
  connection.sql('update collections set sequence = ? where key = ?').run(lastInsertRowid, collection.key)
}

interface MoveArgs {
  collection: string
  id: string
  to: { id: string; file: FileStamp }
}

const INSERT_DOCUMENT = `
  insert into documents (path, title, format, metadata, content_hash, chunking_fingerprint, updated_at,
    chunks, pending, failed, collection, id, created_at)
  values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

const UPDATE_DOCUMENT = `
  update documents set path = ?, title = ?, format = ?, metadata = ?, content_hash = ?, chunking_fingerprint = ?,
    updated_at = ?, chunks = ?, pending = ?, failed = ? where key = ?`

const INSERT_CHUNK = `
  insert into chunks (document, collection, position, begins, ends, line_from, line_to, heading, symbol,
    embedding_hash, error)
  values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

const INSERT_VECTOR = 'insert into vectors (chunk, collection, space, vector) values (?, ?, ?, ?)'

const PUT_FILE = `
  insert into files (collection, path, document, size, modified_at, inode, checked_at, error)
  values (?, ?, ?, ?, ?, ?, ?, ?)
  on conflict do update set document = coalesce(excluded.document, document), size = excluded.size,
    modified_at = excluded.modified_at, inode = excluded.inode, checked_at = excluded.checked_at,
    error = excluded.error`

const LOG_DROP = `
  insert into changes (collection, document, kind)
  select ?, id, 'delete' from documents where collection = ? order by key`

const RECOUNT = `
  update documents set failed = 0, pending = chunks - (
    select count(*) from chunks c join vectors v on v.chunk = c.key and v.space = ?
    where c.document = documents.key)
  where collection = ?`
