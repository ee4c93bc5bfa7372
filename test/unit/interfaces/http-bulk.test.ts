import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SemdexError } from '../../../src/core/errors.ts'
import { type AddAnswer, addLines, type BulkParts } from '../../../src/interfaces/http/bulk.ts'
import { LineReader } from '../../../src/interfaces/wire/line-reader.ts'
import { openServed, type Served } from '../../support/served.ts'

const NDJSON = { 'content-type': 'application/x-ndjson' }

let served: Served
beforeAll(() => {
  served = openServed({ embeddings: false })
})
afterAll(() => served.close())

async function bulk(path: string, body: string | Uint8Array, headers: Record<string, string> = NDJSON) {
  const answer = await served.request('POST', path, body, headers)
  if (answer.status !== 200) return { ...answer, lines: [], last: answer.body }
  const lines = answer.body
    .trimEnd()
    .split('\n')
    .map((line: string) => JSON.parse(line))
  return { ...answer, lines: lines.slice(0, -1), last: lines.at(-1) }
}

test('each line is answered in order, and the last line has the totals', async () => {
  const body = ['{"id":"a","text":"one"}', '{"id":"b","text":"two","metadata":{"n":1}}', '{"id":"a","text":"three"}']
  const { headers, lines, last } = await bulk('/api/collections/notes/documents/bulk', body.join('\n'))
  expect(headers.get('content-type')).toBe('application/x-ndjson')
  expect(lines).toEqual([
    { line: 1, ok: true, id: 'a', chunks: 1 },
    { line: 2, ok: true, id: 'b', chunks: 1 },
    { line: 3, ok: true, id: 'a', chunks: 1 },
  ])
  expect(last).toMatchObject({ done: true, lines: 3, added: 3, failed: 0, degraded: { code: 'EMBEDDING_UNAVAILABLE' } })
  const stored = await served.request('GET', '/api/collections/notes/documents/a')
  expect(stored.body).toMatchObject({ text: 'three' })
})

test('a bad line costs itself alone, and says which field', async () => {
  const bytes = Buffer.concat([
    Buffer.from('{"id":"x1","text":"good"}\r\n\n  \n{"id": \n["id"]\n{"id":"x2"}\n{"id":"x3","text":"a","txt":1}\n7\n'),
    Buffer.from([0x22, 0xff, 0x22, 0x0a]),
    Buffer.from('{"id":"x4","text":"good too"}'),
  ])
  const { lines, last } = await bulk('/api/collections/notes/documents/bulk', bytes)
  expect(lines.map(({ line, id, ok, error }: never) => [line, id, ok, error && fieldOf(error)])).toEqual([
    [1, 'x1', true, undefined],
    [4, null, false, 'line'],
    [5, null, false, null],
    [6, 'x2', false, 'text'],
    [7, 'x3', false, 'txt'],
    [8, null, false, null],
    [9, null, false, 'line'],
    [10, 'x4', true, undefined],
  ])
  expect(last).toMatchObject({ done: true, lines: 8, added: 2, failed: 6 })
})

function fieldOf(error: { code: string; details: { field: string | null } }) {
  expect(error.code).toBe('INVALID_INPUT')
  return error.details.field
}

test('what is wrong with the request as a whole is answered as of any other', async () => {
  const line = '{"id":"a","text":"one"}'
  for (const [path, status, error, headers] of [
    ['/api/collections/-/documents/bulk', 400, { code: 'INVALID_INPUT', details: { field: 'collection' } }],
    ['/api/collections/n/documents/bulk?modle=a', 400, { code: 'INVALID_INPUT', details: { field: 'modle' } }],
    ['/api/collections/n/documents/bulk?documents=a', 400, { code: 'INVALID_INPUT', details: { field: 'documents' } }],
    ['/api/collections/n/documents/bulk?model=none', 404, { code: 'MODEL_UNKNOWN' }],
    ['/api/collections/n/documents/bulk', 415, { code: 'MEDIA_TYPE_UNSUPPORTED' }, { 'content-type': 'text/plain' }],
  ] as const) {
    expect(await bulk(path, line, headers)).toMatchObject({ status, last: { error } })
  }
  const { body } = await served.request('GET', '/api/collections')
  expect(body.collections.map(({ name }: { name: string }) => name)).not.toContain('n')
})

test('an empty body adds nothing, and a taken id can be refused', async () => {
  expect(await bulk('/api/collections/kept/documents/bulk', '')).toMatchObject({ lines: [], last: { lines: 0 } })
  await bulk('/api/collections/kept/documents/bulk', '{"id":"a","text":"one"}\n')
  const { lines } = await bulk(
    '/api/collections/kept/documents/bulk?ifExists=fail',
    '{"id":"a","text":"two"}\n{"id":"b","text":"two"}\n',
  )
  expect(lines).toMatchObject([
    { id: 'a', ok: false, error: { code: 'DOCUMENT_EXISTS' } },
    { id: 'b', ok: true },
  ])
})

test('lines that need not wait for vectors are stored ahead of them, and the totals say how many passages wait', async () => {
  const later = openServed()
  const body = '{"id":"a","text":"one"}\n{"id":"b"}\n{"id":"c","text":"three"}\n'
  const path = '/api/collections/later/documents/bulk'
  const { body: text } = await later.request('POST', `${path}?wait=false`, body, NDJSON)
  const lines = (text as string).trimEnd().split('\n')
  expect(lines.slice(0, -1).map((line) => JSON.parse(line))).toMatchObject([
    { id: 'a', ok: true, chunks: 1 },
    { id: 'b', ok: false, error: { code: 'INVALID_INPUT' } },
    { id: 'c', ok: true, chunks: 1 },
  ])
  expect(JSON.parse(lines.at(-1) as string)).toEqual({
    ...{ done: true, lines: 3, added: 2, failed: 1, embedded: 0, reused: 0, pending: 2, degraded: null },
  })
  const pending = async () => (await later.request('GET', '/api/status')).body.pending
  await expect.poll(pending, { timeout: 30_000 }).toBe(0)
  expect(await bulk('/api/collections/n/documents/bulk?wait=no', '')).toMatchObject({
    ...{ status: 400, last: { error: { code: 'INVALID_INPUT', details: { field: 'wait' } } } },
  })
  await later.close()
}, 60_000)

test('files of every form of the request need not wait either', async () => {
  const path = '/api/collections/sent/files'
  const content = 'One line.\n'
  const form = new FormData()
  form.append('wait', 'false')
  form.append('file', new Blob([content]), 'form.txt')
  const json = { files: [{ name: 'json.txt', content: Buffer.from(content).toString('base64') }], wait: false }
  const sent = await Promise.all([
    served.fetch(path, { method: 'POST', body: form }),
    served.fetch(`${path}?name=bytes.txt&wait=false`, { method: 'POST', body: content }),
    served.fetch(path, {
      ...{ method: 'POST', body: JSON.stringify(json), headers: { 'content-type': 'application/json' } },
    }),
    served.fetch(`${path}?name=waited.txt`, { method: 'POST', body: content }),
  ])
  const answers = await Promise.all(sent.map((response) => response.json()))
  expect(answers).toMatchObject([
    { added: 1, pending: 1, degraded: null },
    { added: 1, pending: 1, degraded: null },
    { added: 1, pending: 1, degraded: null },
    { added: 1, degraded: { code: 'EMBEDDING_UNAVAILABLE' } },
  ])
})

/** A body that is made as it is read; counts the bytes that were read of it. */
function countedBody(lines: number, make: (n: number) => string, onRead: (bytes: number) => void) {
  const encoder = new TextEncoder()
  let n = 0
  return new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (n === lines) {
          controller.close()
          return
        }
        const bytes = encoder.encode(make(n++))
        onRead(bytes.length)
        controller.enqueue(bytes)
      },
    },
    { highWaterMark: 0 },
  )
}

describe('memory', () => {
  test('20,000 lines through the server: no more is read ahead than a batch, however many there are', async () => {
    const unanswered: number[] = []
    let read = 0
    let answered = 0
    let most = 0
    const make = (n: number) => `${JSON.stringify({ id: `m${n}`, text: `number ${n}` })}\n`
    const body = countedBody(20_000, make, (bytes) => {
      read += bytes
      unanswered.push(bytes)
      most = Math.max(most, read - answered)
    })
    const response = await served.fetch('/api/collections/many/documents/bulk', {
      method: 'POST',
      headers: NDJSON,
      body,
      duplex: 'half',
    })
    let text = ''
    let next = 1
    for await (const chunk of (response.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream())) {
      text += chunk
      const lines = text.split('\n')
      text = lines.pop() ?? ''
      for (const line of lines) {
        const answer = JSON.parse(line)
        if (answer.done !== undefined) expect(answer).toMatchObject({ done: true, lines: 20_000, added: 20_000 })
        else {
          expect(answer).toMatchObject({ line: next++, ok: true })
          answered += unanswered.shift() ?? 0
        }
      }
    }
    expect(next).toBe(20_001)
    expect(read).toBeGreaterThan(600_000)
    expect(most).toBeLessThan(40_000)
    const { body: collection } = await served.request('GET', '/api/collections/many')
    expect(collection).toMatchObject({ documents: 20_000 })
  }, 120_000)

  test('a line that is too long is passed over without being kept', async () => {
    let kept = 0
    const body = countedBody(
      400,
      (n) => (n < 399 ? 'x'.repeat(1_000) : '\n{"id":"a"}\n'),
      () => undefined,
    )
    const reader = new LineReader(body, 10_000)
    expect(await reader.next()).toEqual({ number: 1, tooLong: true })
    const line = await reader.next()
    if (line && 'bytes' in line) kept = line.bytes.length
    expect(kept).toBe(10)
    expect(await reader.next()).toBeNull()
  })
})

describe('batches', () => {
  const good = (documents: readonly unknown[]): AddAnswer => ({
    ...{ added: documents.length, failed: 0, embedded: documents.length, reused: 0, pending: 0, degraded: null },
    results: documents.map((document) => ({ ok: true as const, id: (document as { id: string }).id, chunks: 1 })),
  })

  async function run(body: ReadableStream<Uint8Array>, parts: Partial<BulkParts>) {
    const answers: { line?: number; ok?: boolean; done?: boolean; error?: { code: string } }[] = []
    const signal = new AbortController().signal
    const lines = addLines(new LineReader(body, 1_000), {
      check: () => undefined,
      add: async (d) => good(d),
      signal,
      patience: 60,
      ...parts,
    })
    for await (const text of lines)
      answers.push(
        ...text
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line)),
      )
    return answers
  }

  const many = (n: number) => `{"id":"${n}"}\n`

  test('a line is answered when no further one comes', async () => {
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
    const writer = writable.getWriter()
    const lines = addLines(new LineReader(readable, 1_000), {
      check: () => undefined,
      add: async (documents) => good(documents),
      signal: new AbortController().signal,
      patience: 60,
    })
    for (const id of ['a', 'b']) {
      void writer.write(new TextEncoder().encode(`{"id":"${id}"}\n{"id":`))
      const { value } = await lines.next()
      expect(JSON.parse(value as string)).toMatchObject({ ok: true, id })
      void writer.write(new TextEncoder().encode('"x"}\n'))
      expect(JSON.parse((await lines.next()).value as string)).toMatchObject({ ok: true, id: 'x' })
    }
    void writer.close()
    expect(JSON.parse((await lines.next()).value as string)).toMatchObject({ done: true, added: 4 })
  })

  test('a client that goes silent is not waited for', async () => {
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
    const writer = writable.getWriter()
    void writer.write(new TextEncoder().encode(`${many(1)}{"id":`)).catch(() => undefined)
    const answers = await run(readable, { patience: 0.2 })
    expect(answers).toMatchObject([
      { line: 1, ok: true },
      { done: false, added: 1, error: { code: 'TIMEOUT' } },
    ])
    await expect(writer.closed).rejects.toBeUndefined()
  })

  test('a busy moment is waited for', async () => {
    let calls = 0
    const answers = await run(
      countedBody(3, many, () => undefined),
      {
        async add(documents) {
          if (++calls < 3) throw new SemdexError('EMBEDDER_BUSY', { message: 'Busy.' })
          return good(documents)
        },
      },
    )
    expect(answers.at(-1)).toMatchObject({ done: true, added: 3 })
    expect(calls).toBe(3)
  })

  test('a failure of the whole ends it: what was stored is said, what was not as well', async () => {
    let calls = 0
    let read = 0
    const answers = await run(
      countedBody(2_000, many, () => read++),
      {
        async add(documents) {
          if (++calls === 2) throw new SemdexError('DISK_FULL', { message: 'Full.' })
          return good(documents)
        },
      },
    )
    expect(answers.filter(({ ok }) => ok)).toHaveLength(256)
    expect(answers.filter(({ ok }) => ok === false).every(({ error }) => error?.code === 'DISK_FULL')).toBe(true)
    expect(answers.at(-1)).toMatchObject({ done: false, lines: 512, added: 256, error: { code: 'DISK_FULL' } })
    expect(read).toBe(512)
  })

  test('who aborts stops the rest and keeps what was acknowledged', async () => {
    const controller = new AbortController()
    const reason = new SemdexError('SERVER_CLOSING', { message: 'Closing.' })
    const added: number[] = []
    const answers = await run(
      countedBody(2_000, many, () => undefined),
      {
        signal: controller.signal,
        async add(documents) {
          added.push(documents.length)
          if (added.length === 3) controller.abort(reason)
          return good(documents)
        },
      },
    )
    expect(added).toEqual([256, 256, 256])
    expect(answers.filter(({ ok }) => ok)).toHaveLength(768)
    expect(answers.at(-1)).toMatchObject({ done: false, added: 768, error: { code: 'SERVER_CLOSING' } })
  })
})
