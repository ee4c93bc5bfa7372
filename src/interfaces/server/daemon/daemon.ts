import type { ServerResponse } from 'node:http'
import { tryLock } from '../../../compose/lock.ts'
import { openParts } from '../../../compose/parts.ts'
import type { Configuration, ResolvedConfiguration } from '../../../core/configuration.ts'
import { toSemdexError } from '../../../core/errors.ts'
import type { Parts } from '../../../core/parts.ts'
import { isBackfilling } from '../../../operations/backfill/background.ts'
import { readVersion } from '../../wire/version.ts'
import { warmUp } from '../../wire/warm-up.ts'
import { type ServeOptions, serve } from '../serve.ts'
import { type Calls, createCalls } from './calls.ts'
import { makePrivateFolder, restrictSocket } from './folder.ts'
import { type DaemonPlace, daemonPlace } from './place.ts'
import { type CallRequest, DAEMON_PATH } from './protocol.ts'
import {
  absoluteModel,
  type DaemonState,
  digest,
  readState,
  removeTraces,
  settingsDigest,
  writeState,
} from './state.ts'

export interface Daemon {
  state: DaemonState
  /** Fires where it was asked over its socket to end. */
  stopping: AbortSignal
  /** Milliseconds since the last request ended; 0 while one is under way. */
  idle(): number
  /** Whether nothing waits or runs that outlives its request; what waits for a model is left to the next process. */
  hasNoJobs(): Promise<boolean>
  /** False where another took its place, or its folder went: nobody finds it any more. */
  isFound(): boolean
  close(): Promise<void>
}

export interface DaemonOptions extends Pick<ServeOptions, 'onAnswer'> {
  onWarning: (message: string) => void
  /** Also on the configured address. */
  address: boolean
}

/**
 * Serves a database on a socket of the user's; null where another process does. What an earlier daemon left that was
 * killed is removed: who holds the lock is the only one.
 * @throws {SemdexError} `SERVER_FAILED` where it cannot listen, or its folder is not the user's alone.
 */
export async function openDaemon(resolved: ResolvedConfiguration, options: DaemonOptions): Promise<Daemon | null> {
  const place = daemonPlace(resolved.values)
  makePrivateFolder(place)
  const lock = await tryLock(place.lock)
  if (!lock) return null
  removeTraces(place)
  const state = newState(resolved.values)
  const calls = createCalls()
  const parts = openDaemonParts(resolved, { calls, options, onSecret: rememberSecret(place, state) })
  const closeAll = async () => {
    await parts.close()
    lock.close()
  }
  try {
    const daemon = await listen(parts, { place, state, calls, options })
    if (resolved.values.warmUp) warmUp(parts).catch(() => undefined)
    return {
      ...daemon,
      async close() {
        await daemon.close()
        await closeAll()
      },
    }
  } catch (error) {
    removeTraces(place)
    await closeAll()
    throw error
  }
}

interface Listening {
  place: DaemonPlace
  state: DaemonState
  calls: Calls
  options: DaemonOptions
}

async function listen(parts: Parts, { place, state, calls, options }: Listening): Promise<Daemon> {
  const stop = new AbortController()
  const requests = countRequests()
  const { address, onAnswer } = options
  const server = await serve(parts, {
    address,
    socket: { path: place.socket, answer: answerCommandLines({ parts, calls, state, stop }) },
    onRequest: requests.begin,
    ...(onAnswer && { onAnswer }),
  })
  restrictSocket(place)
  state.url = server.url
  writeState(place, state)
  const isFound = () => readState(place)?.pid === process.pid
  return {
    state,
    stopping: stop.signal,
    idle: requests.idle,
    hasNoJobs: async () =>
      (await (await parts.storage()).jobs.jobs({ limit: 1, states: UNFINISHED })).length === 0 &&
      !(await isBackfilling(parts)),
    isFound,
    async close() {
      if (isFound()) removeTraces(place)
      await server.close()
    },
  }
}

function newState(values: Configuration): DaemonState {
  return {
    pid: process.pid,
    version: readVersion(),
    database: values.database,
    settings: settingsDigest(values),
    secrets: {},
    url: null,
    startedAt: Date.now(),
  }
}

const UNFINISHED = ['queued', 'running'] as const

interface PartsSources {
  calls: Calls
  options: DaemonOptions
  onSecret: (variable: string, value: string | null) => void
}

/** Warnings and debug lines go to the caller whose call they belong to. */
function openDaemonParts(resolved: ResolvedConfiguration, { calls, options, onSecret }: PartsSources): Parts {
  const { model, codeModel } = resolved.values
  const values = { ...resolved.values, model: absoluteModel(model), codeModel: absoluteModel(codeModel) }
  const secret = (variable: string) => {
    const value = resolved.secret(variable)
    onSecret(variable, value)
    calls.current()?.leaveToCaller()
    return value
  }
  return openParts(
    { ...resolved, values, secret },
    {
      mode: 'threads',
      debug: true,
      onWarning: (message) => (calls.current()?.warn ?? options.onWarning)(message),
      onDebug: (event) => calls.current()?.debug(event),
    },
  )
}

/** Keys that the daemon uses are compared with the caller's own. */
function rememberSecret(place: DaemonPlace, state: DaemonState) {
  return (variable: string, value: string | null): void => {
    state.secrets[variable] = digest(value ?? '')
    if (readState(place)?.pid === process.pid) writeState(place, state)
  }
}

interface Answering {
  parts: Parts
  calls: Calls
  state: DaemonState
  stop: AbortController
}

function answerCommandLines({ parts, calls, state, stop }: Answering) {
  const answer = async (request: Request, path: string): Promise<Response> => {
    const what = `${request.method} ${path}`
    if (what === 'GET ') return Response.json(state)
    if (what === 'POST /stop') {
      stop.abort()
      return Response.json({ stopping: true })
    }
    if (stop.signal.aborted) return Response.json({ stopping: true }, { status: 503 })
    if (what === 'POST /calls') return calls.run((await request.json()) as CallRequest, request.signal, parts)
    if (path.startsWith('/calls/')) calls.cancel(path.slice('/calls/'.length))
    return new Response(null, { status: 204 })
  }
  return (request: Request): Promise<Response> | null => {
    const { pathname } = new URL(request.url)
    if (pathname !== DAEMON_PATH && !pathname.startsWith(`${DAEMON_PATH}/`)) return null
    return answer(request, pathname.slice(DAEMON_PATH.length)).catch((thrown) =>
      Response.json({ error: toSemdexError(thrown).toJSON() }, { status: 400 }),
    )
  }
}

function countRequests() {
  let underWay = 0
  let last = performance.now()
  return {
    idle: () => (underWay > 0 ? 0 : performance.now() - last),
    begin(response: ServerResponse): void {
      underWay++
      response.once('close', () => {
        underWay--
        last = performance.now()
      })
    },
  }
}
