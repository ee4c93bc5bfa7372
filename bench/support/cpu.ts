import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'

/**
 * Does a run, and says how many cores other processes used meanwhile. Where they used more than `calm`, it waits until
 * they do not and runs again, up to 20 times: threads that wait for each other suffer more from a busy machine than
 * threads that do not, so a busy machine does not slow all alike.
 * @param group What the run's own work is done in: the id of a process group.
 * @param calm Cores; `Infinity` takes the first run as it is.
 */
export async function runCalmly<T>(group: number | undefined, calm: number, run: () => Promise<T>) {
  for (let tries = 1; ; tries++) {
    if (Number.isFinite(calm)) await waitForCalm(calm)
    const watch = watchOthers(group)
    const value = await run()
    const othersBusy = watch()
    if (!(othersBusy > calm) || tries === MOST_TRIES) return { value, othersBusy }
  }
}

const MOST_TRIES = 20
const MOST_SECONDS = 60

/** Until the machine is calm for a second, or that takes too long. */
async function waitForCalm(calm: number): Promise<void> {
  for (let seconds = 0; seconds < MOST_SECONDS; seconds++) {
    const watch = watchOthers(undefined)
    await setTimeout(1_000)
    if (!(watch() > calm)) return
  }
}

/** Tells how many cores, on average since it was made, were used by anything but a process group and its children. */
type Watch = () => number

/**
 * Watches what else the machine does. What a hypervisor took away counts, too.
 * NaN where the system does not tell (anything but Linux).
 * @param group The id of a process group; the processes that this one waited for belong to it.
 */
function watchOthers(group: number | undefined): Watch {
  const before = readCpu(group)
  const started = performance.now()
  return () => {
    const after = readCpu(group)
    const ticks = after.all - before.all - (after.group - before.group)
    return Math.max(0, Math.round((ticks / TICKS_PER_SECOND / (performance.now() - started)) * 1e6) / 1e3)
  }
}

const TICKS_PER_SECOND = 100

function readCpu(group: number | undefined): { all: number; group: number } {
  if (process.platform !== 'linux') return { all: Number.NaN, group: 0 }
  const [, ...columns] = (readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? '').split(/\s+/)
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = columns.map(Number)
  const ofGroup = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => ticksOf(pid, group))
  return {
    all: user + nice + system + irq + softirq + steal,
    group: ofGroup.reduce((sum, ticks) => sum + ticks, 0) + ticksOfWaitedFor(),
  }
}

/** Of a process and the children that it waited for; 0 where it is of another group, or gone. */
function ticksOf(pid: string, group: number | undefined): number {
  const columns = statOf(pid)
  if (columns === null || Number(columns[2]) !== group) return 0
  return columns.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0)
}

function ticksOfWaitedFor(): number {
  return (statOf('self') ?? []).slice(13, 15).reduce((sum, ticks) => sum + Number(ticks), 0)
}

/** The columns from the state on, which follows the name in parentheses. */
function statOf(pid: string): string[] | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    return null
  }
}
