import { SemdexError } from '../../core/errors.ts'
import {
  KEY_TOUCH_INTERVAL,
  type KeyAccess,
  type KeyRecord,
  type KeyStore,
  type NewKey,
} from '../../core/ports/key-store.ts'
import type { Connection } from '../../sqlite/connection.ts'
import { caller, type Procedures, type SqlitePool } from '../../sqlite/procedures.ts'
import { decodeText, encodeText, type TextValue } from '../../sqlite/text.ts'

/** The key store over a pool whose module has `keyReads` and `keyWrites`. */
export function openSqliteKeys(pool: SqlitePool): KeyStore {
  const read = caller<typeof keyReads>(pool, 'read')
  const write = caller<typeof keyWrites>(pool, 'write')
  return {
    createKey: (key) => write('keys.create', key),
    key: (id) => read('keys.key', { id }),
    keys: () => read('keys.keys', null),
    revokeKey: (id, at) => write('keys.revoke', { id, at }),
    async touchKey(id, at) {
      // A read costs less than taking the write lock in vain.
      const key = await read('keys.key', { id })
      if (key && isLater(key, at)) await write('keys.touch', { id, at })
    },
  }
}

export const keyReads = {
  'keys.key': (connection: Connection, { id }: { id: string }): KeyRecord | null => findKey(connection, id),

  'keys.keys': (connection: Connection, _: null): KeyRecord[] =>
    connection.sql<KeyRow>('select * from keys order by created_at, id').all().map(toKey),
} satisfies Procedures

export const keyWrites = {
  'keys.create': (connection: Connection, key: NewKey): KeyRecord => {
    const { id, name, access, digest, createdAt, expiresAt } = key
    if (findKey(connection, id)) {
      throw new SemdexError('INVALID_INPUT', { message: `There is a key ${id} already.`, details: { field: 'id' } })
    }
    connection
      .sql('insert into keys (id, name, access, digest, created_at, expires_at) values (?, ?, ?, ?, ?, ?)')
      .run(id, encodeText(name), access, digest, createdAt, expiresAt)
    return findKey(connection, id) as KeyRecord
  },

  'keys.revoke': (connection: Connection, { id, at }: { id: string; at: number }): KeyRecord | null => {
    connection.sql('update keys set revoked_at = ? where id = ? and revoked_at is null').run(at, id)
    return findKey(connection, id)
  },

  'keys.touch': (connection: Connection, { id, at }: { id: string; at: number }): void => {
    const key = findKey(connection, id)
    if (key && isLater(key, at)) connection.sql('update keys set last_used_at = ? where id = ?').run(at, id)
  },
} satisfies Procedures

interface KeyRow {
  id: string
  name: TextValue
  access: KeyAccess
  digest: string
  created_at: number
  last_used_at: number | null
  expires_at: number | null
  revoked_at: number | null
}

function isLater({ lastUsedAt }: KeyRecord, at: number): boolean {
  return lastUsedAt === null || at >= lastUsedAt + KEY_TOUCH_INTERVAL
}

function findKey(connection: Connection, id: string): KeyRecord | null {
  const row = connection.sql<KeyRow>('select * from keys where id = ?').get(id)
  return row ? toKey(row) : null
}

function toKey(row: KeyRow): KeyRecord {
  return {
    id: row.id,
    name: decodeText(row.name),
    access: row.access,
    digest: row.digest,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    lastUsedAt: row.last_used_at,
    revokedAt: row.revoked_at,
  }
}
