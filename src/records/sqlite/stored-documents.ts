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
  const { lastInsertRowid } = connection
    .sql('insert into changes (collection, document, kind) values (?, ?, ?)')
    .run(collection.name, id, kind)
  connection.sql('update collections set sequence = ? where key = ?').run(lastInsertRowid, collection.key)
}

const STORED = 'select key, side, active, version from documents where collection = ? and id = ?'

export const INSERT_VECTOR = 'insert into vectors (chunk, collection, space, vector) values (?, ?, ?, ?)'
