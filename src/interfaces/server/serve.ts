import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SemdexError } from '../../core/errors.ts'
import type { Parts } from '../../core/parts.ts'
import { getRequestListener } from '../../vendor/hono.ts'
import { readVersion } from '../wire/version.ts'
import { createServedApp } from './app.ts'

export interface RunningServer {
  /** `http://127.0.0.1:7333`; null where it listens on a socket alone. */
  url: string | null
  /** Answers what is under way, takes nothing new, then releases the port. The parts stay open. Idempotent. */
  close(): Promise<void>
}

export interface ServeOptions {
  /** False: not on the configured address. */
  address?: boolean
  /** Also on this Unix socket or named pipe, whose requests come from the machine's user and may do everything. */
  socket?: SocketOptions
  /** Told of each request as it begins. */
  onRequest?: (response: ServerResponse) => void
}

export interface SocketOptions {
  path: string
  /** Asked first; null leaves the request to the app. */
  answer: (request: Request) => Promise<Response> | Response | null
}

/**
 * Listens for HTTP on the configured address.
 * @throws {SemdexError} `SERVER_FAILED` where it cannot listen there
 */
export async function serve(parts: Parts, options: ServeOptions = {}): Promise<RunningServer> {
  const { address = true, socket, onRequest } = options
  const closing = new AbortController()
  const app = createServedApp({ parts, version: readVersion(), closing: closing.signal })
  const servers: Server[] = []
  const open = (listener: Parameters<typeof getRequestListener>[0]) => {
    const server = createServer(getRequestListener(listener))
    if (onRequest) server.on('request', (_, response) => onRequest(response))
    servers.push(server)
    return server
  }
  if (socket) {
    const { path, answer } = socket
    const server = open((request, env) => answer(request) ?? app.fetch(request, { ...env, socket: true }))
    await listen(server, { path }, path)
  }
  const url = address ? await listenAt(open(app.fetch), parts.configuration) : null
  let closed: Promise<unknown> | null = null
  return {
    url,
    async close() {
      closing.abort()
      closed ??= Promise.all(servers.map(stop))
      await closed
    },
  }
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

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeIdleConnections()
  })
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
