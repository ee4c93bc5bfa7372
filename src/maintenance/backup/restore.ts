import { copyFile, mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { SemdexError } from '../../core/errors.ts'
import type { Parts } from '../../core/parts.ts'
import { requireSpace } from '../free-space.ts'
import { removeWithCompanions, replacedName, syncToDisk } from './folder.ts'
import { asInvalid, requireFile, type Verification, verifyStorage } from './verify.ts'

export interface Restored extends Verification {
  database: string
  /** Where the database that was there is now; null where there was none. */
  keptAs: string | null
}

/**
 * Puts a backup in the place of the user's database. What is put there was checked: it is a copy beside the database, brought
 * to the newest schema, which SQLite has checked and which was searched. The old database keeps all that was in it, under
 * another name. Killed at any moment, the path holds the one or the other.
 * @throws {SemdexError} `DATABASE_EXISTS` where there is a database and `force` was not given; `DATABASE_BUSY` where this or
 * another process has it open; `BACKUP_INVALID`, `PATH_NOT_FOUND`, `DATABASE_NEWER`, `DATABASE_FOREIGN`, `DISK_FULL`
 */
export async function restoreBackup(
  parts: Parts,
  path: string,
  { force = false, signal }: { force?: boolean; signal?: AbortSignal | undefined } = {},
): Promise<Restored> {
  const { database } = parts.configuration
  await requireFile(path)
  if (!force && (await exists(database))) throw databaseExists(database)
  await mkdir(dirname(database), { recursive: true })
  const claim = await parts.claimDatabase()
  const copy = `${database}.restoring-${process.pid}-${Math.random().toString(36).slice(2)}`
  try {
    if (claim.exists && !force) throw databaseExists(database)
    await requireSpace(dirname(database), (await stat(path)).size)
    const verified = await prepareCopy(parts, { path, copy, signal })
    const keptAs = replacedName(database, Date.now())
    claim.replaceWith(copy, keptAs)
    await syncToDisk(dirname(database)).catch(() => undefined)
    return { ...verified, database, keptAs: claim.exists ? keptAs : null }
  } finally {
    claim.release()
    await removeWithCompanions(copy)
  }
}

/** With the log beside it, if it has one: somebody may have copied both files of a database. */
async function prepareCopy(
  parts: Parts,
  { path, copy, signal }: { path: string; copy: string; signal: AbortSignal | undefined },
): Promise<Verification> {
  await copyFile(path, copy)
  if (await exists(`${path}-wal`)) await copyFile(`${path}-wal`, `${copy}-wal`)
  const verified = await verifyCopy(parts, { path, copy, signal })
  await syncToDisk(copy)
  return verified
}

async function verifyCopy(
  parts: Parts,
  { path, copy, signal }: { path: string; copy: string; signal: AbortSignal | undefined },
): Promise<Verification> {
  const storage = await parts.openStorage(copy).catch((thrown) => {
    throw asInvalid(thrown, path)
  })
  try {
    return await verifyStorage(storage, { path, signal })
  } finally {
    await storage.close()
  }
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null)) !== null
}

function databaseExists(database: string): SemdexError {
  return new SemdexError('DATABASE_EXISTS', {
    message: `There is a database at ${database}.`,
    fix: 'Give --force (force: true) to put the backup in its place; it is kept under another name',
    details: { database },
  })
}
