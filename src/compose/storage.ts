import { basename, dirname, join } from 'node:path'
import type { SemdexError } from '../core/errors.ts'
import type { Storage } from '../core/parts.ts'
import { findCandidates } from '../indexes/candidates/index.ts'
import { openLexicalIndex } from '../indexes/lexical/index.ts'
import { openVectorIndex } from '../indexes/vectors/index.ts'
import { openSqliteJobs } from '../records/sqlite/jobs.ts'
import { openSqliteKeys } from '../records/sqlite/keys.ts'
import { openSqliteMigrations } from '../records/sqlite/migrations.ts'
import { openSqliteRecords } from '../records/sqlite/store.ts'
import { openSqliteTransfer } from '../records/sqlite/transfer/store.ts'
import { openSqliteUpkeep } from '../records/sqlite/upkeep/store.ts'
import { openSqliteWaiting } from '../records/sqlite/waiting.ts'
import { openPool } from '../sqlite/pool.ts'

export interface SqliteStorageOptions {
  /** Absolute path; the file and its folder are made where they are missing. */
  file: string
  /** `inline` runs SQLite on the calling thread: for short-lived commands. `threads` never blocks the event loop. */
  mode: 'inline' | 'threads'
  /** The most threads that read. Default 2. */
  readers?: number
  /** `full` (default): a power cut loses nothing acknowledged; `normal`: it may lose the last commits. */
  synchronous?: 'full' | 'normal'
  readOnly?: boolean
  /** False: vectors are searched by the exact scan. */
  sqliteVec?: boolean
  /** Milliseconds to wait for another process that writes. Default 10,000. */
  busyTimeout?: number
  /** Told what works less well than it could. */
  warn?: (warning: SemdexError) => void
  /** Where the sqlite-vec extension is, instead of in its package. */
  vecPath?: string
  /** The most pages that the file may grow to. */
  maxPages?: number
}

export interface SqliteStorage extends Storage {
  readonly file: string
  /** True also where the file cannot be written. */
  readonly readOnly: boolean
}

/**
 * Records and indexes in one SQLite file.
 * @throws {SemdexError} `DATABASE_NEWER`, `DATABASE_FOREIGN`, `DATABASE_CORRUPT`, `DATABASE_READ_ONLY`,
 * `DATABASE_BUSY`, `DISK_FULL`, `PATH_NOT_FOUND`, `PATH_UNREADABLE`
 */
export async function openSqliteStorage(options: SqliteStorageOptions): Promise<SqliteStorage> {
  const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js'
  const thread = new URL(`./storage-thread${extension}`, import.meta.url)
  const pool = await openPool({ thread, load: () => import('./storage-module.ts') }, options)
  return {
    file: pool.file,
    readOnly: pool.readOnly,
    records: openSqliteRecords(pool),
    waiting: openSqliteWaiting(pool),
    migrations: openSqliteMigrations(pool),
    jobs: openSqliteJobs(pool),
    keys: openSqliteKeys(pool),
    upkeep: openSqliteUpkeep(pool),
    transfer: openSqliteTransfer(pool),
    vectorIndex: (collection, { fingerprint, dimensions } = collection) =>
      openVectorIndex(pool, { collection: collection.key, fingerprint, dimensions }),
    lexicalIndex: ({ key }) => openLexicalIndex(pool, key),
    candidates: ({ key }, query) => findCandidates(pool, key, query),
    tryLock: async (name) => (await import('./lock.ts')).tryLock(lockFile(pool.file, name)),
    close: () => pool.close(),
  }
}

/** The file stays: to remove it would let two hold what they take for the same lock. */
function lockFile(file: string, name: string): string {
  return join(dirname(file), `.${basename(file)}.${name}.lock`)
}
