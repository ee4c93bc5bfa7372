import { copyFileSync, existsSync, linkSync, renameSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Database } from 'better-sqlite3'
import { SemdexError } from '../core/errors.ts'
import type { ClaimedDatabase } from '../core/parts.ts'
import { APPLICATION_ID } from './connection.ts'
import { fromSqlite, sqliteCode } from './errors.ts'

/**
 * Claims a database file. Its log is merged into it first, so that it is one file alone; one that is too damaged for that
 * keeps its log.
 * @throws {SemdexError} `DATABASE_BUSY` where this or another process has it open; `DATABASE_FOREIGN`
 */
export function claimFile(file: string): ClaimedDatabase {
  const exists = existsSync(file)
  const lock = exists ? takeAlone(file) : null
  const release = () => void lock?.close()
  return {
    exists,
    release,
    replaceWith(replacement, keptAs) {
      try {
        setLogAside(file, keptAs)
        if (!exists) renameSync(replacement, file)
        else if (process.platform === 'win32') swapClosed(file, replacement, { keptAs, release })
        else swap(file, replacement, keptAs)
      } finally {
        release()
      }
    },
  }
}

/** Every connection in WAL mode holds a lock for as long as it is open, and to leave that mode takes them all. */
function takeAlone(file: string): Database {
  const Driver = require('better-sqlite3') as new (file: string, options: object) => Database
  const db = new Driver(file, { timeout: 0 })
  try {
    db.pragma('locking_mode = exclusive')
    const mode = db.pragma('journal_mode = delete', { simple: true })
    if (mode !== 'delete') throw busy(file)
    db.exec('begin exclusive; commit')
    assertOwn(db, file)
    return db
  } catch (thrown) {
    if (/^SQLITE_(CORRUPT|NOTADB)/.test(sqliteCode(thrown))) return db
    db.close()
    throw /^SQLITE_(BUSY|LOCKED)/.test(sqliteCode(thrown)) ? busy(file) : fromSqlite(thrown, file)
  }
}

function assertOwn(db: Database, file: string): void {
  const objects = db.prepare<[], number>('select count(*) from sqlite_schema').pluck().get()
  if (objects === 0 || db.pragma('application_id', { simple: true }) === APPLICATION_ID) return
  throw new SemdexError('DATABASE_FOREIGN', {
    message: `The file ${file} is a database of another program.`,
    fix: 'name another file with --db or SEMDEX_DB',
    details: { file },
  })
}

/** SQLite would read the log of the old file into the new one. What is left of one belongs to a file that is damaged. */
function setLogAside(file: string, keptAs: string): void {
  if (existsSync(`${file}-wal`)) copyFileSync(`${file}-wal`, `${keptAs}-wal`)
  for (const companion of ['-wal', '-shm']) rmSync(`${file}${companion}`, { force: true })
}

/** With a second name for the old file the path is never empty. Not every file system has such names. */
function swap(file: string, replacement: string, keptAs: string): void {
  try {
    linkSync(file, keptAs)
  } catch {
    renameSync(file, keptAs)
  }
  renameSync(replacement, file)
}

/** Windows moves no file that is open. */
function swapClosed(file: string, replacement: string, { keptAs, release }: { keptAs: string; release: () => void }) {
  release()
  renameSync(file, keptAs)
  renameSync(replacement, file)
}

function busy(file: string): SemdexError {
  return new SemdexError('DATABASE_BUSY', {
    message: `Something has the database ${file} open.`,
    fix: 'End what uses it (semdex serve --stop ends its daemon), and try again',
    details: { file },
  })
}

const require = createRequire(import.meta.url)
