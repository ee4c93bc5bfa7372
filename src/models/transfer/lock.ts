import { mkdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Database } from 'better-sqlite3'
import { throwIfAborted } from '../../core/errors.ts'
import { cannotWrite } from './failures.ts'

export interface LockOptions {
  signal?: AbortSignal | undefined
  /** Called again and again while another holds the lock. */
  onWait?: () => void | Promise<void>
}

const POLL_MS = 100

/**
 * Runs something that only one may do to a folder at a time, of all processes of this machine. The lock is one that
 * SQLite takes from the system on `.<name>.lock` beside the folder: it ends with the process that holds it, however that
 * ends. The file stays; to remove it would let two hold what they take for the same lock.
 * @throws {SemdexError} `ABORTED` while it waits; `PATH_UNREADABLE` where no lock file can be made.
 */
export async function withFolderLock<T>(folder: string, options: LockOptions, action: () => Promise<T>): Promise<T> {
  const lock = await acquire(join(dirname(folder), `.${basename(folder)}.lock`), options)
  try {
    return await action()
  } finally {
    lock.close()
  }
}

/** The lock on a file, until it is closed; null while another process holds it. @throws {SemdexError} `PATH_UNREADABLE` */
export async function tryLock(file: string): Promise<{ close(): void } | null> {
  const lock = await openLock(file)
  if (take(lock, file)) return lock
  lock.close()
  return null
}

async function acquire(file: string, { signal, onWait }: LockOptions): Promise<Database> {
  const lock = await openLock(file)
  try {
    while (!take(lock, file)) {
      throwIfAborted(signal)
      await onWait?.()
      await pause(POLL_MS)
    }
    throwIfAborted(signal)
    return lock
  } catch (thrown) {
    lock.close()
    throw thrown
  }
}

async function openLock(file: string): Promise<Database> {
  try {
    await mkdir(dirname(file), { recursive: true })
    const { default: Driver } = await import('better-sqlite3')
    return new Driver(file, { timeout: 0 })
  } catch (cause) {
    throw cannotWrite(file, cause)
  }
}

function take(lock: Database, file: string): boolean {
  try {
    lock.exec('begin exclusive')
    return true
  } catch (cause) {
    if (/^SQLITE_BUSY/.test(String((cause as { code?: unknown }).code))) return false
    throw cannotWrite(file, cause)
  }
}
