import type { Parts } from '../core/parts.ts'
import { backupFolder, listBackups } from './backup/folder.ts'
import { requireUpkeep } from './backup/verify.ts'
import { DAMAGE_FIX } from './damage.ts'

type Finding = { status: 'ok' | 'warning' | 'failed'; message: string; fix: string | null }

/** Has SQLite read all of the file. */
export async function examineIntegrity(parts: Parts): Promise<Finding> {
  const problems = await requireUpkeep(await parts.storage()).check()
  if (problems.length === 0) return ok('SQLite finds nothing wrong with the database')
  return { status: 'failed', message: `The database is damaged: ${problems.slice(0, 3).join('; ')}`, fix: DAMAGE_FIX }
}

/** What belongs to nothing is no harm but space. */
export async function examineOrphans(parts: Parts): Promise<Finding> {
  const orphans = await requireUpkeep(await parts.storage()).orphans()
  if (orphans.length === 0) return ok('everything belongs to something')
  const message = orphans.map(({ what, count }) => `${count} ${what}`).join(', ')
  return { status: 'warning', message, fix: 'semdex compact removes them' }
}

export async function examineBackups({ configuration }: Parts, now = Date.now()): Promise<Finding> {
  const made = (await listBackups(configuration)).filter(({ kind }) => kind === 'automatic' || kind === 'manual')
  const folder = backupFolder(configuration)
  const [last] = made
  if (!last) return ok(`none in ${folder} yet: a server makes one a day, semdex backup makes one now`)
  const days = Math.floor((now - last.createdAt) / 86_400_000)
  const message = `${made.length} in ${folder}, the last of ${new Date(last.createdAt).toISOString().slice(0, 16).replace('T', ' ')}`
  if (days <= OLD_DAYS) return ok(message)
  return { status: 'warning', message: `${message}: ${days} days ago`, fix: 'semdex backup' }
}

/** A week without a backup is worth a word. */
const OLD_DAYS = 7

function ok(message: string): Finding {
  return { status: 'ok', message, fix: null }
}
