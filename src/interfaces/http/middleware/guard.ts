import { isIP } from 'node:net'
import type { Configuration } from '../../../core/configuration.ts'
import { SemdexError } from '../../../core/errors.ts'
import type { Context, MiddlewareHandler } from '../../../vendor/hono.ts'
import { isLoopback } from '../peer.ts'
import type { Env, ServerParts } from '../server-parts.ts'

/**
 * Keeps web pages of elsewhere out. A page can have its own name point to this machine (DNS rebinding): its requests then
 * carry that name as Host, and are refused. A request that a browser sends from a page of another origin is refused too,
 * unless the origin is configured; then CORS lets the page read the answers.
 */
export function guard({ parts }: ServerParts): MiddlewareHandler<Env> {
  const { configuration } = parts
  const hosts = allowedHosts(configuration)
  const origins = new Set(configuration.origins.map(normalOrigin))
  return async (c, next) => {
    if (c.env?.socket) return next()
    const host = c.req.header('host')
    if (host === undefined || !hosts(nameOf(host))) throw foreignHost(host)
    const origin = c.req.header('origin')
    if (origin === undefined) return next()
    if (!origins.has(origin)) {
      if (!isSameOrigin(origin, host)) throw foreignOrigin(origin)
      return next()
    }
    if (isPreflight(c)) return preflight(origin)
    await next()
    // Afterwards: a route that makes its own Response would lose them.
    for (const [name, value] of Object.entries(answerHeaders(origin))) c.header(name, value)
  }
}

/** Names that cannot be a foreign page's: this machine's, the configured ones, and addresses where it listens on all. */
function allowedHosts({ host, hosts }: Configuration): (name: string) => boolean {
  const named = new Set([host, ...hosts].map(nameOf))
  const everywhere = host === '0.0.0.0' || host === '::'
  return (name) => isLoopback(name) || named.has(name) || (everywhere && isIP(name) !== 0)
}

/** A Host without its port, an address without brackets, in lower case. */
function nameOf(host: string): string {
  if (isIP(host) === 6) return host.toLowerCase()
  const [, name = ''] = /^(\[[^\]]*\]|[^:]*)(?::\d*)?$/.exec(host) ?? []
  return name.replace(/^\[|\]$|\.$/g, '').toLowerCase()
}

function normalOrigin(origin: string): string {
  return URL.parse(origin)?.origin ?? origin
}

/** The scheme may differ: a proxy that speaks TLS hands the request on without it. */
function isSameOrigin(origin: string, host: string): boolean {
  return /^https?:\/\/(.*)$/.exec(origin)?.[1]?.toLowerCase() === host.toLowerCase()
}

function isPreflight(c: Context): boolean {
  return c.req.method === 'OPTIONS' && c.req.header('access-control-request-method') !== undefined
}

function preflight(origin: string): Response {
  const headers = {
    'access-control-allow-origin': origin,
    'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
    'access-control-allow-headers':
      'authorization, content-type, last-event-id, mcp-protocol-version, mcp-session-id, traceparent, x-api-key, x-request-id',
    'access-control-max-age': '600',
    vary: 'origin',
  }
  return new Response(null, { status: 204, headers })
}

function answerHeaders(origin: string): Record<string, string> {
  return {
    'access-control-allow-origin': origin,
    'access-control-expose-headers':
      'location, mcp-session-id, ratelimit-limit, ratelimit-remaining, ratelimit-reset, retry-after, x-request-id',
    vary: 'origin',
  }
}

function foreignHost(host: string | undefined): SemdexError {
  return new SemdexError('ORIGIN_REFUSED', {
    message:
      host === undefined ? 'The request names no Host.' : 'The server is not known under the Host of the request.',
    fix: 'Use the address that it listens on, or add the name to server.hosts',
    details: { field: 'host', host: host ?? null },
  })
}

function foreignOrigin(origin: string): SemdexError {
  return new SemdexError('ORIGIN_REFUSED', {
    message: 'The request comes from a web page of another origin.',
    fix: 'Add the origin to server.origins where the page may use this server',
    details: { field: 'origin', origin },
  })
}
