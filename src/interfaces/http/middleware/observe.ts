import { type Context, type MiddlewareHandler, matchedRoutes, routePath } from '../../../vendor/hono.ts'
import type { Env, RequestSummary } from '../server-parts.ts'

export interface Observer {
  begin(): void
  /** Told once the connection has taken the answer, where there is one. */
  end(request: RequestSummary): void
}

/**
 * Gives every request an id, its caller's where that is sane, and tells of the request. Bytes are counted for the log
 * alone: asking a socket for them takes longer than all else here.
 */
export function observe(monitor: Observer, log?: (request: RequestSummary) => void): MiddlewareHandler<Env> {
  return async (c, next) => {
    const began = performance.now()
    const id = requestId(c.req.header('x-request-id'))
    c.set('requestId', id)
    c.header('x-request-id', id)
    const stages = new Map<string, number>()
    c.set('onStage', ({ name, began, ended }) => stages.set(name, (stages.get(name) ?? 0) + ended - began))
    const socket = log && c.env?.incoming?.socket
    const written = socket?.bytesWritten ?? 0
    monitor.begin()
    await next()
    if (!c.res.headers.has('x-request-id')) c.header('x-request-id', id)
    const milliseconds = performance.now() - began
    const tell = () => {
      const bytes = socket ? socket.bytesWritten - written : null
      const request = { ...describe(c), milliseconds, stages, bytes }
      monitor.end(request)
      log?.(request)
    }
    const outgoing = c.env?.outgoing
    // Closed already where the client has left.
    if (outgoing && !outgoing.closed) outgoing.once('close', tell)
    else tell()
  }
}

function requestId(given: string | undefined): string {
  return given !== undefined && /^[\w.:/+=@-]{1,128}$/.test(given) ? given : crypto.randomUUID()
}

function describe(c: Context<Env>): Omit<RequestSummary, 'milliseconds' | 'stages' | 'bytes'> {
  return {
    id: c.get('requestId'),
    method: METHODS.has(c.req.method) ? c.req.method : 'OTHER',
    route: routeOf(c),
    status: c.res.status,
    key: c.get('key') ?? null,
    error: c.error ?? null,
  }
}

/** The pattern that a route gave for the path; null where none took it. */
export function routeOf(c: Context): string | null {
  const answered = routePath(c)
  if (!isAnyPath(answered)) return answered
  // Refused on the way to its route.
  return matchedRoutes(c).findLast(({ path }) => !isAnyPath(path))?.path ?? null
}

function isAnyPath(path: string): boolean {
  return /^\/?\*$/.test(path)
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
