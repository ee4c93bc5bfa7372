import { SemdexError } from '../../../core/errors.ts'
import { DocumentInput } from '../../../operations/add.ts'
import { checkInput } from '../../../operations/operation.ts'
import { type Context, Hono } from '../../../vendor/hono.ts'
import { LineReader } from '../../wire/line-reader.ts'
import { assertLines, LINES } from '../assert-lines.ts'
import { type AddAnswer, addLines, MOST_LINE_BYTES } from '../bulk.ts'
import { call } from '../call.ts'
import { joinInput, readQuery } from '../input.ts'
import type { Env, ServerParts } from '../server-parts.ts'
import { streamOf } from '../stream.ts'

/** Documents without end: a line of JSON in for each, a line of JSON out for each. */
export function bulkRoutes(server: ServerParts): Hono<Env> {
  const app = new Hono<Env>()
  app.post('/collections/:collection/documents/bulk', (c) => addMany(c, server))
  return app
}

async function addMany(c: Context<Env>, { closing, parts }: ServerParts): Promise<Response> {
  assertLines(c.req.header('content-type'))
  const query = await readQuery(new URL(c.req.url).searchParams, 'add')
  const add = async (documents: readonly unknown[], signal: AbortSignal) => {
    const input = joinInput({ path: c.req.param(), query, body: { documents } })
    return (await call(c, 'add', input, { signal })) as AddAnswer
  }
  const left = new AbortController()
  const working = AbortSignal.any([c.get('signal'), left.signal])
  // A server that closes lets the batch end that is under way, and takes no more lines.
  const closes = new AbortController()
  const close = () => closes.abort(serverCloses())
  const reading = AbortSignal.any([working, closes.signal])
  // What is wrong with the request as a whole is answered as of any other, before anything is read.
  await add([], working)
  const reader = new LineReader(c.req.raw.body ?? new Blob([]).stream(), MOST_LINE_BYTES)
  closing.addEventListener('abort', close, { once: true })
  reading.addEventListener('abort', () => void reader.stop(), { once: true })
  const lines = addLines(reader, {
    check: (document) => checkInput('add', DocumentInput, document),
    add: (documents) => add(documents, working),
    signal: reading,
    patience: parts.configuration.timeoutSeconds,
  })
  const headers = { 'content-type': LINES, 'cache-control': 'no-store', 'x-accel-buffering': 'no' }
  const leave = () => {
    left.abort()
    closing.removeEventListener('abort', close)
  }
  return new Response(streamOf(lines, leave), { headers })
}

function serverCloses(): SemdexError {
  return new SemdexError('SERVER_CLOSING', {
    message: 'The server is shutting down; the lines from here on were not read.',
    fix: 'Send them again when it is back',
  })
}
