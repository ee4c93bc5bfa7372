import type { Connection } from '../../sqlite/connection.ts'
import { type DocumentContent, readContent } from '../../sqlite/followed.ts'
import type { Follower } from '../../sqlite/followers.ts'
import { ANALYZER_VERSION, analyze } from './analyzer.ts'

/**
 * One contentless FTS5 table for each collection, whatever its models; a row is a chunk. FTS5 gets terms that are analysed
 * already, joined by spaces, and its plainest tokenizer takes them apart again: it cuts at ASCII characters that no term holds.
 */
export const fts5Follower: Follower = {
  name: 'fts5',
  available: () => true,
  indexes: () => [{ space: WHOLE, version: ANALYZER_VERSION }],
  rebuild: (connection, { key }) => rebuild(connection, key),
  remove(connection, { key }, _, document) {
    const sql = `delete from ${table(key)} where rowid in (select key from chunks where document = ?)`
    connection.sql(sql).run(document.key)
  },
  add: (connection, { key }, _, document) => add(connection, key, document),
  drop,
}

/** The name of the one index of a collection. */
export const WHOLE = 0

export function table(collection: number): string {
  return `lexical_${collection}`
}

export function vocabulary(collection: number): string {
  return `lexical_${collection}_terms`
}

function add(connection: Connection, collection: number, { title, chunks }: DocumentContent): void {
  const insert = connection.sql(`insert into ${table(collection)} (rowid, context, body) values (?, ?, ?)`)
  for (const { key, heading, text } of chunks) {
    insert.run(key, terms([title ?? '', ...heading].join('\n')), terms(text))
  }
}

function rebuild(connection: Connection, collection: number): void {
  drop(connection, collection)
  connection.db.exec(`
    create virtual table ${table(collection)} using fts5 (
      context, body, content = '', contentless_delete = 1, tokenize = "ascii tokenchars '_'");
    create virtual table ${vocabulary(collection)} using fts5vocab (${table(collection)}, 'row')`)
  const sql = 'select key from documents where collection = ? and active = 1 order by key'
  const documents = connection.sql<number>(sql).pluck().all(collection)
  for (const key of documents) add(connection, collection, readContent(connection, key))
}

function drop(connection: Connection, collection: number): void {
  connection.db.exec(`drop table if exists ${vocabulary(collection)}; drop table if exists ${table(collection)}`)
}

function terms(text: string): string {
  return analyze(text).join(' ')
}
