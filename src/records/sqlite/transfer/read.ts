import type { FileStamp } from '../../../core/ports/record-store.ts'
import type { History, StoredChunk, StoredDocument, StoredPage } from '../../../core/ports/transfer-store.ts'
import { fromBlob } from '../../../core/vectors.ts'
import type { Connection } from '../../../sqlite/connection.ts'
import type { Procedures } from '../../../sqlite/procedures.ts'
import { decodeNullable, decodeText, encodeText, type TextValue } from '../../../sqlite/text.ts'
import { requireCollection } from '../reads.ts'
import { readRevisions } from '../revisions.ts'
import { toFields } from '../rows.ts'

export const transferReads = {
  'transfer.documents': (connection: Connection, args: PageArgs): StoredPage => {
    const { key: collection } = requireCollection(connection, args.collection)
    const next = connection
      .sql<number>('select key from documents where collection = ? and key > ? order by key limit 1')
      .pluck()
    const documents: StoredDocument[] = []
    let last = args.after
    for (let bytes = 0; bytes < args.bytes; ) {
      const key = next.get(collection, last)
      if (key === undefined) return { documents, next: null }
      const document = readStored(connection, collection, key)
      documents.push(document)
      bytes += sizeOf(document)
      last = key
    }
    return { documents, next: last }
  },

  'transfer.histories': (connection: Connection, args: HistoryArgs): History[] => {
    const { key } = requireCollection(connection, args.collection)
    const all = connection.sql<TextValue>(GONE).pluck().all(key).map(decodeText).sort()
    return all
      .filter((id) => args.after === null || id > args.after)
      .slice(0, args.limit)
      .map((id) => ({ id, revisions: readRevisions(connection, key, id) }))
  },
} satisfies Procedures

interface PageArgs {
  collection: string
  after: number
  bytes: number
}

interface HistoryArgs {
  collection: string
  after: string | null
  limit: number
}

function readStored(connection: Connection, collection: number, key: number): StoredDocument {
  const row = connection.sql<DocumentRow>(DOCUMENT).get(key) as DocumentRow
  const fields = toFields(row)
  return {
    ...fields,
    text: decodeText(row.text),
    file: toFile(row),
    chunks: readChunks(connection, key),
    revisions: readRevisions(connection, collection, fields.id),
  }
}

function toFile({ path, size, modified_at, inode, checked_at }: DocumentRow): FileStamp | null {
  if (path === null) return null
  return {
    path: decodeText(path),
    size: size ?? 0,
    modifiedAt: modified_at ?? 0,
    inode: inode ?? 0,
    checkedAt: checked_at ?? 0,
  }
}

function readChunks(connection: Connection, document: number): StoredChunk[] {
  const vectors = connection.sql<{ fingerprint: string; vector: Buffer }>(VECTORS)
  return connection
    .sql<ChunkRow>('select * from chunks where document = ? order by position')
    .all(document)
    .map((row) => ({
      place: {
        start: row.begins,
        end: row.ends,
        lines: [row.line_from, row.line_to],
        heading: JSON.parse(row.heading),
        symbol: decodeNullable(row.symbol),
      },
      embeddingHash: decodeText(row.embedding_hash),
      error: row.error === null ? null : JSON.parse(row.error),
      vectors: vectors.all(row.key).map(({ fingerprint, vector }) => ({ fingerprint, vector: fromBlob(vector) })),
    }))
}

function sizeOf({ text, chunks, revisions }: StoredDocument): number {
  const vectors = chunks.reduce((sum, each) => sum + each.vectors.reduce((more, v) => more + v.vector.byteLength, 0), 0)
  const before = revisions.reduce((sum, revision) => sum + (revision.text?.length ?? 0), 0)
  return 200 + text.length + before + vectors + chunks.length * 200
}

/** Whether an id has revisions alone. */
export function hasRevisions(connection: Connection, collection: number, id: string): boolean {
  const sql = 'select 1 from revisions where collection = ? and document = ? limit 1'
  return connection.sql(sql).get(collection, encodeText(id)) !== undefined
}

interface DocumentRow {
  id: TextValue
  title: TextValue | null
  format: StoredDocument['format']
  text: TextValue
  metadata: string
  content_hash: TextValue
  chunking_fingerprint: TextValue
  side: StoredDocument['side']
  active: number
  version: number
  created_at: number
  updated_at: number
  path: TextValue | null
  size: number | null
  modified_at: number | null
  inode: number | null
  checked_at: number | null
}

interface ChunkRow {
  key: number
  begins: number
  ends: number
  line_from: number
  line_to: number
  heading: string
  symbol: TextValue | null
  embedding_hash: TextValue
  error: string | null
}

const DOCUMENT = `
  select d.*, text, size, modified_at, inode, checked_at
  from documents d join texts t on t.document = d.key
  left join files f on f.document = d.key and f.path = d.path where d.key = ?`

const VECTORS = `
  select fingerprint, vector from vectors v join spaces s on s.key = v.space where chunk = ? order by fingerprint`

const GONE = `
  select distinct document from revisions r where collection = ?
    and not exists (select 1 from documents d where d.collection = r.collection and d.id = r.document)`
