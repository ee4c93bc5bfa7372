import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { type AddressInfo, connect, type Server, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import type { ModelSpec } from '../../src/core/model-spec.ts'
import { inRepository } from './assets.ts'

/** Answers one request for a file. */
export type Step = (file: Buffer, request: IncomingMessage, response: ServerResponse) => unknown

export interface Seen {
  url: string
  headers: IncomingMessage['headers']
}

export interface Hub {
  /** `http://127.0.0.1:<port>`, or https. */
  endpoint: string
  files: Record<string, Buffer>
  /** Every request, in order. */
  seen: Seen[]
  /** What the next requests get, one step each; after them files are served as they are. */
  next(...steps: Step[]): void
  /** Forgets the steps that no request has come for. */
  forget(): void
  close(): Promise<void>
}

export const REPOSITORY = 'tests/tiny'

/** A model hub on this machine: serves `<anything>/resolve/<revision>/<path>` from memory, with ETag and Range. */
export async function startHub(
  files: Record<string, Buffer>,
  { secure = false, otherwise = serve() }: { secure?: boolean; otherwise?: Step } = {},
): Promise<Hub> {
  const seen: Seen[] = []
  const steps: Step[] = []
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const url = request.url ?? ''
    seen.push({ url, headers: request.headers })
    const path = decodeURIComponent(/\/resolve\/[^/]+\/([^?]+)/.exec(url)?.[1] ?? url.slice(1))
    const step = steps.shift() ?? otherwise
    const file = files[path]
    if (file === undefined) response.writeHead(404).end()
    else await step(file, request, response)
  }
  const server = secure ? createSecureServer(tlsFiles(), answer) : createServer(answer)
  const { port, close } = await listen(server)
  const endpoint = `${secure ? 'https' : 'http'}://127.0.0.1:${port}`
  return {
    endpoint,
    files,
    seen,
    next: (...more) => void steps.push(...more),
    forget: () => void steps.splice(0),
    close,
  }
}

/** The certificate that `secure` servers show, for localhost and 127.0.0.1; it signs itself. */
export const CERTIFICATE = inRepository('test/fixtures/tls/certificate.pem')

function tlsFiles() {
  return { cert: readFileSync(CERTIFICATE), key: readFileSync(inRepository('test/fixtures/tls/key.pem')) }
}

export function sha256(file: Buffer): string {
  return createHash('sha256').update(file).digest('hex')
}

/** A spec of these files, with their checksums or without. */
export function specFor(files: Record<string, Buffer>, { checksums = true } = {}): ModelSpec {
  return {
    name: 'tiny',
    summary: 'A model of tests.',
    task: 'embed',
    source: { repository: REPOSITORY, revision: null },
    licence: 'MIT',
    notice: null,
    languages: [],
    runtime: 'onnx',
    precision: 'fp32',
    files: Object.entries(files).map(([path, file]) => ({
      role: path.endsWith('.onnx') ? 'weights' : 'tokenizer',
      path,
      sha256: checksums ? sha256(file) : null,
      bytes: checksums ? file.length : null,
    })),
    dimensions: 8,
    matryoshka: [],
    maxTokens: 16,
    pooling: 'mean',
    normalize: true,
    prompts: { query: '', passage: '' },
    inputs: {},
    tasks: {},
    endToken: null,
    remote: null,
  }
}

/** Bytes that do not repeat, the same for the same seed. */
export function bytesOf(length: number, seed = 'bytes'): Buffer {
  const parts: Buffer[] = []
  for (let n = 0; n * 32 < length; n++) parts.push(createHash('sha256').update(`${seed}-${n}`).digest())
  return Buffer.concat(parts).subarray(0, length)
}

interface Serving {
  headers?: Record<string, string>
  /** Undefined: the sha256 of the file, in quotes, cut to a form that is no sha256. */
  etag?: string | null
  ignoreRange?: boolean
  /** Added to the true Content-Length. */
  lie?: number
  /** Sent instead of the file's bytes, under the length of the file. */
  instead?: (bytes: Buffer) => Buffer
  /** Writes the bytes; the default at once. */
  write?: (response: ServerResponse, bytes: Buffer) => unknown
}

/** Answers as a well-behaved server does, but for what is asked otherwise. */
export function serve(serving: Serving = {}): Step {
  return (file, request, response) => {
    const { headers = {}, ignoreRange = false, lie = 0, instead = (bytes) => bytes } = serving
    const etag = serving.etag === undefined ? etagOf(file) : serving.etag
    const first = ignoreRange ? 0 : firstByte(request, etag)
    if (first >= file.length && first > 0) {
      return response.writeHead(416, { 'content-range': `bytes */${file.length}` }).end()
    }
    const bytes = instead(file).subarray(first)
    response.writeHead(first > 0 ? 206 : 200, {
      'content-length': String(file.length - first + lie),
      ...(etag !== null && { etag }),
      ...(first > 0 && { 'content-range': `bytes ${first}-${file.length - 1}/${file.length}` }),
      ...headers,
    })
    const write = serving.write ?? ((to, all) => to.end(all))
    return write(response, bytes)
  }
}

export function etagOf(file: Buffer): string {
  return `"${sha256(file).slice(0, 32)}"`
}

function firstByte({ headers }: IncomingMessage, etag: string | null): number {
  const wanted = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0)
  return headers['if-range'] === undefined || headers['if-range'] === etag ? wanted : 0
}

/** Sends so many bytes, and cuts the connection. */
export function cut(bytes: number, serving: Serving = {}): Step {
  return serve({
    ...serving,
    write: (response, all) => response.write(all.subarray(0, bytes), () => response.destroy()),
  })
}

/** Sends so many bytes, and then nothing more. */
export function stall(bytes: number): Step {
  return serve({ write: (response, all) => response.write(all.subarray(0, bytes)) })
}

/** Sends the bytes in pieces, slowly. */
export function drip(pieces: number, milliseconds: number): Step {
  return serve({
    write: async (response, all) => {
      const length = Math.ceil(all.length / pieces)
      for (let from = 0; from < all.length && !response.destroyed; from += length) {
        response.write(all.subarray(from, from + length))
        await pause(milliseconds)
      }
      response.end()
    },
  })
}

export function status(code: number, headers: Record<string, string> = {}): Step {
  return (_file, _request, response) => response.writeHead(code, headers).end('no file')
}

export function redirect(to: string, headers: Record<string, string> = {}): Step {
  return status(302, { location: to, ...headers })
}

/** Turns one byte over. */
export function corrupt(serving: Serving = {}): Step {
  return serve({
    ...serving,
    instead: (bytes) => {
      const copy = Buffer.from(bytes)
      copy[copy.length >> 1] = (copy[copy.length >> 1] as number) ^ 1
      return copy
    },
  })
}

export function gzip(): Step {
  return (file, _request, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip', etag: etagOf(file) }).end(gzipSync(file))
  }
}

export interface ProxyServer {
  url: string
  /** `CONNECT host:port` and `GET http://…`, in order. */
  seen: { line: string; authorization: string | undefined }[]
  close(): Promise<void>
}

/** A proxy on this machine: CONNECT for https, whole URLs for http; asks for this user and password where given. */
export async function startProxy(credentials?: string): Promise<ProxyServer> {
  const seen: ProxyServer['seen'] = []
  const admits = (request: IncomingMessage) => {
    const authorization = request.headers['proxy-authorization']
    seen.push({ line: `${request.method} ${request.url}`, authorization })
    return credentials === undefined || authorization === `Basic ${Buffer.from(credentials).toString('base64')}`
  }
  const server = createServer(async (request, response) => {
    if (!admits(request)) return response.writeHead(407).end()
    const { 'proxy-authorization': _, ...headers } = request.headers
    const answer = await fetch(request.url as string, {
      headers: headers as Record<string, string>,
      redirect: 'manual',
    })
    response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(Buffer.from(await answer.arrayBuffer()))
  })
  server.on('connect', (request: IncomingMessage, client: Socket) => {
    if (!admits(request)) return client.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')
    const { hostname, port } = new URL(`http://${request.url}`)
    const target = connect(Number(port || 443), hostname, () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      target.pipe(client).pipe(target)
    })
    for (const socket of [target, client]) socket.on('error', () => [target, client].map((each) => each.destroy()))
  })
  const { port, close } = await listen(server)
  const [, user = '', password = ''] = /^([^:]*):(.*)$/.exec(credentials ?? '') ?? []
  const login = credentials === undefined ? '' : `${encodeURIComponent(user)}:${encodeURIComponent(password)}@`
  return { url: `http://${login}127.0.0.1:${port}`, seen, close }
}

async function listen(server: Server): Promise<{ port: number; close: () => Promise<void> }> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = () =>
    new Promise<void>((resolve) => {
      for (const socket of sockets) socket.destroy()
      server.close(() => resolve())
    })
  return { port: (server.address() as AddressInfo).port, close }
}
