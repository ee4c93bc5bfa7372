import { statSync } from 'node:fs'
import type { ErrorAnswer } from '../core/errors.ts'
import { SemdexError } from '../core/errors.ts'
import { type Connection, type ConnectionOptions, openConnection } from './connection.ts'
import { fromSqlite } from './errors.ts'
import { migrate } from './migrate.ts'
import type { Procedure, StorageModule } from './procedures.ts'
import { consistently, immediately } from './transactions.ts'

/** Upkeep may answer with a promise. */
export type Kind = 'read' | 'write' | 'upkeep'

/** A connection that is ready for a module's procedures. */
export interface Session {
  readonly readOnly: boolean
  readonly warnings: ErrorAnswer[]
  run(kind: Kind, name: string, args: unknown): unknown
  close(): void
}

/** Opens the file; a session that may write also migrates it and brings derived data up to date. */
export function openSession(module: StorageModule, options: ConnectionOptions): Session {
  const connection = openReady(module, options)
  return {
    readOnly: connection.readOnly,
    warnings: connection.warnings.map((warning) => warning.toJSON()),
    run: (kind, name, args) => run(connection, module, kind, name, args),
    close: () => connection.close(),
  }
}

/** Where another file took the name while this one waited for its lock, as a restored backup does, that one is opened. */
function openReady(module: StorageModule, options: ConnectionOptions): Connection {
  const before = inodeOf(options.file)
  const connection = openConnection(options)
  try {
    migrate(connection, module.migrations)
    if (before === null || inodeOf(options.file) === before) {
      if (!connection.readOnly) {
        ensureLog(connection)
        module.prepare(connection)
      }
      return connection
    }
  } catch (thrown) {
    connection.close()
    throw fromSqlite(thrown, options.file)
  }
  connection.close()
  return openReady(module, options)
}

/** A backup is one file alone: what is put back writes no log of its own yet. */
function ensureLog({ db }: Connection): void {
  if (db.pragma('journal_mode', { simple: true }) !== 'wal') db.pragma('journal_mode = wal')
}

function inodeOf(file: string): number | null {
  return statSync(file, { throwIfNoEntry: false })?.ino ?? null
}

export function readOnlyError(file: string): SemdexError {
  return new SemdexError('DATABASE_READ_ONLY', {
    message: `The database ${file} was opened for reading only.`,
    fix: 'make the file and its folder writable, or name another with --db',
    details: { file },
  })
}

function run(connection: Connection, module: StorageModule, kind: Kind, name: string, args: unknown) {
  const procedure = { read: module.reads, write: module.writes, upkeep: module.upkeep ?? {} }[kind][name]
  if (!procedure) throw new SemdexError('INTERNAL', { message: `There is no ${kind} procedure ${name}.` })
  if (kind === 'write' && connection.readOnly) throw readOnlyError(connection.file)
  if (kind === 'upkeep') return upkeep(connection, procedure, args)
  const within = kind === 'read' ? consistently : immediately
  try {
    return within(connection, () => procedure(connection, args))
  } catch (thrown) {
    throw fromSqlite(thrown, connection.file)
  }
}

async function upkeep(connection: Connection, procedure: Procedure, args: unknown): Promise<unknown> {
  try {
    return await procedure(connection, args)
  } catch (thrown) {
    throw fromSqlite(thrown, connection.file)
  }
}
