import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import { readBody } from './body.ts'
import { AttemptFailed } from './failures.ts'
import { hostOf, openTunnel, type ProxyServer, portOf, proxyFor } from './proxy.ts'
import type { HubSettings, Patience } from './settings.ts'
import { startWatch, type Watch } from './watch.ts'

export interface Answer {
  status: number
  headers: IncomingMessage['headers']
  /** What the endpoint itself told, before any redirect to another origin. */
  hub: IncomingMessage['headers']
  /** Throws where the connection is cut or stalls before the answer's end. */
  body: AsyncIterable<Uint8Array>
  /** Ends the connection. */
  close(): void
}

export interface Question {
  url: URL
  headers: Record<string, string>
  settings: Pick<HubSettings, 'hubEndpoint' | 'hubToken' | 'proxy' | 'noProxy'>
  patience: Pick<Patience, 'connectMs' | 'stallMs'>
  signal: AbortSignal | undefined
}

const MOST_REDIRECTS = 10
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/**
 * Gets a URL, through redirects and the proxy. The token goes to the endpoint's origin, and no more once a redirect has
 * left it, even where a further one leads back.
 * @throws {AttemptFailed} and what connections throw.
 */
export async function ask(question: Question): Promise<Answer> {
  const { settings } = question
  const home = new URL(settings.hubEndpoint).origin
  let url = question.url
  let atHome = true
  let hub: IncomingMessage['headers'] = {}
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    atHome &&= url.origin === home
    const token: Record<string, string> =
      atHome && settings.hubToken ? { authorization: `Bearer ${settings.hubToken}` } : {}
    const { response, body, close } = await askOnce(url, { ...question.headers, ...token }, question)
    // A later answer of the endpoint adds to what its redirect told.
    if (atHome) hub = { ...hub, ...response.headers }
    const status = response.statusCode ?? 0
    if (!REDIRECTS.has(status)) return { status, headers: response.headers, hub, body, close }
    close()
    url = redirectTarget(status, response, url)
  }
  throw new AttemptFailed('the server redirects in a circle', { retry: false })
}

function redirectTarget(status: number, { headers }: IncomingMessage, from: URL): URL {
  const url = URL.parse(headers.location ?? '', from.href)
  if (!headers.location || !url || !/^https?:$/.test(url.protocol)) {
    throw new AttemptFailed('the server redirects to no address', { status, retry: false })
  }
  if (from.protocol === 'https:' && url.protocol === 'http:') {
    throw new AttemptFailed('the server redirects from https to http', { status, retry: false })
  }
  return url
}

/** One request on a connection of its own, given up when nothing arrives for too long: now, and while the body is read. */
async function askOnce(url: URL, headers: Record<string, string>, { settings, patience, signal }: Question) {
  const watch = startWatch(patience, signal)
  try {
    const request = await openRequest(url, headers, proxyFor(url, settings), watch.signal)
    const response = await responseOf(request, watch)
    const close = () => {
      watch.rest()
      response.destroy()
    }
    return { response, body: readBody(response, watch), close }
  } catch (thrown) {
    watch.rest()
    throw watch.failure() ?? thrown
  }
}

async function openRequest(
  url: URL,
  headers: Record<string, string>,
  proxy: ProxyServer | null,
  signal: AbortSignal,
): Promise<ClientRequest> {
  const encrypted = url.protocol === 'https:'
  const path = `${url.pathname}${url.search}`
  const target = { host: hostOf(url), port: portOf(url), path, headers: { ...headers, host: url.host }, signal }
  if (!proxy) return (encrypted ? httpsRequest : httpRequest)({ ...target, agent: false })
  if (encrypted) {
    const tunnel = await openTunnel(proxy, url, signal)
    return httpsRequest({ ...target, createConnection: () => encrypt(tunnel, target.host) })
  }
  const request = proxy.url.protocol === 'https:' ? httpsRequest : httpRequest
  const asked = { path: `${url.origin}${path}`, headers: { ...target.headers, ...proxy.headers } }
  return request({ ...asked, host: hostOf(proxy.url), port: portOf(proxy.url), agent: false, signal })
}

function encrypt(socket: Duplex, host: string): Duplex {
  return connectTls({ socket, host, servername: isIP(host) ? '' : host, ALPNProtocols: ['http/1.1'] })
}

function responseOf(request: ClientRequest, watch: Watch): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once('socket', (socket) => {
      socket.once('encrypted' in socket ? 'secureConnect' : 'connect', watch.heard)
    })
    request.once('response', resolve)
    // Kept for good: an error after the answer's end must not end the process.
    request.on('error', reject)
    request.end()
  })
}
