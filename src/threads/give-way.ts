import { readlinkSync } from 'node:fs'
import { setPriority } from 'node:os'

/** As of `nice`: this much below that of the process. */
const LESS = 10

/**
 * Where all cores are busy, the event loop's thread comes before the calling one, and before those that it starts later:
 * without this it waits for a share that is no larger than theirs. On Linux alone: elsewhere only a whole process has a
 * priority.
 */
export function giveWay(): void {
  if (process.platform !== 'linux') return
  try {
    setPriority(Number(readlinkSync('/proc/thread-self').split('/').at(-1)), LESS)
  } catch {
    // Without /proc, or forbidden: it goes on with the same priority.
  }
}
