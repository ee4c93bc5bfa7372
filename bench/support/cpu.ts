import { readdirSync, readFileSync } from 'node:fs'

/** Tells how many cores, on average since it was made, were used by anything but a process group and its children. */
export type Watch = () => number

/**
 * Watches what else the machine does. What a hypervisor took away counts, too.
 * NaN where the system does not tell (anything but Linux).
 * @param group The id of a process group; the processes that this one waited for belong to it.
 */
export function watchOthers(group: number | undefined): Watch {
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
