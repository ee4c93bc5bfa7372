import { setTimeout as pause } from 'node:timers/promises'
import { tryLock } from '../../../compose/lock.ts'
import { SemdexError } from '../../../core/errors.ts'
import { askDaemon, stopDaemon } from './client.ts'
import type { DaemonPlace } from './place.ts'
import { mayHaveDaemon } from './place.ts'
import { type DaemonState, readState, removeTraces } from './state.ts'

/** Milliseconds in which it has to end, with what it has under way. */
const PATIENCE = 60_000

/**
 * Ends the daemon of a database once it has done what is under way.
 * @returns Its state; null where there was none. What one left that was killed is removed.
 * @throws {SemdexError} `SERVER_FAILED` where it does not end
 */
export async function endDaemon(place: DaemonPlace): Promise<DaemonState | null> {
  const state = (await askDaemon(place)) ?? readState(place)
  if (!state || (await removeLeftovers(place))) return null
  if (!(await stopDaemon(place))) process.kill(state.pid, 'SIGTERM')
  for (const began = Date.now(); Date.now() - began < PATIENCE; await pause(50)) {
    if (await removeLeftovers(place)) return state
  }
  throw new SemdexError('SERVER_FAILED', {
    message: `The daemon (process ${state.pid}) has not ended; something is still under way.`,
    fix: `Wait for it, or end the process ${state.pid}`,
    details: { pid: state.pid },
  })
}

/** Whether no daemon lives: then what one left is removed. */
export async function removeLeftovers(place: DaemonPlace): Promise<boolean> {
  const lock = await tryLock(place.lock)
  if (!lock) return false
  if (mayHaveDaemon(place)) removeTraces(place)
  lock.close()
  return true
}
