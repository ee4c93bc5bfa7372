import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ModelSpec } from '../../src/core/model-spec.ts'
import type { Embedder } from '../../src/core/ports/embedder.ts'
import { toBlob } from '../../src/core/vectors.ts'
import { specOf } from './embedding.ts'

/** A server that speaks OpenAI's embeddings and embeds with a real model, unless a test wants it otherwise. */
export interface EmbeddingsServer {
  /** What `remote.url` is set to. */
  readonly url: string
  readonly requests: ReceivedRequest[]
  /** The most requests that were under way at a time. */
  readonly mostTogether: number
  /** What the next requests meet, one each. */
  next(...faults: Fault[]): void
  /** What every request meets after those; null for the right answer. */
  always(rule: ((request: ReceivedRequest) => Fault | null) | null): void
  forget(): void
  close(): Promise<void>
}

export interface ReceivedRequest {
  path: string
  headers: IncomingHttpHeaders
  body: { model: string; input: string[]; encoding_format?: string } & Record<string, unknown>
  at: number
  /** The client ended it before it was answered. */
  cancelled: boolean
}

export interface Answer {
  data: { object?: string; index?: number; embedding: unknown }[]
  usage?: unknown
}

/** Answers in its own way; `answer` makes the right answer. */
export type Fault = (response: ServerResponse, answer: () => Promise<Answer>) => Promise<void> | void

export const fails =
  (
    status: number,
    body: unknown = { error: { message: `status ${status}` } },
    headers: Record<string, string> = {},
  ): Fault =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  }

/** The connection ends without an answer, or in the middle of it. */
export const cuts =
  (where: 'before' | 'within'): Fault =>
  async (response, answer) => {
    if (where === 'within') {
      const text = JSON.stringify(await answer())
      response.writeHead(200, { 'content-length': text.length })
      response.write(text.slice(0, text.length / 2))
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    response.socket?.destroy()
  }

/** Never answers. */
export const stalls: Fault = () => undefined

export const slow =
  (milliseconds: number): Fault =>
  async (response, answer) => {
    await new Promise((resolve) => setTimeout(resolve, milliseconds))
    send(response, await answer())
  }

/** Another answer in place of the right one. */
export const answers =
  (change: (answer: Answer) => unknown): Fault =>
  async (response, answer) => {
    const changed = change(await answer())
    if (typeof changed === 'string') response.end(changed)
    else send(response, changed)
  }

export async function openEmbeddingsServer(embedder: Embedder): Promise<EmbeddingsServer> {
  const requests: ReceivedRequest[] = []
  let faults: Fault[] = []
  let rule: ((request: ReceivedRequest) => Fault | null) | null = null
  let together = 0
  let mostTogether = 0

  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await receive(incoming, response)
    requests.push(request)
    mostTogether = Math.max(mostTogether, ++together)
    response.once('close', () => together--)
    const answer = () => rightAnswer(request, embedder)
    const fault = faults.shift() ?? rule?.(request)
    if (fault) await fault(response, answer)
    else if (request.path !== '/v1/embeddings') fails(404)(response, answer)
    else send(response, await answer())
  }

  const server = createServer((incoming, response) => {
    serve(incoming, response).catch((error) => response.destroy(error))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    get mostTogether() {
      return mostTogether
    },
    next: (...more) => faults.push(...more),
    always(given) {
      rule = given
    },
    forget() {
      requests.length = 0
      faults = []
      rule = null
      mostTogether = 0
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await embedder.close()
    },
  }
}

/** How a spec names such a server. */
export function remoteSpec(url: string, served: ModelSpec, remote: Partial<ModelSpec['remote']> = {}): ModelSpec {
  const { dimensions, maxTokens } = served
  return {
    ...specOf('all-MiniLM-L6-v2'),
    name: 'served',
    runtime: 'remote',
    files: [],
    dimensions,
    maxTokens,
    remote: { url, model: 'tiny', keyVariable: null, ...remote },
  }
}

async function receive(incoming: IncomingMessage, response: ServerResponse): Promise<ReceivedRequest> {
  const parts: Buffer[] = []
  for await (const part of incoming) parts.push(part as Buffer)
  const body = JSON.parse(Buffer.concat(parts).toString('utf8')) as ReceivedRequest['body']
  const path = incoming.url as string
  const request = { path, headers: incoming.headers, body, at: performance.now(), cancelled: false }
  response.once('close', () => {
    request.cancelled = !response.writableFinished
  })
  return request
}

async function rightAnswer({ body }: ReceivedRequest, embedder: Embedder): Promise<Answer> {
  const results = await embedder.embed(body.input, { kind: 'passage' })
  const tokens = results.reduce((sum, result) => sum + (result.ok ? (result.tokens as number) : 0), 0)
  const data = results.map((result, index) => {
    if (!result.ok) throw result.error
    const embedding =
      body.encoding_format === 'base64' ? Buffer.from(toBlob(result.vector)).toString('base64') : [...result.vector]
    return { object: 'embedding', index, embedding }
  })
  return { data, usage: { prompt_tokens: tokens, total_tokens: tokens } }
}

function send(response: ServerResponse, answer: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(JSON.stringify(answer))
}
