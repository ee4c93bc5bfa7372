import { afterEach, describe, expect, test } from 'vitest'
import { invoke } from '../../../src/operations/operation.ts'
import { operations } from '../../../src/operations/table.ts'
import { openServed, type Served } from '../../support/served.ts'

let served: Served
afterEach(() => served.close())

const ask = (operation: string, input: unknown = {}, headers: Record<string, string> = {}) =>
  served.request('POST', `/api/operations/${operation}`, input, headers)

/** A text that the model reads for a while. */
const LONG_WORK = {
  texts: Array.from({ length: 2_000 }, (_, i) => `${i} ${'a long passage about bread and ovens '.repeat(40)}`),
}

describe('rates', () => {
  test('more requests in a minute than are allowed are refused, with when to come back', async () => {
    served = openServed({ rateLimit: 3, embeddings: false })
    for (const remaining of ['2', '1', '0']) {
      const { status, headers } = await ask('collections')
      expect(status).toBe(200)
      expect(headers.get('ratelimit-limit')).toBe('3')
      expect(headers.get('ratelimit-remaining')).toBe(remaining)
      expect(Number(headers.get('ratelimit-reset'))).toBeGreaterThan(0)
    }
    const { status, headers, body } = await ask('collections')
    expect(status).toBe(429)
    expect(body.error).toMatchObject({ code: 'RATE_LIMITED', fix: expect.stringContaining('server.rateLimit') })
    const seconds = Number(headers.get('retry-after'))
    expect(seconds).toBeGreaterThan(0)
    expect(seconds).toBeLessThanOrEqual(60)
    expect(body.error.details.retryAfter).toBe(seconds)
    expect(await served.request('GET', '/healthz')).toMatchObject({ status: 200 })
  })

  test('calls that generate embeddings have a limit of their own, whatever the interface', async () => {
    served = openServed({ embeddingRateLimit: 3 })
    expect((await ask('embed', { texts: ['one'] })).status).toBe(200)
    const rpc = { jsonrpc: '2.0', id: 1, method: 'embed', params: { texts: ['two'] } }
    const batch = await served.request('POST', '/rpc', [rpc, rpc, rpc])
    const codes = batch.body.map(({ error }: { error?: { data: { code: string } } }) => error?.data.code ?? 'done')
    expect(codes.sort()).toEqual(['RATE_LIMITED', 'done', 'done'])
    const refused = await ask('embed', { texts: ['three'] })
    expect(refused).toMatchObject({ status: 429, body: { error: { code: 'RATE_LIMITED' } } })
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(refused.body.error.fix).toContain('server.embeddingRateLimit')
    expect((await ask('collections')).status).toBe(200)
  })

  test('0 is no limit', async () => {
    served = openServed({ rateLimit: 0, embeddings: false })
    const { status, headers } = await ask('collections')
    expect([status, headers.get('ratelimit-limit')]).toEqual([200, null])
  })

  test('each key has its own; who has none has that of the address, wrong keys included', async () => {
    served = openServed({ rateLimit: 2, embeddings: false })
    const make = async (name: string) =>
      (await invoke(await operations['keys.create'](), served.parts, { name, scope: 'read' })).key
    const keys = [await make('one'), await make('two')]
    for (const key of keys) {
      const headers = { authorization: `Bearer ${key}` }
      const statuses = [
        await ask('collections', {}, headers),
        await ask('collections', {}, headers),
        await ask('collections', {}, headers),
      ]
      expect(statuses.map(({ status }) => status)).toEqual([200, 200, 429])
    }
    const wrong = { authorization: 'Bearer wrong' }
    const statuses = [
      await ask('collections', {}, wrong),
      await ask('collections'),
      await ask('collections', {}, wrong),
    ]
    expect(statuses.map(({ status }) => status)).toEqual([401, 401, 429])
  })

  test('x-forwarded-for is believed only of a trusted proxy, and of it alone', async () => {
    const statuses = async (addresses: string[]) => {
      const all = []
      for (const address of addresses) all.push((await ask('collections', {}, { 'x-forwarded-for': address })).status)
      return all
    }
    served = openServed({ rateLimit: 1, embeddings: false })
    expect(await statuses(['1.1.1.1', '2.2.2.2'])).toEqual([200, 429])
    await served.close()
    served = openServed({ rateLimit: 1, embeddings: false, trustProxy: true })
    // What stands before the proxy's own entry was written by the client.
    expect(
      await statuses(['1.1.1.1', '2.2.2.2', '9.9.9.9, 1.1.1.1', '2001:db8::1', '2001:db8::2', '2001:db8:0:1::1']),
    ).toEqual([200, 200, 429, 200, 429, 200])
  })
})

describe('bodies', () => {
  test('one that says it is too large is refused before it is read', async () => {
    served = openServed({ bodyBytes: 1_000, embeddings: false })
    const answer = await ask('search', {}, { 'content-length': '1001' })
    expect(answer).toMatchObject({
      status: 413,
      body: { error: { code: 'BODY_TOO_LARGE', details: { field: 'body', limit: 1_000 } } },
    })
  })

  test.each(['/api/operations/search', '/rpc'])(
    'one that does not say so is refused while it is read: %s',
    async (path) => {
      served = openServed({ bodyBytes: 1_000, embeddings: false })
      const body = JSON.stringify({ query: 'a'.repeat(2_000) })
      const headers = { 'content-type': 'application/json' }
      expect(await served.request('POST', path, body, headers)).toMatchObject({ status: 413 })
      const lying = { ...headers, 'content-length': '10' }
      expect(await served.request('POST', path, body, lying)).toMatchObject({ status: 413 })
    },
  )

  test('one that is just small enough is taken', async () => {
    served = openServed({ bodyBytes: 1_000, embeddings: false })
    const empty = JSON.stringify({ query: '' }).length
    expect((await ask('search', { query: 'a'.repeat(1_000 - empty) })).status).toBe(200)
    expect((await ask('search', { query: 'a'.repeat(1_001 - empty) })).status).toBe(413)
  })

  test('deep JSON is refused with its field, and the server goes on', async () => {
    served = openServed({ embeddings: false })
    const headers = { 'content-type': 'application/json' }
    for (const deep of [
      '['.repeat(500_000),
      `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`,
      `{"filter":${'[{"$not":'.repeat(5_000)}1${'}]'.repeat(5_000)}}`,
    ]) {
      for (const path of ['/api/operations/search', '/rpc']) {
        const { status, body } = await served.request('POST', path, deep, headers)
        expect([200, 400]).toContain(status)
        expect(JSON.stringify(body)).toContain('INVALID_INPUT')
      }
    }
    const metadata = `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`
    const add = `{"name":"add","arguments":{"documents":[{"id":"a","text":"b","metadata":${metadata}}]}}`
    const accept = 'application/json, text/event-stream'
    const message = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${add}}`
    const { body } = await served.request('POST', '/mcp', message, { ...headers, accept })
    expect(JSON.stringify(body)).toMatch(/documents\.0\.metadata/)
    expect((await ask('status')).body.documents).toBe(0)
  })
})

describe('work', () => {
  test('what takes too long is stopped', async () => {
    served = openServed({ timeoutSeconds: 1, resultCache: 0 })
    await ask('embed', { texts: ['warm'] })
    const { status, body } = await ask('embed', LONG_WORK)
    expect(status).toBe(503)
    expect(body.error).toMatchObject({ code: 'TIMEOUT', details: { seconds: 1 }, fix: expect.stringContaining('jobs') })
    // The model is free again: what waited was dropped with the request.
    const { status: after } = await ask('embed', { texts: ['another'] })
    expect(after).toBe(200)
  }, 60_000)

  test('more than may be in work at a time is refused at once', async () => {
    served = openServed({ maxRequests: 1, timeoutSeconds: 5, resultCache: 0 })
    await ask('embed', { texts: ['warm'] })
    const busy = ask('embed', LONG_WORK)
    const refused = await ask('collections')
    expect(refused).toMatchObject({ status: 503, body: { error: { code: 'SERVER_BUSY' } } })
    expect(refused.headers.get('retry-after')).toBe('1')
    expect(await served.request('GET', '/healthz')).toMatchObject({ status: 200 })
    expect((await busy).status).toBe(503)
    expect((await ask('collections')).status).toBe(200)
  }, 60_000)

  test('a model that has too much to do says when to come back', async () => {
    served = openServed({ queueBytes: 1, resultCache: 0 })
    const answers = await Promise.all([
      ask('embed', { texts: LONG_WORK.texts.slice(0, 40) }),
      ask('embed', { texts: ['b'] }),
      ask('embed', { texts: ['c'] }),
    ])
    const refused = answers.find(({ status }) => status === 503)
    expect(refused?.body.error.code).toBe('EMBEDDER_BUSY')
    expect(refused?.headers.get('retry-after')).toBe('1')
  }, 60_000)
})

describe('request ids', () => {
  test('every answer has one, and every error names it', async () => {
    served = openServed({ embeddings: false })
    for (const [method, path, body] of [
      ['POST', '/api/operations/collections', {}],
      ['POST', '/api/operations/search', {}],
      ['GET', '/nowhere', undefined],
      ['GET', '/healthz', undefined],
      ['POST', '/rpc', { jsonrpc: '2.0', id: 1, method: 'collections' }],
    ] as const) {
      const answer = await served.request(method, path, body)
      const id = answer.headers.get('x-request-id')
      expect(id).toMatch(/^[\da-f-]{36}$/)
      if (answer.status >= 400) expect(answer.body.error.requestId).toBe(id)
    }
  })

  test('the caller may choose it, within reason', async () => {
    served = openServed({ embeddings: false })
    const idOf = async (given: string) =>
      (await ask('collections', {}, { 'x-request-id': given })).headers.get('x-request-id')
    expect(await idOf('trace-1:a/b')).toBe('trace-1:a/b')
    for (const given of ['a b', 'a\tb', 'x'.repeat(129), '<script>', '"']) expect(await idOf(given)).not.toBe(given)
  })
})
