import { crc32 } from 'node:zlib'
import { SemdexError } from '../../core/errors.ts'
import type { Connection } from '../../sqlite/connection.ts'
import type { Migration } from '../../sqlite/migrate.ts'
import type { StorageModule } from '../../sqlite/procedures.ts'

export interface Row {
  key: string
  /** Little-endian float32. */
  vector: Uint8Array
  tokens: number | null
  truncated: boolean | null
  /** Milliseconds since 1970. */
  used: number
}

/** Rows lie by key, which is random: what is deleted leaves room for what comes. `tally` holds the bytes of all rows. */
const schema: Migration = {
  version: 1,
  name: 'vectors',
  up({ db }) {
    db.exec(`
      create table if not exists vectors (
        key text primary key, vector blob not null, tokens integer, truncated integer, used integer not null,
        checksum integer not null
      ) strict, without rowid;
      create index if not exists vectors_by_use on vectors (used);
      create table if not exists tally (bytes integer not null) strict;
      insert into tally select 0 where not exists (select * from tally);
    `)
  },
}

export const diskReads = {
  /** @throws {SemdexError} `DATABASE_CORRUPT` where a row is not what was written. */
  find(connection: Connection, { keys }: { keys: readonly string[] }): (Row | null)[] {
    const select = connection.sql<StoredRow>(
      'select key, vector, tokens, truncated, used, checksum from vectors where key = ?',
    )
    return keys.map((key) => {
      const row = select.get(key)
      return row ? checkedRow(row, connection) : null
    })
  },
}

export const diskWrites = {
  keep(connection: Connection, { rows, maxBytes }: { rows: readonly Row[]; maxBytes: number }): void {
    const insert = connection.sql(
      'insert or ignore into vectors (key, vector, tokens, truncated, used, checksum) values (?, ?, ?, ?, ?, ?)',
    )
    let added = 0
    for (const row of rows) {
      const { key, vector, tokens, used } = row
      const truncated = row.truncated === null ? null : Number(row.truncated)
      const { changes } = insert.run(key, vector, tokens, truncated, used, checksumOf({ ...row, truncated }))
      if (changes > 0) added += bytesOf(vector.length)
    }
    evict(connection, addToTally(connection, added), maxBytes)
  },
  touch(connection: Connection, { keys, now }: { keys: readonly string[]; now: number }): void {
    const update = connection.sql('update vectors set used = ? where key = ?')
    for (const key of keys) update.run(now, key)
  },
}

const diskModule: StorageModule = {
  migrations: [schema],
  reads: diskReads,
  writes: diskWrites,
  prepare: () => undefined,
}

export default diskModule

/** What the cut leaves, so that not every write has to cut. */
const KEPT = 0.9

function evict(connection: Connection, bytes: number, maxBytes: number): void {
  if (bytes <= maxBytes) return
  let excess = bytes - maxBytes * KEPT
  const oldest: string[] = []
  const rows = connection.db
    .prepare<[], { key: string; length: number }>('select key, length(vector) as length from vectors order by used')
    .iterate()
  for (const { key, length } of rows) {
    if (excess <= 0) break
    oldest.push(key)
    excess -= bytesOf(length)
  }
  const remove = connection.sql<number>('delete from vectors where key = ? returning length(vector)').pluck()
  const freed = oldest.reduce((sum, key) => sum + bytesOf(remove.get(key) as number), 0)
  addToTally(connection, -freed)
}

function addToTally(connection: Connection, bytes: number): number {
  return connection.sql<number>('update tally set bytes = bytes + ? returning bytes').pluck().get(bytes) as number
}

/** With the row's other columns and its place in the index by use. */
function bytesOf(vector: number): number {
  return vector + 80
}

type StoredRow = Omit<Row, 'truncated'> & { truncated: number | null; checksum: number }

function checkedRow(row: StoredRow, { file }: Connection): Row {
  if (checksumOf(row) !== row.checksum) {
    throw new SemdexError('DATABASE_CORRUPT', { message: `The file ${file} is damaged.`, details: { file } })
  }
  const { key, vector, tokens, truncated, used } = row
  return { key, vector, tokens, truncated: truncated === null ? null : truncated === 1, used }
}

/** SQLite does not notice a bit that was turned inside a blob. */
function checksumOf({ key, vector, tokens, truncated }: Omit<StoredRow, 'checksum' | 'used'>): number {
  return crc32(vector, crc32(`${key} ${tokens} ${truncated}`))
}
