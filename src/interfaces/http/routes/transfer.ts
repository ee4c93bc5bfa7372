import { SemdexError, toSemdexError } from '../../../core/errors.ts'
import type { Parts } from '../../../core/parts.ts'
import { checkInput } from '../../../operations/operation.ts'
import {
  ExportStreamInput,
  ImportStreamInput,
  streamExport,
  streamImport,
} from '../../../operations/upkeep/transfer.ts'
import { type Context, Hono } from '../../../vendor/hono.ts'
import { admit } from '../../wire/call.ts'
import { assertLines, LINES } from '../assert-lines.ts'
import { joinInput, readQuery } from '../input.ts'
import { patientBytes } from '../patient-bytes.ts'
import type { Env, ServerParts } from '../server-parts.ts'
import { streamOf } from '../stream.ts'

/** Exports to who asks, and imports of what is sent: the server's files are not touched. */
export function transferRoutes(server: ServerParts): Hono<Env> {
  const app = new Hono<Env>()
  app.get('/export', (c) => answerExport(c, server))
  app.get('/collections/:collection/export', (c) => answerExport(c, server))
  app.post('/import/lines', (c) => takeImport(c, server))
  return app
}

/** An answer that ends without its last line was broken off. */
async function answerExport(c: Context<Env>, { parts }: ServerParts): Promise<Response> {
  const query = await readQuery(new URL(c.req.url).searchParams, 'export')
  const input = checkInput('export', ExportStreamInput, joinInput({ path: c.req.param(), query }))
  await admit('export', input, c.get('caller'))
  const left = new AbortController()
  const signal = AbortSignal.any([c.get('signal'), left.signal])
  const lines = await streamExport(parts, { ...input, signal })
  // What is wrong with the request is answered as of any other: nothing is sent before the first line is there.
  const first = await lines.next()
  return answerLines(c, withFirst(first, lines), () => left.abort())
}

async function* withFirst(first: IteratorResult<string, unknown>, rest: AsyncGenerator<string, unknown>) {
  if (first.done) return
  yield first.value
  yield* rest
}

/** Answers each line that could not be taken, and at last the totals. A line that is bad costs itself alone. */
async function takeImport(c: Context<Env>, { closing, parts }: ServerParts): Promise<Response> {
  assertLines(c.req.header('content-type'))
  const query = await readQuery(new URL(c.req.url).searchParams, 'import')
  const { ifExists } = checkInput('import', ImportStreamInput, query)
  await admit('import', query, c.get('caller'))
  const left = new AbortController()
  const closes = new AbortController()
  const close = () => closes.abort(serverCloses())
  closing.addEventListener('abort', close, { once: true })
  const leave = () => {
    left.abort()
    closing.removeEventListener('abort', close)
  }
  const signal = AbortSignal.any([c.get('signal'), left.signal, closes.signal])
  try {
    const lines = await importLines(parts, c.req.raw.body ?? new Blob([]).stream(), { ifExists, signal })
    return answerLines(c, lines, leave)
  } catch (thrown) {
    leave()
    throw thrown
  }
}

interface Given {
  ifExists: 'replace' | 'fail'
  signal: AbortSignal
}

/** @throws {SemdexError} `IMPORT_INVALID` where the first line is not that of an export */
async function importLines(parts: Parts, body: ReadableStream<Uint8Array>, { ifExists, signal }: Given) {
  const { bodyBytes, timeoutSeconds } = parts.configuration
  const bytes = patientBytes(body, { seconds: timeoutSeconds, signal })
  try {
    return toAnswer(await streamImport(parts, bytes, { ifExists, mostLineBytes: bodyBytes, signal }))
  } catch (thrown) {
    await bytes.return()
    throw thrown
  }
}

type Errors = Awaited<ReturnType<typeof streamImport>>

async function* toAnswer(errors: Errors): AsyncGenerator<string, void> {
  try {
    for (;;) {
      const { value, done } = await errors.next()
      if (done) {
        yield toLine({ done: true, ...value })
        return
      }
      yield toLine({ line: value.line, ok: false, error: value.error.toJSON() })
    }
  } catch (thrown) {
    yield toLine({ done: false, error: toSemdexError(thrown).toJSON() })
  } finally {
    await errors.return(undefined as never)
  }
}

function answerLines(c: Context<Env>, lines: AsyncGenerator<string, unknown>, leave: () => void): Response {
  const headers = { 'content-type': LINES, 'cache-control': 'no-store', 'x-accel-buffering': 'no' }
  if (c.req.method !== 'HEAD') return new Response(streamOf(lines, leave), { headers })
  leave()
  return new Response(null, { headers })
}

function toLine(value: object): string {
  return `${JSON.stringify(value)}\n`
}

function serverCloses(): SemdexError {
  return new SemdexError('SERVER_CLOSING', {
    message: 'The server is shutting down; the rest was not read.',
    fix: 'Send all of it again when it is back: what is there already is replaced by itself',
  })
}
