import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SemdexError } from '../../core/errors.ts'
import type { Parts } from '../../core/parts.ts'
import { getRequestListener } from '../../vendor/hono.ts'
import { readVersion } from '../wire/version.ts'
import { createServedApp } from './app.ts'

export interface RunningServer {
  /** `http://127.0.0.1:7333`. */
  url: string
  /** Answers what is under way, takes nothing new, then releases the port. The parts stay open. Idempotent. */
  close(): Promise<void>
}

/**
 * Listens for HTTP on the configured address.
 * @throws {SemdexError} `SERVER_FAILED` where it cannot listen there
 */
export async function serve(parts: Parts): Promise<RunningServer> {
  const closing = new AbortController()
  const app = createServedApp({ parts, version: readVersion(), closing: closing.signal })
  const server = createServer(getRequestListener(app.fetch))
  const url = await listen(server, parts.configuration)
  let closed: Promise<void> | null = null
  return {
    url,
    close() {
      closing.abort()
      closed ??= stop(server)
      return closed
    },
  }
}

function listen(server: Server, { host, port }: { host: string; port: number }): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => reject(cannotListen(host, port, cause)))
    server.listen(port, host, () => {
      const address = server.address() as AddressInfo
      const name = address.family === 'IPv6' ? `[${address.address}]` : address.address
      resolve(`http://${name}:${address.port}`)
    })
  })
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeIdleConnections()
  })
}

function cannotListen(host: string, port: number, cause: NodeJS.ErrnoException): SemdexError {
  const reason = cause.code === 'EADDRINUSE' ? 'something listens there already' : cause.message
  return new SemdexError('SERVER_FAILED', {
    message: `The server cannot listen on ${host}:${port}: ${reason}.`,
    fix: 'Name another port (--port) or address (--host)',
    details: { host, port },
    cause,
  })
}
