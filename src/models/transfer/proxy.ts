import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Duplex } from 'node:stream'
import { SemdexError } from '../../core/errors.ts'
import { AttemptFailed } from './failures.ts'
import type { HubSettings } from './settings.ts'

export interface ProxyServer {
  url: URL
  /** What the proxy asks for; none without credentials in its URL. */
  headers: Record<string, string>
}

/**
 * The proxy on the way to a URL, or null for the direct way.
 * @throws {SemdexError} `CONFIGURATION_INVALID` for a proxy that is no http or https URL.
 */
export function proxyFor(target: URL, { proxy, noProxy }: Pick<HubSettings, 'proxy' | 'noProxy'>): ProxyServer | null {
  if (!proxy || isExempt(target, noProxy)) return null
  const url = parseProxy(proxy)
  const { username, password } = url
  if (!username && !password) return { url, headers: {} }
  const credentials = Buffer.from(`${decode(username)}:${decode(password)}`).toString('base64')
  return { url, headers: { 'proxy-authorization': `Basic ${credentials}` } }
}

/** A connection through the proxy to an https server, before its encryption (RFC 9110, 9.3.6: CONNECT). */
export function openTunnel({ url, headers }: ProxyServer, target: URL, signal: AbortSignal): Promise<Duplex> {
  const authority = `${target.hostname}:${portOf(target)}`
  const connect = url.protocol === 'https:' ? httpsRequest : httpRequest
  const request: ClientRequest = connect({
    host: hostOf(url),
    port: portOf(url),
    method: 'CONNECT',
    path: authority,
    headers: { host: authority, ...headers },
    agent: false,
    signal,
  })
  return new Promise((resolve, reject) => {
    request.once('connect', ({ statusCode = 0 }: IncomingMessage, socket: Duplex) => {
      // What breaks before the encryption takes the connection over; that sees it, too.
      socket.on('error', () => undefined)
      if (statusCode >= 200 && statusCode < 300) return resolve(socket)
      socket.destroy()
      const retry = statusCode >= 500
      reject(new AttemptFailed(`the proxy ${hostOf(url)} answered ${statusCode}`, { status: statusCode, retry }))
    })
    request.on('error', (cause: Error) => {
      if (signal.aborted) return reject(cause)
      reject(new AttemptFailed(`the proxy ${hostOf(url)} cannot be reached`, { retry: true, cause }))
    })
    request.end()
  })
}

/** A host without the brackets of IPv6. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '')
}

export function portOf({ port, protocol }: URL): number {
  return Number(port) || (protocol === 'https:' ? 443 : 80)
}

/** A rule is `*`, a host, which stands for those below it too, `.suffix` or `*.suffix` for the same, and may end with a port. */
function isExempt(target: URL, noProxy: string | null): boolean {
  const rules = (noProxy ?? '')
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean)
  return rules.some((rule) => {
    if (rule === '*') return true
    const [, name = '', port] = /^(?:\*?\.)?(\[.*\]|.*?)(?::(\d+))?$/.exec(isBareIpv6(rule) ? `[${rule}]` : rule) ?? []
    if (port !== undefined && Number(port) !== portOf(target)) return false
    return name !== '' && (target.hostname === name || target.hostname.endsWith(`.${name}`))
  })
}

function isBareIpv6(rule: string): boolean {
  return !rule.startsWith('[') && rule.split(':').length > 2
}

function parseProxy(proxy: string): URL {
  const url = URL.parse(proxy.includes('://') ? proxy : `http://${proxy}`)
  if (url && (url.protocol === 'http:' || url.protocol === 'https:') && url.hostname) return url
  throw invalidProxy()
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw invalidProxy()
  }
}

/** The value is not told: it may hold a password. */
function invalidProxy(): SemdexError {
  return new SemdexError('CONFIGURATION_INVALID', {
    message: 'The setting hub.proxy must be an http or https URL.',
    fix: 'Write it as http://host:port in hub.proxy or HTTPS_PROXY',
    details: { key: 'hub.proxy' },
  })
}
