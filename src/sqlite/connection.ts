import {
  accessSync,
  chmodSync,
  constants,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
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
  /** False: the file is not mapped into memory. One that is cut off while it is mapped ends the process. */
  mapped?: boolean
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
  /** Something to keep with the connection; forgotten whenever a transaction, or a part of one, is rolled back. */
  memo: Map<string, unknown>
  close(): void
}

export const APPLICATION_ID = 0x534d4458

const PAGE_CACHE_KIB = 8_192
const MMAP_BYTES = 1 << 30

/**
 * @throws {SemdexError} `DATABASE_READ_ONLY`, `DATABASE_CORRUPT`, `DATABASE_FOREIGN`, `DATABASE_BUSY`, `PATH_NOT_FOUND`, `PATH_UNREADABLE`
 */
export function openConnection(options: ConnectionOptions): Connection {
  const warnings: SemdexError[] = []
  const writable = !options.readOnly && prepareToWrite(options.file)
  const { db, folder } = writable ? { db: openFile(options.file, options), folder: null } : openReadOnly(options)
  const close = () => {
    db.close()
    if (folder) removeFolder(folder)
  }
  try {
    configure(db, options, writable)
    const vec = loadVec(db, options, warnings)
    return { db, file: options.file, readOnly: !writable, vec, warnings, memo: new Map(), sql: statementsOf(db), close }
  } catch (thrown) {
    close()
    throw fromSqlite(thrown, options.file)
  }
}

interface Opened {
  db: Database
  /** Where a copy lies that goes with the connection. */
  folder: string | null
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

function openReadOnly(options: ConnectionOptions): Opened {
  const { file } = options
  if (!existsSync(file)) {
    throw new SemdexError('PATH_NOT_FOUND', { message: `There is no database at ${file}.`, details: { file } })
  }
  const db = openFile(file, options, true)
  try {
    db.pragma('schema_version')
    return { db, folder: null }
  } catch (thrown) {
    db.close()
    if (!/^SQLITE_(CANTOPEN|READONLY)/.test(sqliteCode(thrown))) throw fromSqlite(thrown, file)
    return openCopy(options)
  }
}

/**
 * SQLite reads a file in WAL mode only where it can make its log beside it. On a read-only disk a copy is read, with
 * the changes of a log that was never merged; it costs the time and the space of the file.
 */
function openCopy(options: ConnectionOptions): Opened {
  const { file } = options
  const folder = mkdtempSync(join(tmpdir(), 'semdex-'))
  try {
    const copy = join(folder, 'copy.db')
    copyFileSync(file, copy, constants.COPYFILE_FICLONE)
    if (existsSync(`${file}-wal`)) copyFileSync(`${file}-wal`, `${copy}-wal`, constants.COPYFILE_FICLONE)
    for (const name of readdirSync(folder)) chmodSync(join(folder, name), 0o600)
    const db = openFile(copy, options)
    db.pragma('journal_mode = delete')
    db.pragma('query_only = on')
    // An open file lives on without its name, and is gone however this process ends; Windows needs it until the end.
    if (process.platform !== 'win32') removeFolder(folder)
    return { db, folder }
  } catch (thrown) {
    removeFolder(folder)
    throw fromSqlite(thrown, file)
  }
}

function removeFolder(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true })
  } catch {
    // It lies in the system's folder for temporary files, which is emptied by others.
  }
}

function configure(db: Database, options: ConnectionOptions, writable: boolean): void {
  db.exec(`pragma foreign_keys = on; pragma cache_size = -${PAGE_CACHE_KIB}; pragma temp_store = memory`)
  db.pragma(`mmap_size = ${options.mapped === false ? 0 : MMAP_BYTES}`)
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

function statementsOf(db: Database): Connection['sql'] {
  const statements = new Map<string, Statement>()
  return <Row>(source: string) => {
    const known = statements.get(source)
    const statement = known ?? db.prepare(plannedOnce(source))
    if (!known) statements.set(source, statement)
    return statement as Statement<unknown[], Row>
  }
}

/**
 * SQLite peeks at a parameter that a column is compared with, to plan for its value, and plans such a statement anew each
 * time that it is bound: many times the cost of running one that finds a row. It does not look behind a unary plus, which
 * changes neither the value nor what an index can do.
 */
function plannedOnce(source: string): string {
  return source.replaceAll(/(?<== )\?/g, '+?')
}

function unreadable(file: string, reason: string): SemdexError {
  return new SemdexError('PATH_UNREADABLE', { message: `The database ${file} ${reason}.`, details: { file } })
}

const require = createRequire(import.meta.url)
