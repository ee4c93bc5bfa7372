import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { TransferStore } from '../../../src/core/ports/transfer-store.ts'
import { invoke } from '../../../src/operations/operation.ts'
import { operations } from '../../../src/operations/table.ts'
import { openServed, type Served } from '../../support/served.ts'
import { documentsFrom, fill } from '../../support/upkeep-parts.ts'

const NDJSON = { 'content-type': 'application/x-ndjson' }
const HEADER = '{"type":"header","format":"semdex-export","version":1,"exportedAt":1}'

let from: Served
let to: Served
beforeAll(async () => {
  from = openServed({ embeddings: false })
  await fill(from.parts, 50)
  await from.request('POST', '/api/collections/other/documents', { documents: [{ id: 'x', text: 'another' }] })
})
afterAll(() => Promise.all([from.close(), to?.close()]))

async function freshTarget(settings: Parameters<typeof openServed>[0] = {}): Promise<Served> {
  await to?.close()
  to = openServed({ embeddings: false, ...settings })
  return to
}

// biome-ignore lint/suspicious/noExplicitAny: what it answers is what the tests look at.
function toLines(text: string): any[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
}

async function send(served: Served, body: string | Uint8Array, path = '/api/import/lines', headers = NDJSON) {
  const answer = await served.request('POST', path, body, headers)
  if (answer.status !== 200) return { ...answer, errors: [], last: answer.body }
  const lines = toLines(answer.body)
  return { ...answer, errors: lines.slice(0, -1), last: lines.at(-1) }
}

const exported = async (served: Served, path = '/api/export') => (await served.request('GET', path)).body as string
const withoutTime = (lines: string) => lines.replace(/"exportedAt":\d+/, '')

describe('an export', () => {
  test('is lines of JSON, of all collections or of one', async () => {
    const { headers, body } = await from.request('GET', '/api/export')
    expect(headers.get('content-type')).toBe('application/x-ndjson')
    const lines = toLines(body)
    expect(lines.at(0)).toMatchObject({ type: 'header', format: 'semdex-export' })
    expect(lines.at(-1)).toEqual({ type: 'end', documents: 51, histories: 0 })
    for (const path of ['/api/collections/own/export', '/api/export?collection=own']) {
      const own = toLines(await exported(from, path))
      expect(own.at(-1)).toEqual({ type: 'end', documents: 50, histories: 0 })
      expect(own.filter(({ type }) => type === 'collection').map(({ collection }) => collection.name)).toEqual(['own'])
    }
  })

  test('is made as it is read, and no more of it once its reader has left', async () => {
    const large = openServed({ embeddings: false })
    await fill(large.parts, 1)
    const { records, transfer } = await large.parts.storage()
    const documents = documentsFrom(1, 40).map((each) => ({ ...each, metadata: { filler: 'x'.repeat(200) } }))
    const text = 'y'.repeat(1_000_000)
    await records.putDocuments(
      'own',
      documents.map((each) => ({ ...each, text, chunks: [] })),
    )
    const read = vi.spyOn(transfer as TransferStore, 'readDocuments')
    const response = await large.fetch('/api/export', { method: 'GET' })
    const reader = (response.body as ReadableStream<Uint8Array>).getReader()
    for (let n = 0; n < 3; n++) await reader.read()
    await new Promise((resolve) => setTimeout(resolve, 200))
    const calls = read.mock.calls.length
    expect(calls).toBeLessThanOrEqual(2)
    await reader.cancel()
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(read.mock.calls.length).toBe(calls)
    await large.close()
  })

  test('that is refused is answered as any request', async () => {
    for (const [path, status, code] of [
      ['/api/collections/none/export', 404, 'COLLECTION_NOT_FOUND'],
      ['/api/export?path=/tmp/x', 400, 'INVALID_INPUT'],
      ['/api/collections/own/export?collection=other', 400, 'INVALID_INPUT'],
    ] as const) {
      expect(await from.request('GET', path)).toMatchObject({ status, body: { error: { code } } })
    }
    expect(await from.request('HEAD', '/api/export')).toMatchObject({ status: 200, body: '' })
  })
})

describe('an import', () => {
  test('of what was exported gives the same again, and says the totals', async () => {
    const lines = await exported(from)
    const served = await freshTarget()
    const { headers, errors, last } = await send(served, lines)
    expect(headers.get('content-type')).toBe('application/x-ndjson')
    expect(errors).toEqual([])
    expect(last).toEqual({
      ...{ done: true, collections: 2, documents: 51, histories: 0, failed: 0 },
      ...{ vectorsLeftOut: 0, complete: true },
    })
    expect(withoutTime(await exported(served))).toBe(withoutTime(lines))
  })

  test('answers each line that is bad, in order, and takes the others', async () => {
    const lines = (await exported(from, '/api/collections/own/export')).split('\n')
    lines[3] = '{"type":'
    lines[5] = lines[5]?.replace('"collection":"own"', '"collection":"none"') ?? ''
    lines[7] = lines[7]?.replace(/"vector":"[^"]*"/, '"vector":"AAAAAA=="') ?? ''
    const { errors, last } = await send(await freshTarget(), lines.join('\n'))
    expect(errors.map(({ line, ok, error }) => [line, ok, error.code])).toEqual([
      [4, false, 'IMPORT_INVALID'],
      [6, false, 'IMPORT_INVALID'],
      [8, false, 'DIMENSION_MISMATCH'],
    ])
    expect(last).toMatchObject({ done: true, documents: 47, failed: 3, complete: true })
    expect((await to.request('GET', '/api/collections/own')).body).toMatchObject({ documents: 47 })
  })

  test('refuses ids that are taken where it is asked to', async () => {
    const lines = await exported(from, '/api/collections/other/export')
    const served = await freshTarget()
    await send(served, lines)
    const { errors, last } = await send(served, lines, '/api/import/lines?ifExists=fail')
    expect(errors).toMatchObject([{ line: 3, error: { code: 'DOCUMENT_EXISTS' } }])
    expect(last).toMatchObject({ done: true, documents: 0, failed: 1 })
  })

  test('of what is no export, of another type or with another option is answered as any request', async () => {
    const served = await freshTarget()
    for (const [body, path, headers, status, code] of [
      ['', '/api/import/lines', NDJSON, 422, 'IMPORT_INVALID'],
      ['{"id":"a","text":"one"}\n', '/api/import/lines', NDJSON, 422, 'IMPORT_INVALID'],
      [HEADER, '/api/import/lines', { 'content-type': 'application/json' }, 415, 'MEDIA_TYPE_UNSUPPORTED'],
      [HEADER, '/api/import/lines?path=/x', NDJSON, 400, 'INVALID_INPUT'],
      [HEADER, '/api/import/lines?ifExists=merge', NDJSON, 400, 'INVALID_INPUT'],
    ] as const) {
      expect(await send(served, body, path, headers)).toMatchObject({ status, last: { error: { code } } })
    }
    expect((await served.request('GET', '/api/collections')).body).toEqual({ collections: [] })
  })

  test('passes over a line that is longer than a body may be, and takes a body that is', async () => {
    const lines = (await exported(from, '/api/collections/own/export')).split('\n')
    const long = (lines[4] ?? '').replace('"text":"', `"text":"${'z'.repeat(9_000)}`)
    const body = [...lines.slice(0, 4), long, ...lines.slice(5)].join('\n')
    expect(body.length).toBeGreaterThan(20_000)
    const { errors, last } = await send(await freshTarget({ bodyBytes: 5_000 }), body)
    expect(errors).toMatchObject([{ line: 5, error: { code: 'IMPORT_INVALID' } }])
    expect(last).toMatchObject({ done: true, documents: 49, complete: true })
  })

  test('that is cut off keeps what came, and says that it is not whole', async () => {
    const lines = (await exported(from, '/api/collections/own/export')).split('\n')
    const { errors, last } = await send(await freshTarget(), lines.slice(0, 12).join('\n'))
    expect(errors).toEqual([])
    expect(last).toMatchObject({ done: true, documents: 10, complete: false })
  })

  test('reads no more than it can take, and is not read on once its sender is not listened to', async () => {
    let sent = 0
    const bad = new TextEncoder().encode(`${'{"type":"no"}\n'.repeat(100)}`)
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          controller.enqueue(sent++ === 0 ? new TextEncoder().encode(`${HEADER}\n`) : bad)
        },
      },
      { highWaterMark: 0 },
    )
    const served = await freshTarget()
    const response = await served.fetch('/api/import/lines', { method: 'POST', headers: NDJSON, body, duplex: 'half' })
    const reader = (response.body as ReadableStream<Uint8Array>).getReader()
    for (let n = 0; n < 250; n++) await reader.read()
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(sent).toBeLessThan(10)
    await reader.cancel()
  })

  test('from a sender that goes silent is ended, and each line that came whole is kept', async () => {
    const lines = (await exported(from, '/api/collections/own/export')).split('\n')
    const served = await freshTarget({ timeoutSeconds: 1 })
    const start = lines.slice(0, 40).join('\n')
    const silent = (text: string) =>
      new ReadableStream<Uint8Array>({ start: (controller) => controller.enqueue(new TextEncoder().encode(text)) })
    const response = await served.fetch('/api/import/lines', {
      ...{ method: 'POST', headers: NDJSON, duplex: 'half', body: silent(`${start}\n`) },
    })
    expect(toLines(await response.text())).toMatchObject([
      { done: false, error: { code: 'TIMEOUT', details: { line: 40, documents: 38, failed: 0 } } },
    ])
    expect((await served.request('GET', '/api/collections/own')).body.documents).toBe(38)
  })

  test('is ended by a server that shuts down', async () => {
    const lines = await exported(from, '/api/collections/own/export')
    const served = await freshTarget()
    let controller: ReadableStreamDefaultController<Uint8Array> | undefined
    const body = new ReadableStream<Uint8Array>({
      start(given) {
        controller = given
        given.enqueue(new TextEncoder().encode(lines.slice(0, lines.length / 2)))
      },
    })
    const response = await served.fetch('/api/import/lines', { method: 'POST', headers: NDJSON, body, duplex: 'half' })
    served.shutDown()
    expect(toLines(await response.text())).toMatchObject([{ done: false, error: { code: 'SERVER_CLOSING' } }])
    expect(() => controller?.enqueue(new Uint8Array(1))).toThrow()
  })
})

test('both are for keys of the scope admin alone, as the operations are', async () => {
  const served = openServed({ embeddings: false })
  const keyOf = async (scope: 'write' | 'admin') => {
    const { key } = await invoke(await operations['keys.create'](), served.parts, { name: scope, scope })
    return { authorization: `Bearer ${key}` }
  }
  const [write, admin] = [await keyOf('write'), await keyOf('admin')]
  for (const [method, path, body, headers] of [
    ['GET', '/api/export', undefined, {}],
    ['POST', '/api/import/lines', HEADER, NDJSON],
  ] as const) {
    const refused = await served.request(method, path, body, { ...headers, ...write })
    expect(refused).toMatchObject({ status: 403, body: { error: { code: 'ACCESS_DENIED' } } })
    const allowed = await served.request(method, path, body, { ...headers, ...admin })
    expect(allowed.status).toBe(200)
  }
  await served.close()
})
