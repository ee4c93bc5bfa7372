import type { Side } from '../../core/sides.ts'
import type { Connection } from '../../sqlite/connection.ts'
import { encodeText, type TextValue } from '../../sqlite/text.ts'
import type { CollectionRow } from './rows.ts'

export interface StoredDocument {
  key: number
  side: Side
  active: number
  version: number
}

export function findStored(connection: Connection, collection: number, id: string): StoredDocument | undefined {
  return connection.sql<StoredDocument>(STORED).get(collection, encodeText(id))
}

export function logChange(
  connection: Connection,
  collection: CollectionRow,
  id: TextValue,
  kind: 'put' | 'delete',
): void {
  logChanges(connection, collection, [id], kind)
}

export function logChanges(
  connection: Connection,
  { key, name }: CollectionRow,
  ids: readonly TextValue[],
  kind: 'put' | 'delete',
): void {
  const insert = connection.sql('insert into changes (collection, document, kind) values (?, ?, ?)')
  let last: number | bigint | null = null
  for (const id of ids) last = insert.run(name, id, kind).lastInsertRowid
  if (last !== null) connection.sql('update collections set sequence = ? where key = ?').run(last, key)
}

const STORED = 'select key, side, active, version from documents where collection = ? and id = ?'

export const INSERT_VECTOR = 'insert into vectors (chunk, collection, space, vector) values (?, ?, ?, ?)'
