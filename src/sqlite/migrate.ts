import { renameSync, rmSync } from 'node:fs'
import { SemdexError } from '../core/errors.ts'
import { APPLICATION_ID, type Connection } from './connection.ts'
import { sqliteCode } from './errors.ts'
import { immediately } from './transactions.ts'

/** One step of the schema. Safe to run again: what exists already stays. */
export interface Migration {
  /** From 1, without gaps. */
  version: number
  name: string
  up(connection: Connection): void
}

const PAGE_BYTES = 8_192

/**
 * Brings the file to the newest schema: a new one in one transaction, an existing one in one for each step, with a backup
 * before each.
 * @throws {SemdexError} `DATABASE_FOREIGN`, `DATABASE_NEWER`, `DATABASE_READ_ONLY`, `DISK_FULL`
 */
export function migrate(connection: Connection, migrations: readonly Migration[]): void {
  const version = schemaVersion(connection)
  if (version === migrations.length) return
  if (version > migrations.length) throw newer(connection.file, version, migrations.length)
  if (connection.readOnly) throw tooOld(connection.file, version)
  if (version === 0) {
    initialise(connection)
    apply(connection, migrations)
    return
  }
  for (const migration of migrations.slice(version)) {
    backUp(connection, migration.version - 1)
    apply(connection, [migration])
  }
}

/** The number of migrations that the file has seen; 0 for a new file. */
export function schemaVersion(connection: Connection): number {
  const application = connection.db.pragma('application_id', { simple: true })
  const version = connection.db.pragma('user_version', { simple: true }) as number
  if (application === APPLICATION_ID) return version
  const objects = connection.db.prepare<[], number>('select count(*) from sqlite_schema').pluck().get()
  if (application !== 0 || version !== 0 || objects !== 0) throw foreign(connection.file)
  return 0
}

/** The copy of a database as it was at a version. */
export function backupPath(file: string, version: number): string {
  return `${file}.v${version}.backup`
}

/** Page size and journal mode cannot change inside a transaction; another process may be doing the same now. */
function initialise(connection: Connection): void {
  for (let attempt = 1; ; attempt++) {
    try {
      connection.db.pragma(`page_size = ${PAGE_BYTES}`)
      connection.db.pragma('journal_mode = wal')
      return
    } catch (thrown) {
      if (!sqliteCode(thrown).startsWith('SQLITE_BUSY') || attempt === 100) throw thrown
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)
    }
  }
}

/** All or nothing: of a new file nobody sees, and backs up, a version in between. */
function apply(connection: Connection, migrations: readonly Migration[]): void {
  immediately(connection, () => {
    for (const { version, up } of migrations) {
      if (schemaVersion(connection) >= version) continue
      connection.db.pragma(`application_id = ${APPLICATION_ID}`)
      up(connection)
      connection.db.pragma(`user_version = ${version}`)
    }
  })
}

function backUp(connection: Connection, version: number): void {
  const target = backupPath(connection.file, version)
  const partial = `${target}.${process.pid}`
  rmSync(partial, { force: true })
  try {
    connection.db.prepare('vacuum into ?').run(partial)
    renameSync(partial, target)
  } finally {
    rmSync(partial, { force: true })
  }
}

function newer(file: string, version: number, known: number): SemdexError {
  return new SemdexError('DATABASE_NEWER', {
    message: `The database ${file} has schema version ${version}; this Semdex knows up to ${known}.`,
    fix: 'update semdex (npm install semdex@latest), or name another file with --db',
    details: { file, version, known },
  })
}

function tooOld(file: string, version: number): SemdexError {
  const state = version === 0 ? 'is empty' : `has the old schema version ${version}`
  return new SemdexError('DATABASE_READ_ONLY', {
    message: `The database ${file} ${state} and cannot be written.`,
    fix: 'open it once where it can be written',
    details: { file, version },
  })
}

function foreign(file: string): SemdexError {
  return new SemdexError('DATABASE_FOREIGN', {
    message: `The file ${file} is a database of another program.`,
    fix: 'name another file with --db or SEMDEX_DB',
    details: { file },
  })
}
