import type { ErrorAnswer } from '../core/errors.ts'
import { SemdexError } from '../core/errors.ts'
import { type Connection, type ConnectionOptions, openConnection } from './connection.ts'
import { fromSqlite } from './errors.ts'
import { migrate } from './migrate.ts'
import type { StorageModule } from './procedures.ts'
import { consistently, immediately } from './transactions.ts'

/** A connection that is ready for a module's procedures. */
export interface Session {
  readonly readOnly: boolean
  readonly warnings: ErrorAnswer[]
  run(kind: 'read' | 'write', name: string, args: unknown): unknown
  close(): void
}

/** Opens the file; a session that may write also migrates it and brings derived data up to date. */
export function openSession(module: StorageModule, options: ConnectionOptions): Session {
  const connection = openConnection(options)
  try {
    migrate(connection, module.migrations)
    if (!connection.readOnly) module.prepare(connection)
  } catch (thrown) {
    connection.close()
    throw fromSqlite(thrown, options.file)
  }
  return {
    readOnly: connection.readOnly,
    warnings: connection.warnings.map((warning) => warning.toJSON()),
    run: (kind, name, args) => run(connection, module, kind, name, args),
    close: () => connection.close(),
  }
}

export function readOnlyError(file: string): SemdexError {
  return new SemdexError('DATABASE_READ_ONLY', {
    message: `The database ${file} was opened for reading only.`,
    fix: 'make the file and its folder writable, or name another with --db',
    details: { file },
  })
}

function run(connection: Connection, module: StorageModule, kind: 'read' | 'write', name: string, args: unknown) {
  const procedure = (kind === 'read' ? module.reads : module.writes)[name]
  if (!procedure) throw new SemdexError('INTERNAL', { message: `There is no ${kind} procedure ${name}.` })
  if (kind === 'write' && connection.readOnly) throw readOnlyError(connection.file)
  const within = kind === 'read' ? consistently : immediately
  try {
    return within(connection, () => procedure(connection, args))
  } catch (thrown) {
    throw fromSqlite(thrown, connection.file)
  }
}
