import { existsSync } from 'node:fs'
import { toSemdexError } from '../../core/errors.ts'
import type { Parts } from '../../core/parts.ts'
import { createDailyBackup, dueIn } from '../../maintenance/backup/create.ts'
import { listBackups } from '../../maintenance/backup/folder.ts'
import { requireUpkeep } from '../../maintenance/backup/verify.ts'
import { DAMAGE_FIX, rememberDamage } from '../../maintenance/damage.ts'

/** Milliseconds between two looks at whether a backup is due: what a clock that was set, or a failure, can delay it by. */
const LOOK_INTERVAL = 3_600_000

/**
 * Looks after the database for as long as it is served: has SQLite check it once, and backs it up daily. A damaged one is not
 * backed up, since that would push out the backups that are sound.
 */
export function beginUpkeep(parts: Parts): void {
  const closing = new AbortController()
  let timer: NodeJS.Timeout | null = null
  let checked = false
  let running = run()

  async function run(): Promise<void> {
    if (!existsSync(parts.configuration.database)) return schedule(LOOK_INTERVAL)
    try {
      checked ||= await checkDatabase(parts, closing.signal)
      if (checked && parts.configuration.backups) await createDailyBackup(parts, closing.signal)
    } catch (thrown) {
      tellFailure(parts, thrown, closing.signal)
    }
    const due = dueIn(await listBackups(parts.configuration), Date.now())
    schedule(due > 0 ? Math.min(due, LOOK_INTERVAL) : LOOK_INTERVAL)
  }

  function schedule(delay: number): void {
    if (closing.signal.aborted) return
    timer = setTimeout(() => {
      running = run()
    }, delay).unref()
  }

  parts.beforeClose(async () => {
    closing.abort()
    if (timer) clearTimeout(timer)
    await running
  })
}

/** Whether it is sound; what is wrong is said. */
async function checkDatabase(parts: Parts, signal: AbortSignal): Promise<boolean> {
  const problems = await findProblems(parts, signal)
  rememberDamage(parts, problems)
  if (problems.length === 0) return true
  const { database } = parts.configuration
  parts.warn(`The database ${database} is damaged (${problems.slice(0, 3).join('; ')}). ${DAMAGE_FIX}`)
  return false
}

async function findProblems(parts: Parts, signal: AbortSignal): Promise<string[]> {
  try {
    return await requireUpkeep(await parts.storage()).check({ signal })
  } catch (thrown) {
    const { code } = toSemdexError(thrown)
    if (code === 'DATABASE_CORRUPT') return ['SQLite cannot read all of it']
    throw thrown
  }
}

function tellFailure(parts: Parts, thrown: unknown, closing: AbortSignal): void {
  if (closing.aborted) return
  const { message, fix } = toSemdexError(thrown)
  parts.warn(`The daily backup was not made; it is tried again within an hour. ${message}${fix ? ` ${fix}.` : ''}`)
}
