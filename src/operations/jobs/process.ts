import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'

/** A runner lives in one process: its name tells other processes of the machine whether that one is there. */
export function newRunnerName(): string {
  return `${process.pid}@${hostname()}#${randomBytes(6).toString('hex')}`
}

/** Milliseconds between two beats, and those without one after which a runner counts as gone. */
export const BEAT_INTERVAL = 2_000
export const BEAT_TIMEOUT = 30_000

/**
 * Whether a runner is gone: its process is not there any more, or it has not been heard of for long. A process number alone
 * says nothing of a process of another machine or container, nor where it is this process's own.
 */
export function isGone({ runner, beatAt }: { runner: string; beatAt: number }, now: number): boolean {
  if (now - beatAt > BEAT_TIMEOUT) return true
  const [, pid, host] = /^(\d+)@(.*)#[0-9a-f]+$/.exec(runner) ?? []
  return host === hostname() && Number(pid) !== process.pid && !isAlive(Number(pid))
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}
