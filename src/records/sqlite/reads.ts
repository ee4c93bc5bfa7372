import type { ChunkRecord, DocumentRecord } from '../../core/documents.ts'
import { SemdexError } from '../../core/errors.ts'
import type { FilterNode } from '../../core/filter.ts'
import type {
  Change,
  Collection,
  CollectionCounts,
  DocumentListing,
  FileRecord,
  Revision,
} from '../../core/ports/record-store.ts'
import { fromBlob } from '../../core/vectors.ts'
import type { Connection } from '../../sqlite/connection.ts'
import { filteredDocuments } from '../../sqlite/filters.ts'
import type { Procedures } from '../../sqlite/procedures.ts'
import { decodeText, encodeText, type TextValue } from '../../sqlite/text.ts'
import { readRevisions } from './revisions.ts'
import {
  type ChunkRow,
  type CollectionRow,
  type DocumentRow,
  type FileRow,
  type ListingRow,
  toChunk,
  toCollection,
  toDocument,
  toFile,
  toListing,
} from './rows.ts'

export const recordReads = {
  'records.collection': (connection: Connection, { name }: { name: string }): Collection | null => {
    const row = findCollection(connection, name)
    return row && toCollection(row)
  },

  'records.collections': (connection: Connection, _: null): Collection[] =>
    connection.sql<CollectionRow>(COLLECTIONS).all().map(toCollection).sort(byName),

  'records.document': (connection: Connection, { collection, id }: DocumentArgs): DocumentRecord | null => {
    const key = findDocument(connection, requireCollection(connection, collection).key, id)
    return key === null ? null : readDocument(connection, key)
  },

  'records.documents': (connection: Connection, args: DocumentsArgs): DocumentRecord[] => {
    const { key } = requireCollection(connection, args.collection)
    const keys = take(filteredDocuments(connection, key, args.filter, args.after), args.limit)
    return keys.flatMap((document) => readDocument(connection, document) ?? [])
  },

  'records.listDocuments': (connection: Connection, args: DocumentsArgs): DocumentListing[] => {
    const { key } = requireCollection(connection, args.collection)
    const keys = take(filteredDocuments(connection, key, args.filter, args.after), args.limit)
    const statement = connection.sql<ListingRow>(LISTING)
    return keys.flatMap((document) => statement.get(document) ?? []).map(toListing)
  },

  'records.countDocuments': (connection: Connection, { collection, filter }: CountArgs): number => {
    const { key } = requireCollection(connection, collection)
    if (!filter)
      return connection.sql<number>('select count(*) from documents where collection = ?').pluck().get(key) ?? 0
    let count = 0
    for (const _ of filteredDocuments(connection, key, filter)) count++
    return count
  },

  'records.documentByPath': (connection: Connection, { path }: { path: string }): DocumentRecord | null => {
    const sql = 'select key from documents where path = ? order by key limit 1'
    const key = connection.sql<number>(sql).pluck().get(encodeText(path))
    return key === undefined ? null : readDocument(connection, key)
  },

  'records.documentsByContent': (
    connection: Connection,
    { collection, contentHash }: ContentArgs,
  ): DocumentListing[] => {
    const { key } = requireCollection(connection, collection)
    const keys = connection.sql<number>(BY_CONTENT).pluck().all(key, encodeText(contentHash))
    return keys.flatMap((document) => connection.sql<ListingRow>(LISTING).get(document) ?? []).map(toListing)
  },

  'records.revisions': (connection: Connection, { collection, id }: DocumentArgs): Revision[] =>
    readRevisions(connection, requireCollection(connection, collection).key, id),

  'records.chunks': (connection: Connection, { keys }: { keys: readonly number[] }): ChunkRecord[] =>
    readChunks(connection, keys),

  'records.chunksOfDocument': (connection: Connection, { collection, id }: DocumentArgs): ChunkRecord[] => {
    const key = findDocument(connection, requireCollection(connection, collection).key, id)
    const document = key === null ? null : readDocument(connection, key)
    if (!document) return []
    const rows = connection.sql<ChunkRow>(`select ${CHUNK} from chunks where document = ? order by position`).all(key)
    return rows.map((row) => toChunk(row, document))
  },

  'records.vectors': (connection: Connection, { keys, fingerprint }: VectorsArgs): Map<number, Float32Array> => {
    const statement = connection.sql<Buffer>(VECTOR).pluck()
    const found = new Map<number, Float32Array>()
    for (const key of keys) {
      const blob = statement.get(key, fingerprint)
      if (blob) found.set(key, fromBlob(blob))
    }
    return found
  },

  'records.vectorsByHash': (connection: Connection, args: HashArgs): Map<string, Float32Array> => {
    const { key } = requireCollection(connection, args.collection)
    const statement = connection.sql<Buffer>(VECTOR_BY_HASH).pluck()
    const found = new Map<string, Float32Array>()
    for (const hash of args.hashes) {
      const blob = statement.get(key, encodeText(hash), args.fingerprint)
      if (blob) found.set(hash, fromBlob(blob))
    }
    return found
  },

  'records.files': (connection: Connection, { collection, root }: FilesArgs): FileRecord[] => {
    const { key } = requireCollection(connection, collection)
    const below = root.endsWith('/') ? root : `${root}/`
    return connection
      .sql<FileRow>(FILES)
      .all(key)
      .map(toFile)
      .filter(({ path }) => path === root || path.startsWith(below))
      .sort((a, b) => (a.path < b.path ? -1 : 1))
  },

  'records.changes': (connection: Connection, { after, limit }: { after: number; limit: number }): Change[] =>
    connection
      .sql<ChangeRow>('select * from changes where sequence > ? order by sequence limit ?')
      .all(after, limit)
      .map(({ sequence, collection, document, kind }) => ({
        sequence,
        collection: decodeText(collection),
        documentId: decodeText(document),
        kind,
      })),

  'records.counts': (connection: Connection, _: null): CollectionCounts[] =>
    connection
      .sql<CountsRow>(COUNTS)
      .all()
      .map(({ name, ...counts }) => ({ collection: decodeText(name), ...counts }))
      .sort((a, b) => (a.collection < b.collection ? -1 : 1)),
} satisfies Procedures

export type RecordReads = typeof recordReads

/** @throws {SemdexError} `COLLECTION_NOT_FOUND` */
export function requireCollection(connection: Connection, name: string): CollectionRow {
  const row = findCollection(connection, name)
  if (row) return row
  throw new SemdexError('COLLECTION_NOT_FOUND', {
    message: `There is no collection ${name}.`,
    fix: 'semdex collections lists what there is',
    details: { collection: name },
  })
}

export function findCollection(connection: Connection, name: string): CollectionRow | null {
  return connection.sql<CollectionRow>(`${COLLECTIONS} where name = ?`).get(encodeText(name)) ?? null
}

export function requireCollectionByKey(connection: Connection, key: number): CollectionRow {
  return connection.sql<CollectionRow>(`${COLLECTIONS} where c.key = ?`).get(key) as CollectionRow
}

export function findDocument(connection: Connection, collection: number, id: string): number | null {
  const sql = 'select key from documents where collection = ? and id = ?'
  return connection.sql<number>(sql).pluck().get(collection, encodeText(id)) ?? null
}

/** The chunks that exist, in the order of the keys. */
export function readChunks(connection: Connection, keys: readonly number[]): ChunkRecord[] {
  const documents = new Map<number, DocumentRecord | null>()
  return keys.flatMap((key) => {
    const row = connection.sql<ChunkRow>(`select ${CHUNK} from chunks where key = ?`).get(key)
    if (!row) return []
    const document = documents.get(row.document) ?? readDocument(connection, row.document)
    documents.set(row.document, document)
    return document ? [toChunk(row, document)] : []
  })
}

function readDocument(connection: Connection, key: number): DocumentRecord | null {
  const row = connection.sql<DocumentRow>(DOCUMENT).get(key)
  return row ? toDocument(row) : null
}

function take<T>(items: Iterable<T>, limit: number): T[] {
  const taken: T[] = []
  if (limit <= 0) return taken
  for (const item of items) {
    taken.push(item)
    if (taken.length === limit) break
  }
  return taken
}

function byName(a: Collection, b: Collection): number {
  return a.name < b.name ? -1 : 1
}

interface DocumentArgs {
  collection: string
  id: string
}

interface CountArgs {
  collection: string
  filter?: FilterNode | undefined
}

interface DocumentsArgs extends CountArgs {
  after?: number | undefined
  limit: number
}

interface VectorsArgs {
  keys: readonly number[]
  fingerprint: string
}

interface ContentArgs {
  collection: string
  contentHash: string
}

interface HashArgs {
  collection: string
  fingerprint: string
  hashes: readonly string[]
}

interface FilesArgs {
  collection: string
  root: string
}

interface ChangeRow {
  sequence: number
  collection: TextValue
  document: TextValue
  kind: 'put' | 'delete'
}

interface CountsRow extends Omit<CollectionCounts, 'collection'> {
  name: TextValue
}

const COLLECTIONS = `
  select c.key, name, model, space, s.fingerprint, s.dimensions, code_model, code_space,
    o.fingerprint code_fingerprint, o.dimensions code_dimensions, layout, roots, created_at, last_run_at, sequence
  from collections c join spaces s on s.key = c.space left join spaces o on o.key = c.code_space`

const DOCUMENT_COLUMNS = `d.key, c.name collection, id, path, title, format, metadata, content_hash,
    chunking_fingerprint, side, active, version, d.created_at, updated_at`

const LISTING = `
  select ${DOCUMENT_COLUMNS}, chunks, pending, failed
  from documents d join collections c on c.key = d.collection where d.key = ?`

const BY_CONTENT = `
  select key from documents where collection = ? and content_hash = ? and path is null order by key`

const DOCUMENT = `
  select ${DOCUMENT_COLUMNS}, text
  from documents d join collections c on c.key = d.collection join texts t on t.document = d.key where d.key = ?`

const CHUNK = 'key, document, begins, ends, line_from, line_to, heading, symbol, error'

const VECTOR = `
  select vector from vectors v join spaces s on s.key = v.space where v.chunk = ? and s.fingerprint = ? limit 1`

const VECTOR_BY_HASH = `
  select vector from chunks c join vectors v on v.chunk = c.key join spaces s on s.key = v.space
  where c.collection = ? and c.embedding_hash = ? and c.waits is null and s.fingerprint = ? limit 1`

const FILES = `
  select f.path, f.size, f.modified_at, f.inode, f.checked_at, f.error,
    d.id, d.content_hash, d.chunking_fingerprint, d.side, d.pending
  from files f left join documents d on d.key = f.document where f.collection = ?`

const COUNTS = `
  select name,
    count(d.key) documents,
    coalesce(sum(active * chunks), 0) chunks,
    coalesce(sum(active * (chunks - pending - failed)), 0) vectors,
    coalesce(sum(active = 0), 0) inactive,
    coalesce(sum(active and pending > 0), 0) pending,
    coalesce(sum(active and failed > 0), 0)
      + (select count(*) from files f where f.collection = c.key and error is not null) failed
  from collections c left join documents d on d.collection = c.key group by c.key`
