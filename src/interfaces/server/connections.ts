import { createServer, type RequestListener, type Server, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { ErrorCode } from '../../core/errors.ts'

/** A server of connections that are bounded in number, in the size of their headers, and in how long these may take. */
export interface ConnectionServer {
  server: Server
  /** Takes nothing new; resolves once all that is under way was answered and all connections are closed. */
  stop(): Promise<void>
  /** Closes every connection, whatever is under way on it. */
  drop(): void
}

/** Milliseconds in which the headers of a request have to arrive. */
const HEADERS_TIMEOUT = 10_000
/** How often slow connections are looked for. */
const CHECK_INTERVAL = 1_000
/** Longer than proxies usually keep a connection (60 s), so that it is they who close it. */
const KEEP_ALIVE_TIMEOUT = 65_000
const MAX_HEADER_BYTES = 16_384
/** Requests that a connection may send before their answers were read: each answer is held until then. */
const MAX_AHEAD = 8

export function openConnections(listener: RequestListener, { maxRequests }: { maxRequests: number }): ConnectionServer {
  const options = {
    headersTimeout: HEADERS_TIMEOUT,
    connectionsCheckingInterval: CHECK_INTERVAL,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT,
    maxHeaderSize: MAX_HEADER_BYTES,
    // Node would answer without a body; the app's listener refuses such a request as all others.
    requireHostHeader: false,
    // A stream of documents takes as long as it takes; other requests are bounded by the app.
    requestTimeout: 0,
  }
  const server = createServer(options, boundAhead(listener))
  server.maxConnections = Math.max(1_000, 8 * maxRequests)
  server.on('clientError', refuse)
  const underWay = new Set<ServerResponse>()
  let stopping = false
  server.on('request', (_, response) => {
    if (stopping) response.shouldKeepAlive = false
    underWay.add(response)
    response.once('close', () => {
      underWay.delete(response)
      // An answer that was begun before has promised to keep the connection.
      if (stopping) setImmediate(() => server.closeIdleConnections())
    })
  })
  return {
    server,
    stop() {
      stopping = true
      for (const response of underWay) response.shouldKeepAlive = false
      return new Promise((resolve) => {
        server.close(() => resolve())
        server.closeIdleConnections()
      })
    },
    drop: () => server.closeAllConnections(),
  }
}

/** Closes a connection that asks and asks without reading: a few hundred bytes would have gigabytes held for it. */
function boundAhead(listener: RequestListener): RequestListener {
  const ahead = new WeakMap<Socket, number>()
  return (request, response) => {
    const { socket } = request
    const count = (ahead.get(socket) ?? 0) + 1
    ahead.set(socket, count)
    if (socket.destroyed || count > MAX_AHEAD) {
      socket.destroy()
      return
    }
    response.once('close', () => ahead.set(socket, (ahead.get(socket) ?? 1) - 1))
    listener(request, response)
  }
}

/** What never became a request is answered in the shape of all errors, where the connection can still be written to. */
function refuse(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const [status, code, message, field] = REFUSALS[error.code ?? ''] ?? MALFORMED
  const body = JSON.stringify({ error: { code, message, details: { field } } })
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  )
}

type Refusal = [status: number, code: ErrorCode, message: string, field: string]

const MALFORMED: Refusal = [400, 'INVALID_INPUT', 'The request is not HTTP/1.1.', 'request']
const REFUSALS: Record<string, Refusal> = {
  HPE_HEADER_OVERFLOW: [
    431,
    'INVALID_INPUT',
    `The headers of a request have ${MAX_HEADER_BYTES} bytes at most.`,
    'headers',
  ],
  ERR_HTTP_REQUEST_TIMEOUT: [
    408,
    'TIMEOUT',
    `The headers did not arrive within ${HEADERS_TIMEOUT / 1_000} seconds.`,
    'headers',
  ],
}
