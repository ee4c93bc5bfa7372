import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import type { Configuration } from '../../../core/configuration.ts'
import { type ErrorAnswer, SemdexError } from '../../../core/errors.ts'
import { askDaemon } from './client.ts'
import { makePrivateFolder } from './folder.ts'
import { keepLogSmall } from './log.ts'
import type { DaemonPlace } from './place.ts'
import { type DaemonState, differenceOf } from './state.ts'

/** What a starting daemon tells the process that started it. */
export type StartMessage = { state: DaemonState; already: boolean } | { error: ErrorAnswer }

/** Milliseconds until a daemon that lives but does not answer is given up. */
const PATIENCE = 30_000

/**
 * Starts a daemon in a process of its own, which outlives this one, and waits until it listens; or finds the one there is.
 * @param command What runs `semdex serve --daemon --foreground` with the same settings: the program and its arguments.
 * @throws {SemdexError} `SERVER_FAILED` where none listens in the end, or one with other settings does.
 */
export async function startDaemon(
  place: DaemonPlace,
  configuration: Configuration,
  command: readonly string[],
): Promise<{ state: DaemonState; already: boolean }> {
  const there = await askDaemon(place)
  const { state, already } = there ? { state: there, already: true } : await launch(place, command)
  const difference = differenceOf(state, configuration)
  if (difference !== null) {
    throw new SemdexError('SERVER_FAILED', {
      message: `A daemon ${difference} serves ${place.database} (process ${state.pid}).`,
      fix: 'semdex serve --stop, then start it again',
      details: { pid: state.pid, version: state.version },
    })
  }
  return { state, already }
}

/** A daemon that another process is starting, once it answers. @throws {SemdexError} `SERVER_FAILED` */
export async function awaitDaemon(place: DaemonPlace): Promise<DaemonState> {
  for (const began = Date.now(); Date.now() - began < PATIENCE; await pause(50)) {
    const state = await askDaemon(place)
    if (state) return state
  }
  throw new SemdexError('SERVER_FAILED', {
    message: `A daemon holds ${place.lock}, but does not answer.`,
    fix: `Look into ${place.log}, and end the process`,
    details: { lock: place.lock, log: place.log },
  })
}

async function launch(place: DaemonPlace, [program = '', ...args]: readonly string[]) {
  makePrivateFolder(place)
  keepLogSmall(place.log)
  const log = openSync(place.log, 'a', 0o600)
  const child = spawn(program, args, { detached: true, stdio: ['ignore', log, log, 'ipc'], windowsHide: true })
  closeSync(log)
  const message = await new Promise<StartMessage | null>((resolve) => {
    child.once('message', (told) => resolve(told as StartMessage))
    child.once('error', () => resolve(null))
    child.once('exit', () => resolve(null))
  })
  if (child.connected) child.disconnect()
  child.unref()
  if (message && 'state' in message) return message
  if (message) throw SemdexError.fromJSON(message.error)
  throw new SemdexError('SERVER_FAILED', {
    message: 'The daemon ended before it listened.',
    fix: `${place.log} says why`,
    details: { log: place.log },
  })
}
