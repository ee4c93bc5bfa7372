import type { Connection } from '../../sqlite/connection.ts'
import type { AddedDocument, FollowedCollection, Follower } from '../../sqlite/followers.ts'
import { decodeNullable, decodeText, type TextValue } from '../../sqlite/text.ts'
import { ANALYZER_VERSION, analyze } from './analyzer.ts'

/**
 * One contentless FTS5 table for each collection; a row is a chunk. FTS5 gets terms that are analysed already, joined
 * by spaces, and its plainest tokenizer takes them apart again: it cuts at ASCII characters that no term holds.
 */
export const fts5Follower: Follower = {
  name: 'fts5',
  version: ANALYZER_VERSION,
  available: () => true,
  rebuild,
  remove(connection, { key }, document) {
    connection.sql(`delete from ${table(key)} where rowid in (select key from chunks where document = ?)`).run(document)
  },
  add,
  drop,
}

export function table(collection: number): string {
  return `lexical_${collection}`
}

export function vocabulary(collection: number): string {
  return `lexical_${collection}_terms`
}

function add(connection: Connection, { key: collection }: FollowedCollection, document: AddedDocument): void {
  const insert = connection.sql(`insert into ${table(collection)} (rowid, context, body) values (?, ?, ?)`)
  for (const { key, heading, text } of document.chunks) {
    insert.run(key, terms([document.title ?? '', ...heading].join('\n')), terms(text))
  }
}

function rebuild(connection: Connection, collection: FollowedCollection): void {
  drop(connection, collection.key)
  connection.db.exec(`
    create virtual table ${table(collection.key)} using fts5 (
      context, body, content = '', contentless_delete = 1, tokenize = "ascii tokenchars '_'");
    create virtual table ${vocabulary(collection.key)} using fts5vocab (${table(collection.key)}, 'row')`)
  const documents = connection.sql<number>('select key from documents where collection = ? order by key').pluck()
  for (const key of documents.all(collection.key)) add(connection, collection, readDocument(connection, key))
}

function drop(connection: Connection, collection: number): void {
  connection.db.exec(`drop table if exists ${vocabulary(collection)}; drop table if exists ${table(collection)}`)
}

function readDocument(connection: Connection, key: number): AddedDocument {
  const { title, path, text } = connection.sql<DocumentRow>(DOCUMENT).get(key) as DocumentRow
  const whole = decodeText(text)
  const chunks = connection
    .sql<ChunkRow>('select key, begins, ends, heading from chunks where document = ? order by position')
    .all(key)
    .map(({ key, begins, ends, heading }) => ({
      key,
      heading: JSON.parse(heading) as string[],
      symbol: null,
      text: whole.slice(begins, ends),
      vector: null,
    }))
  return { title: decodeNullable(title), path: decodeNullable(path), space: 0, chunks }
}

function terms(text: string): string {
  return analyze(text).join(' ')
}

interface DocumentRow {
  title: TextValue | null
  path: TextValue | null
  text: TextValue
}

interface ChunkRow {
  key: number
  begins: number
  ends: number
  heading: string
}

const DOCUMENT = 'select title, path, text from documents d join texts t on t.document = d.key where d.key = ?'
