import { type ErrorParts, SemdexError, toSemdexError } from '../core/errors.ts'

/** What better-sqlite3 threw, as the error that the ports promise; other errors pass as they are. */
export function fromSqlite(thrown: unknown, file: string): SemdexError {
  if (thrown instanceof SemdexError) return thrown
  const code = sqliteCode(thrown)
  const known = KNOWN.find(([prefix]) => code.startsWith(prefix))
  if (!known) return toSemdexError(thrown)
  const [, kind, sentence, fix] = known
  const parts: ErrorParts = { message: sentence(file), cause: thrown, details: { file, sqlite: code } }
  return new SemdexError(kind, fix ? { ...parts, fix } : parts)
}

/** `SQLITE_BUSY`, `SQLITE_FULL`, … or the empty string for errors that are not SQLite's. */
export function sqliteCode(thrown: unknown): string {
  const code = (thrown as { code?: unknown } | null)?.code
  return typeof code === 'string' && code.startsWith('SQLITE_') ? code : ''
}

/** Whether the whole transaction is lost, and not only the statement. */
export function isFatal(thrown: unknown): boolean {
  return /^SQLITE_(BUSY|LOCKED|READONLY|FULL|IOERR|CORRUPT|NOTADB|CANTOPEN|NOMEM|INTERRUPT)/.test(sqliteCode(thrown))
}

const KNOWN: [prefix: string, SemdexError['code'], (file: string) => string, fix?: string][] = [
  [
    'SQLITE_BUSY',
    'DATABASE_BUSY',
    (file) => `Another process is writing to ${file}.`,
    'wait for it to finish, and try again',
  ],
  ['SQLITE_LOCKED', 'DATABASE_BUSY', (file) => `A table of ${file} is locked.`, 'try again'],
  [
    'SQLITE_READONLY',
    'DATABASE_READ_ONLY',
    (file) => `The database ${file} cannot be written.`,
    'make the file and its folder writable, or name another with --db',
  ],
  ['SQLITE_FULL', 'DISK_FULL', (file) => `There is no space left for ${file}.`, 'free some disk space'],
  [
    'SQLITE_CORRUPT',
    'DATABASE_CORRUPT',
    (file) => `The database ${file} is damaged.`,
    'semdex backup list shows its backups, semdex backup restore <path> --force puts one back; or delete the file and index again',
  ],
  [
    'SQLITE_NOTADB',
    'DATABASE_CORRUPT',
    (file) => `The file ${file} is no database, or a damaged one.`,
    'name another file with --db, or put a backup back: semdex backup restore <path> --force',
  ],
  [
    'SQLITE_CANTOPEN',
    'PATH_UNREADABLE',
    (file) => `The database ${file} cannot be opened.`,
    'check the permissions of the file and its folder',
  ],
]
