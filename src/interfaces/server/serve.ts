import type { Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SemdexError, toSemdexError } from '../../core/errors.ts'
import type { Parts } from '../../core/parts.ts'
import { getRequestListener, RequestError } from '../../vendor/hono.ts'
import type { RequestSummary, ServerParts } from '../http/server-parts.ts'
import { readVersion } from '../wire/version.ts'
import { assertGuarded } from './address.ts'
import { createServedApp } from './app.ts'
import { type ConnectionServer, openConnections } from './connections.ts'

export interface RunningServer {
  /** `http://127.0.0.1:7333`; null where it listens on a socket alone. */
  url: string | null
  /**
   * Takes nothing new, answers what is under way, and stops what takes longer than `server.shutdownSeconds`; then releases
   * the port. The parts stay open. Idempotent.
   */
  close(): Promise<void>
}

export interface ServeOptions {
  /** False: not on the configured address. */
  address?: boolean
  /** Also on this Unix socket or named pipe, whose requests come from the machine's user and may do everything. */
  socket?: SocketOptions
  /** Told of each request as it begins. */
  onRequest?: (response: ServerResponse) => void
  /** Told of each request once it was answered. */
  onAnswer?: (request: RequestSummary) => void
}

export interface SocketOptions {
  path: string
  /** Asked first; null leaves the request to the app. */
  answer: (request: Request) => Promise<Response> | Response | null
}

/**
 * Listens for HTTP on the configured address.
 * @throws {SemdexError} `SERVER_FAILED` where it cannot listen there; `CONFIGURATION_INVALID` where others could reach it
 * and there is no key
 */
export async function serve(parts: Parts, options: ServeOptions = {}): Promise<RunningServer> {
  const { address = true, socket, onRequest, onAnswer } = options
  const { configuration } = parts
  if (address) await assertGuarded(parts)
  const closing = new AbortController()
  const ending = new AbortController()
  const telemetry = await openTelemetry(parts)
  const app = createServedApp({
    parts,
    version: readVersion(),
    closing: closing.signal,
    ending: ending.signal,
    ...(onAnswer && { onRequest: onAnswer }),
    ...(telemetry && { trace: telemetry.trace }),
  })
  const opened: ConnectionServer[] = []
  const open = (listener: Parameters<typeof getRequestListener>[0]) => {
    const connections = openConnections(getRequestListener(listener, { errorHandler: answerNoRequest }), configuration)
    if (onRequest) connections.server.on('request', (_, response) => onRequest(response))
    opened.push(connections)
    return connections.server
  }
  if (socket) {
    const { path, answer } = socket
    const server = open((request, env) => answer(request) ?? app.fetch(request, { ...env, socket: true }))
    await listen(server, { path }, path)
  }
  const url = address ? await listenAt(open(app.fetch), configuration) : null
  setTimeout(resumeWork, FIRST_REQUESTS, parts).unref()
  setTimeout(lookAfter, FIRST_REQUESTS, parts).unref()
  async function closeAll() {
    closing.abort()
    await finish(opened, ending, configuration.shutdownSeconds)
    await telemetry?.close()
  }
  let closed: Promise<void> | null = null
  return {
    url,
    close() {
      closed ??= closeAll()
      return closed
    },
  }
}

/** What the app never saw: without a Host there is no address that was asked for. */
function answerNoRequest(thrown: unknown): Response {
  const error =
    thrown instanceof RequestError
      ? new SemdexError('INVALID_INPUT', { message: `${thrown.message}.`, details: { field: 'host' } })
      : toSemdexError(thrown)
  return Response.json({ error: error.toJSON() }, { status: error.code === 'INVALID_INPUT' ? 400 : 500 })
}

/** Milliseconds in which requests that came at once are done. */
const FIRST_REQUESTS = 500

/** Goes on with what an earlier process has left. A database that cannot be opened is for its first user to tell. */
async function resumeWork(parts: Parts): Promise<void> {
  const { resumeJobs } = await import('../../operations/jobs/serving.ts')
  await resumeJobs(parts).catch(() => undefined)
  const { resumeBackfill } = await import('../../operations/backfill/resume.ts')
  await resumeBackfill(parts).catch(() => undefined)
}

/** Checks the database and backs it up daily. */
async function lookAfter(parts: Parts): Promise<void> {
  const { beginUpkeep } = await import('../../operations/upkeep/serving.ts')
  beginUpkeep(parts)
}

/** Only where it is configured: its libraries are not small. */
async function openTelemetry({ configuration }: Parts): Promise<Telemetry | null> {
  const { telemetryEndpoint } = configuration
  if (telemetryEndpoint === null) return null
  const { openTracing } = await import('./telemetry.ts')
  return openTracing(telemetryEndpoint, readVersion())
}

interface Telemetry {
  trace: NonNullable<ServerParts['trace']>
  /** Sends what was not sent yet. */
  close(): Promise<void>
}

async function listenAt(server: Server, { host, port }: { host: string; port: number }): Promise<string> {
  await listen(server, { host, port }, `${host}:${port}`)
  const address = server.address() as AddressInfo
  const name = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return `http://${name}:${address.port}`
}

function listen(server: Server, place: { host: string; port: number } | { path: string }, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => reject(cannotListen(name, place, cause)))
    server.listen(place, () => resolve())
  })
}

/** Milliseconds in which work that was told to stop may still answer. */
const LAST_WORDS = 1_000

async function finish(opened: readonly ConnectionServer[], ending: AbortController, seconds: number): Promise<void> {
  const stopped = Promise.all(opened.map((each) => each.stop()))
  const timers = [
    setTimeout(() => ending.abort(), seconds * 1_000),
    setTimeout(
      () => {
        for (const each of opened) each.drop()
      },
      seconds * 1_000 + LAST_WORDS,
    ),
  ]
  await stopped
  for (const timer of timers) clearTimeout(timer)
}

function cannotListen(name: string, place: Record<string, unknown>, cause: NodeJS.ErrnoException): SemdexError {
  const reason = cause.code === 'EADDRINUSE' ? 'something listens there already' : cause.message
  return new SemdexError('SERVER_FAILED', {
    message: `The server cannot listen on ${name}: ${reason}.`,
    fix: 'path' in place ? 'semdex serve --status' : 'Name another port (--port) or address (--host)',
    details: place,
    cause,
  })
}
