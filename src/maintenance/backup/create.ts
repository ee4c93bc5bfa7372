import { chmod, mkdir, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { SemdexError, throwIfAborted } from '../../core/errors.ts'
import type { Parts, Storage } from '../../core/parts.ts'
import type { Contents, Upkeep } from '../../core/ports/upkeep.ts'
import { requireSpace } from '../free-space.ts'
import { fileExists, takeName } from '../take-name.ts'
import {
  type BackupFile,
  backupFolder,
  backupName,
  listBackups,
  PARTIAL,
  partialName,
  removeLeftovers,
  removeWithCompanions,
  syncToDisk,
} from './folder.ts'
import { requireUpkeep, type Verification, verifyBackup } from './verify.ts'

interface CreateOptions {
  kind: 'automatic' | 'manual'
  /** The file, which must not be there, or a folder. Default: the folder of the setting. */
  path?: string | undefined
  signal?: AbortSignal | undefined
  /** In bytes. */
  onProgress?: (done: number, total: number) => void
}

export type CreatedBackup = BackupFile & Verification

/**
 * Backs the user's database up while others read and write it: the copy is of one moment, is opened, checked, compared and
 * searched, reaches the disk, and only then gets its name. A broken-off backup leaves nothing under that name.
 * @throws {SemdexError} `BACKUP_EXISTS`, `BACKUP_INVALID` where the copy is not what it should be; `DISK_FULL`,
 * `PATH_UNREADABLE`, `ABORTED`
 */
export async function createBackup(parts: Parts, options: Omit<CreateOptions, 'kind'> = {}): Promise<CreatedBackup> {
  const storage = await parts.storage()
  const lock = await awaitLock(storage, options.signal)
  try {
    return await makeBackup(parts, storage, { ...options, kind: 'manual' })
  } finally {
    lock.close()
  }
}

async function makeBackup(parts: Parts, storage: Storage, options: CreateOptions): Promise<CreatedBackup> {
  const { kind, signal } = options
  const upkeep = requireUpkeep(storage)
  const at = Date.now()
  const path = await targetOf(parts, options, at)
  const partial = partialName(path)
  const { bytes } = await upkeep.sizes()
  await requireSpace(dirname(path), bytes)
  try {
    const contents = await copyWithProgress(upkeep, partial, { ...options, bytes })
    const verified = await verifyBackup(parts, partial, { expected: contents, ...(signal && { signal }) }).catch(
      (thrown) => {
        throw notMade(thrown, path)
      },
    )
    await reachDisk(partial, storage)
    await takeName(partial, path)
    return { path, kind, bytes: (await stat(path)).size, createdAt: at, ...verified }
  } finally {
    await removeWithCompanions(partial)
  }
}

/** A copy that is damaged is mostly one of a database that is: the file that was checked is gone, and says nothing. */
function notMade(thrown: unknown, path: string): unknown {
  if (!(thrown instanceof SemdexError) || thrown.code !== 'BACKUP_INVALID') return thrown
  const problems = thrown.details?.problems as string[]
  return new SemdexError('BACKUP_INVALID', {
    message: `The backup ${path} was not made, since the copy is damaged: ${problems.slice(0, 3).join('; ')}.`,
    fix: 'semdex doctor says whether the database itself is damaged',
    details: { ...thrown.details, path },
    cause: thrown,
  })
}

/** One backup is made at a time: what another has left behind can then be told from what it writes. */
async function awaitLock(storage: Storage, signal: AbortSignal | undefined): Promise<{ close(): void }> {
  for (;;) {
    throwIfAborted(signal)
    const lock = await storage.tryLock('backup')
    if (lock) return lock
    await pause(LOOK_INTERVAL)
  }
}

/**
 * The daily backup, where the newest is a day old; null where it is not due, or another process is making it. Removes the
 * oldest beyond `backup.keep`, and what killed ones have left.
 */
export async function createDailyBackup(parts: Parts, signal: AbortSignal): Promise<CreatedBackup | null> {
  const storage = await parts.storage()
  const lock = await storage.tryLock('backup')
  if (!lock) return null
  try {
    if (dueIn(await listBackups(parts.configuration), Date.now()) > 0) return null
    await removeLeftovers(backupFolder(parts.configuration), PARTIAL)
    const made = await makeBackup(parts, storage, { kind: 'automatic', signal })
    await removeOldest(parts, made.path)
    return made
  } finally {
    lock.close()
  }
}

/**
 * Milliseconds until the next daily backup; what was made is on the disk, so that a server that is started again neither
 * skips nor repeats one. A backup of the future, which a wrong clock has made, does not count.
 */
export function dueIn(backups: readonly BackupFile[], now: number): number {
  const last = backups.find(({ kind, createdAt }) => kind === 'automatic' && createdAt <= now)
  return last ? Math.max(0, last.createdAt + DAY - now) : 0
}

const DAY = 86_400_000

async function removeOldest({ configuration }: Parts, made: string): Promise<void> {
  const now = Date.now()
  const daily = (await listBackups(configuration)).filter(({ kind, path }) => kind === 'automatic' && path !== made)
  const inOrder = [
    ...daily.filter(({ createdAt }) => createdAt <= now),
    ...daily.filter((each) => each.createdAt > now),
  ]
  for (const { path } of inOrder.slice(configuration.backupsKept - 1)) await rm(path, { force: true })
}

async function targetOf({ configuration }: Parts, { kind, path }: CreateOptions, at: number): Promise<string> {
  const name = backupName(configuration.database, kind, at)
  const target = path === undefined ? join(backupFolder(configuration), name) : await inFolder(path, name)
  await mkdir(dirname(target), { recursive: true, mode: 0o700 }).catch((cause) => {
    throw new SemdexError('PATH_UNREADABLE', {
      message: `The folder ${dirname(target)} cannot be made: ${(cause as Error).message}.`,
      details: { path: target },
      cause,
    })
  })
  if (await stat(target).catch(() => null)) throw fileExists(target)
  return target
}

async function inFolder(path: string, name: string): Promise<string> {
  const isFolder = path.endsWith('/') || (await stat(path).catch(() => null))?.isDirectory()
  return isFolder ? join(path, name) : path
}

async function copyWithProgress(
  upkeep: Upkeep,
  file: string,
  { bytes, signal, onProgress }: Pick<CreateOptions, 'signal' | 'onProgress'> & { bytes: number },
): Promise<Contents> {
  const look = async () => onProgress?.(Math.min((await stat(file).catch(() => null))?.size ?? 0, bytes), bytes)
  const looking = setInterval(() => void look(), LOOK_INTERVAL)
  try {
    return await upkeep.copyTo(file, signal && { signal })
  } finally {
    clearInterval(looking)
  }
}

const LOOK_INTERVAL = 250

/** It may be read by whom the database may be read by. */
async function reachDisk(file: string, storage: Storage): Promise<void> {
  await chmod(file, (await stat(storage.file)).mode & 0o777)
  await syncToDisk(file)
}
