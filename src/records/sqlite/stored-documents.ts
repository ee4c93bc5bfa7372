import type { Side } from '../../core/sides.ts'
import type { Connection } from '../../sqlite/connection.ts'
import { encodeText, type TextValue } from '../../sqlite/text.ts'
import type { CollectionRow } from './rows.ts'
import { takeKeys } from './take-keys.ts'

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
  { name }: CollectionRow,
  ids: readonly TextValue[],
  kind: 'put' | 'delete',
): void {
  if (ids.length === 0) return
  const first = takeKeys(connection, 'changes', ids.length)
  const insert = connection.sql('insert into changes (sequence, collection, document, kind) values (?, ?, ?, ?)')
  for (const [i, id] of ids.entries()) insert.run(first + i, name, id, kind)
}

const STORED = 'select key, side, active, version from documents where collection = ? and id = ?'

export const INSERT_VECTOR = 'insert into vectors (chunk, collection, space, vector) values (?, ?, ?, ?)'
