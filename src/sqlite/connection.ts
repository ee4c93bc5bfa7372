import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Database, Statement } from 'better-sqlite3'
import { SemdexError } from '../core/errors.ts'
import { fromSqlite, sqliteCode } from './errors.ts'

export interface ConnectionOptions {
  /** Absolute path; the file and its folder are made where they are missing. */
  file: string
  /** Never writes. Also what a file that cannot be written falls back to. */
  readOnly?: boolean
  /** `full` (default): a power cut loses nothing acknowledged; `normal`: it may lose the last commits. */
  synchronous?: 'full' | 'normal'
  /** Milliseconds to wait for another process that writes. Default 10,000. */
  busyTimeout?: number
  /** False: sqlite-vec is not loaded and vectors are searched by the exact scan. */
  sqliteVec?: boolean
  /** Where the extension is, instead of in its package. */
  vecPath?: string
  /** The most pages that the file may grow to; the limit of a quota. */
  maxPages?: number
}

/** One open database file. Synchronous, and bound to the thread that opened it. */
export interface Connection {
  readonly db: Database
  readonly file: string
  readonly readOnly: boolean
  /** The version of sqlite-vec, or null where it is not loaded. */
  readonly vec: string | null
  /** What works less well than it could. */
  readonly warnings: SemdexError[]
  /** The prepared statement of this SQL, prepared once: `pluck` and `raw` stay set, so one SQL has one way to be read. */
  sql<Row = unknown>(source: string): Statement<unknown[], Row>
  /** Something to keep with the connection; forgotten whenever a transaction is rolled back. */
  memo: Map<string, unknown>
  close(): void
}

export const APPLICATION_ID = 0x534d4458

const PAGE_CACHE_KIB = 32_768
const MMAP_BYTES = 1 << 30

/**
 * @throws {SemdexError} `DATABASE_READ_ONLY`, `DATABASE_CORRUPT`, `DATABASE_FOREIGN`, `DATABASE_BUSY`, `PATH_NOT_FOUND`, `PATH_UNREADABLE`
 */
export function openConnection(options: ConnectionOptions): Connection {
  const warnings: SemdexError[] = []
  const writable = !options.readOnly && prepareToWrite(options.file)
  const db = writable ? openFile(options.file, options) : openReadOnly(options, warnings)
  try {
    configure(db, options, writable)
    return wrap(db, options.file, !writable, loadVec(db, options, warnings), warnings)
  } catch (thrown) {
    db.close()
    throw fromSqlite(thrown, options.file)
  }
}

/** Whether the file can be written; makes its folder. */
function prepareToWrite(file: string): boolean {
  const exists = existsSync(file)
  try {
    if (!exists) mkdirSync(dirname(file), { recursive: true })
    else if (!statSync(file).isFile()) throw unreadable(file, 'is not a file')
    else accessSync(file, constants.W_OK)
    accessSync(dirname(file), constants.W_OK)
    return true
  } catch (thrown) {
    if (thrown instanceof SemdexError) throw thrown
    if (exists) return false
    throw new SemdexError('DATABASE_READ_ONLY', {
      message: `The database ${file} does not exist and cannot be made there.`,
      fix: 'name another file with --db or SEMDEX_DB',
      details: { file },
      cause: thrown,
    })
  }
}

function openFile(file: string, options: ConnectionOptions, readonly = false): Database {
  const Driver = require('better-sqlite3') as new (file: string, options: object) => Database
  try {
    return new Driver(file, { timeout: options.busyTimeout ?? 10_000, readonly, fileMustExist: readonly })
  } catch (thrown) {
    throw fromSqlite(thrown, file)
  }
}

function openReadOnly(options: ConnectionOptions, warnings: SemdexError[]): Database {
  const { file } = options
  if (!existsSync(file)) {
    throw new SemdexError('PATH_NOT_FOUND', { message: `There is no database at ${file}.`, details: { file } })
  }
  const db = openFile(file, options, true)
  try {
    db.pragma('schema_version')
    return db
  } catch (thrown) {
    db.close()
    if (!/^SQLITE_(CANTOPEN|READONLY)/.test(sqliteCode(thrown))) throw fromSqlite(thrown, file)
    return openImmutable(options, warnings)
  }
}

/** A file in WAL mode on a disk where SQLite cannot make its -shm file can only be read as if nobody wrote it. */
function openImmutable(options: ConnectionOptions, warnings: SemdexError[]): Database {
  const log = `${options.file}-wal`
  if (existsSync(log) && statSync(log).size > 0) {
    warnings.push(
      new SemdexError('DATABASE_READ_ONLY', {
        message: `Changes in ${log} are not seen, since the disk is read-only and they were never merged.`,
        fix: 'open the database once where it can be written',
        details: { file: options.file },
      }),
    )
  }
  return openFile(`${pathToFileURL(options.file).href}?immutable=1`, options, true)
}

function configure(db: Database, options: ConnectionOptions, writable: boolean): void {
  db.exec(`pragma foreign_keys = on; pragma cache_size = -${PAGE_CACHE_KIB}; pragma temp_store = memory`)
  db.pragma(`mmap_size = ${MMAP_BYTES}`)
  if (writable) db.pragma(`synchronous = ${options.synchronous ?? 'full'}`)
  if (options.maxPages) db.pragma(`max_page_count = ${options.maxPages}`)
}

function loadVec(db: Database, options: ConnectionOptions, warnings: SemdexError[]): string | null {
  if (options.sqliteVec === false) return null
  try {
    db.loadExtension(options.vecPath ?? vecPath())
    return db.prepare<[], string>('select vec_version()').pluck().get() ?? null
  } catch (cause) {
    warnings.push(
      new SemdexError('INDEX_UNAVAILABLE', {
        message: `sqlite-vec cannot be loaded, so vectors are searched by the exact scan: ${(cause as Error).message}`,
        fix: 'reinstall semdex with its optional dependencies, or set sqlite.vec to off',
        cause,
      }),
    )
    return null
  }
}

function vecPath(): string {
  const { getLoadablePath } = require('sqlite-vec') as { getLoadablePath(): string }
  return getLoadablePath()
}

function wrap(db: Database, file: string, readOnly: boolean, vec: string | null, warnings: SemdexError[]): Connection {
  const statements = new Map<string, Statement>()
  return {
    db,
    file,
    readOnly,
    vec,
    warnings,
    memo: new Map(),
    sql<Row>(source: string) {
      const known = statements.get(source)
      const statement = known ?? db.prepare(source)
      if (!known) statements.set(source, statement)
      return statement as Statement<unknown[], Row>
    },
    close: () => void db.close(),
  }
}

function unreadable(file: string, reason: string): SemdexError {
  return new SemdexError('PATH_UNREADABLE', { message: `The database ${file} ${reason}.`, details: { file } })
}

const require = createRequire(import.meta.url)
