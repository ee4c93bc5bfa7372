import { access, constants } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname } from 'node:path'
import { throwIfAborted } from '../core/errors.ts'
import type { Parts } from '../core/parts.ts'
import type { DatabaseSizes, Orphans } from '../core/ports/upkeep.ts'
import { backupFolder, PARTIAL, removeLeftovers } from './backup/folder.ts'
import { requireUpkeep } from './backup/verify.ts'
import { requireSpace } from './free-space.ts'

export interface Compaction {
  before: DatabaseSizes
  after: DatabaseSizes
  /** What belonged to nothing and was removed, by kind. */
  removed: Orphans[]
  /** Indexes that were made smaller. */
  indexes: number
}

export interface CompactOptions {
  signal?: AbortSignal | undefined
  /** In steps. */
  onProgress?: (done: number, total: number) => void
}

/**
 * Gives back the space of what was deleted. Each step is a transaction of its own, between which others write; reads go on
 * all the time. Broken off or killed, the database holds what it held.
 * @throws {SemdexError} `DISK_FULL` before anything is changed; `DATABASE_BUSY` where another process writes for too long
 */
export async function compact(parts: Parts, { signal, onProgress }: CompactOptions = {}): Promise<Compaction> {
  const storage = await parts.storage()
  const upkeep = requireUpkeep(storage)
  const before = await upkeep.sizes()
  await requireSpace(dirname(storage.file), before.liveBytes)
  await requireSpace(await temporaryFolder(), before.liveBytes)
  const names = await upkeep.indexes()
  const total = names.length + 2
  let done = 0
  const step = async <T>(work: () => Promise<T>): Promise<T> => {
    throwIfAborted(signal)
    const result = await work()
    onProgress?.(++done, total)
    return result
  }
  const swept = await step(() => upkeep.sweep())
  let indexes = 0
  for (const name of names) if (await step(() => upkeep.compactIndex(name))) indexes++
  await step(() => upkeep.shrink())
  const files = await removeFiles(parts)
  const removed = files > 0 ? [...swept, { what: 'files of backups that were broken off', count: files }] : swept
  return { before, after: await upkeep.sizes(), removed, indexes }
}

/** Who restores has the database for itself alone: while it is open here, what a restore has left is nobody's. */
async function removeFiles({ configuration, storage }: Parts): Promise<number> {
  const { database } = configuration
  const lock = await (await storage()).tryLock('backup')
  try {
    const partial = lock ? await removeLeftovers(backupFolder(configuration), PARTIAL) : 0
    const escaped = basename(database).replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    return (
      partial + (await removeLeftovers(dirname(database), new RegExp(`^${escaped}\\.restoring-\\d+-\\w+(?:[-.].*)?$`)))
    )
  } finally {
    lock?.close()
  }
}

/** Where SQLite puts its files, unless a variable names another place, which Node then gives, too. */
async function temporaryFolder(): Promise<string> {
  const folder = tmpdir()
  if (folder !== '/tmp') return folder
  const usable = await access('/var/tmp', constants.W_OK).then(
    () => true,
    () => false,
  )
  return usable ? '/var/tmp' : folder
}
