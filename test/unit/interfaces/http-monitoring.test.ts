import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { openMonitor } from '../../../src/interfaces/http/monitoring/monitor.ts'
import { openRequestLog } from '../../../src/interfaces/server/request-log.ts'
import { openServed, type Served } from '../../support/served.ts'
import { type Serving, startServing } from '../../support/serving.ts'

let opened: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const each of opened) await each.close()
  opened = []
})

function keep<T extends { close(): Promise<void> }>(it: T): T {
  opened.push(it)
  return it
}

const SECRET_TEXT = 'the quick brown aardvark of the archive'

/** Lines of the text format that begin so, as numbers by their labels. */
async function figures(served: Served, name: string): Promise<Record<string, number>> {
  const { status, body } = await served.request('GET', '/metrics')
  expect(status).toBe(200)
  const lines = (body as string)
    .split('\n')
    .filter((line) => line.startsWith(name) && /[{ ]/.test(line[name.length] ?? ''))
  return Object.fromEntries(
    lines.map((line) => [line.slice(name.length, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  )
}

describe('GET /metrics', () => {
  test('counts requests by method, route and status, and knows no path', async () => {
    const served = keep(openServed({ embeddings: false }))
    await served.request('POST', '/api/operations/collections', {})
    await served.request('POST', '/api/operations/collections', {})
    await served.request('POST', '/api/operations/search', { query: 5 })
    await served.request('GET', '/secret-path-1')
    await served.request('GET', '/secret-path-2')
    await served.request('BREW', '/secret-path-2')
    const counts = await vi.waitFor(async () => {
      const found = await figures(served, 'semdex_http_request_seconds_count')
      expect(found['{method="OTHER",route="none",status="404"}']).toBe(1)
      return found
    })
    expect(counts).toMatchObject({
      '{method="POST",route="/api/operations/:name",status="200"}': 2,
      '{method="POST",route="/api/operations/:name",status="400"}': 1,
      '{method="GET",route="none",status="404"}': 2,
    })
    expect(JSON.stringify((await served.request('GET', '/metrics')).body)).not.toContain('secret-path')
    expect((await served.request('GET', '/metrics')).headers.get('content-type')).toMatch(
      /^text\/plain; version=0\.0\.4/,
    )
  })

  test('says what models did, what the index holds and how the process is', async () => {
    const served = keep(openServed({ warmUp: false }))
    expect(await figures(served, 'semdex_embeddings_state')).toEqual({
      '{state="ready"}': 0,
      '{state="loading"}': 1,
      '{state="off"}': 0,
      '{state="unavailable"}': 0,
    })
    await served.request('POST', '/api/operations/add', { documents: [{ id: 'secret-id', text: SECRET_TEXT }] })
    await served.request('POST', '/api/operations/embed', { texts: [SECRET_TEXT, SECRET_TEXT] })
    await served.request('POST', '/api/operations/embed', { texts: [SECRET_TEXT] })
    const label = '{model="all-MiniLM-L6-v2"}'
    const [embedded] = served.parts.models.metrics()
    for (const [name, value] of [
      ['embedding_texts_total', embedded?.texts],
      ['embedding_tokens_total', embedded?.tokens],
      ['embedding_cache_hits_total', embedded?.cacheHits],
      ['embedding_cache_misses_total', embedded?.cacheMisses],
      ['embedding_queue', 0],
      ['embedding_workers', 1],
    ] as const) {
      expect([name, (await figures(served, `semdex_${name}`))[label]]).toEqual([name, value])
    }
    expect(embedded?.cacheHits).toBeGreaterThan(0)
    const ratio = (embedded?.cacheHits ?? 0) / ((embedded?.cacheHits ?? 0) + (embedded?.cacheMisses ?? 0))
    expect((await figures(served, 'semdex_embedding_cache_hit_ratio'))[label]).toBeCloseTo(ratio, 9)
    const stages = await figures(served, 'semdex_embedding_stage_seconds_total')
    expect(stages['{model="all-MiniLM-L6-v2",stage="infer"}']).toBeGreaterThan(0)
    expect(await figures(served, 'semdex_embeddings_state')).toMatchObject({
      '{state="ready"}': 1,
      '{state="loading"}': 0,
    })
    expect(await figures(served, 'semdex_database_up')).toEqual({ '': 1 })
    const { body } = await served.request('GET', '/metrics')
    for (const name of [
      'nodejs_eventloop_lag_p99_seconds',
      'process_resident_memory_bytes',
      'process_cpu_seconds_total',
    ]) {
      expect(body).toContain(`\n${name} `)
    }
    expect(body).not.toContain('aardvark')
    expect(body).not.toContain('secret-id')
  }, 60_000)

  test('says what the stages of searches and embeddings took', async () => {
    const served = keep(openServed())
    await served.request('POST', '/api/operations/add', { documents: [{ id: 'a', text: SECRET_TEXT }] })
    await served.request('GET', '/api/search?query=aardvark')
    await served.request('POST', '/rpc', { jsonrpc: '2.0', id: 1, method: 'search', params: { query: 'archive' } })
    await served.request('POST', '/api/embed', { texts: [SECRET_TEXT] })
    const counts = await figures(served, 'semdex_stage_seconds_count')
    expect(counts).toEqual({
      '{stage="load"}': 3,
      '{stage="embed"}': 3,
      '{stage="vector"}': 2,
      '{stage="lexical"}': 2,
    })
    const sums = await figures(served, 'semdex_stage_seconds_sum')
    expect(sums['{stage="vector"}']).toBeGreaterThan(0)
    expect(sums['{stage="vector"}']).toBeLessThan(60)
  }, 60_000)

  test('the index is counted by collection, a few seconds old at most', async () => {
    const served = keep(openServed({ embeddings: false }))
    await served.request('POST', '/api/operations/add', {
      documents: [
        { id: 'a', text: 'one' },
        { id: 'b', text: 'two' },
      ],
    })
    expect(await figures(served, 'semdex_index_documents')).toEqual({ '{collection="default"}': 2 })
    expect(await figures(served, 'semdex_index_pending')).toEqual({ '{collection="default"}': 2 })
    expect((await figures(served, 'semdex_database_bytes'))['']).toBeGreaterThan(4_096)
    await served.request('POST', '/api/operations/add', { documents: [{ id: 'c', text: 'three' }] })
    await vi.waitFor(
      async () => expect(await figures(served, 'semdex_index_documents')).toEqual({ '{collection="default"}': 3 }),
      {
        timeout: 20_000,
        interval: 500,
      },
    )
  }, 30_000)

  test('figures do not need a database that can be read', async () => {
    const { parts } = keep(openServed({ database: import.meta.filename, embeddings: false }))
    const { text } = await openMonitor(parts, async () => 'off').read()
    expect(text).toContain('\nsemdex_database_up 0\n')
    expect(text).toContain('\nsemdex_embeddings_state{state="off"} 1\n')
  })
})

describe('the log', () => {
  test('has a line for each request, without what anybody wrote', async () => {
    const lines: string[] = []
    const log = openRequestLog('info', { write: (line) => lines.push(line) })
    const serving = keep(await startServing({ embeddings: false }, { onAnswer: log }))
    const made = await post(serving, '/api/operations/keys.create', { name: 'tester', scope: 'admin' })
    const { key, id } = (await made.json()) as { key: string; id: string }
    await vi.waitFor(async () => expect((await post(serving, '/rpc', {})).status).toBe(401), 5_000)
    lines.length = 0
    const headers = { authorization: `Bearer ${key}`, 'x-request-id': 'my-request' }
    const answer = await post(
      serving,
      `/api/operations/search?secret-query=${encodeURIComponent(SECRET_TEXT)}`,
      { query: SECRET_TEXT },
      headers,
    )
    await answer.text()
    await post(serving, `/nowhere/${encodeURIComponent(SECRET_TEXT)}`, { query: SECRET_TEXT })
    await vi.waitFor(() => expect(lines).toHaveLength(2))
    const [found, refused] = lines.map((line) => JSON.parse(line))
    expect(found).toEqual({
      level: answer.status === 200 ? 'info' : 'warn',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      request: 'my-request',
      method: 'POST',
      route: '/api/operations/:name',
      status: answer.status,
      ms: expect.any(Number),
      bytes: expect.any(Number),
      key: id,
    })
    expect(found.bytes).toBeGreaterThan(200)
    expect(refused).toMatchObject({ level: 'warn', route: null, status: 401, error: 'KEY_INVALID' })
    expect(lines.join('')).not.toMatch(/aardvark|secret-query|nowhere/)
    expect(lines.join('')).not.toContain(key.slice(-43))
  })

  test('has only what the level asks for, and the place of a defect without its message', () => {
    const request = {
      id: 'r',
      method: 'GET',
      route: '/',
      milliseconds: 1,
      stages: new Map(),
      bytes: 1,
      key: null,
      error: null,
    }
    const written = (level: 'error' | 'warn' | 'info') => {
      const lines: { status: number; stack?: string[] }[] = []
      const log = openRequestLog(level, { write: (line) => lines.push(JSON.parse(line)) })
      for (const status of [200, 404]) log({ ...request, status })
      log({ ...request, status: 500, error: new Error(SECRET_TEXT) })
      return lines
    }
    expect(written('info').map(({ status }) => status)).toEqual([200, 404, 500])
    expect(written('warn').map(({ status }) => status)).toEqual([404, 500])
    const [defect, ...others] = written('error')
    expect(others).toEqual([])
    expect(defect).toMatchObject({ status: 500, error: 'INTERNAL' })
    expect(defect?.stack?.[0]).toMatch(/^at .*http-monitoring\.test\.ts/)
    expect(JSON.stringify(defect)).not.toContain('aardvark')
  })
})

describe('traces', () => {
  test('one span for each request with its stages below, in the trace of the caller', async () => {
    const collector = keep(await startCollector())
    const serving = keep(await startServing({ telemetryEndpoint: `${collector.url}/` }))
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
    const headers = { traceparent: `00-${traceId}-00f067aa0ba902b7-01` }
    await post(serving, '/api/operations/add', { documents: [{ id: 'a', text: SECRET_TEXT }] })
    await post(serving, '/api/operations/search?q=aardvark', { query: SECRET_TEXT }, headers)
    await post(serving, '/rpc', { jsonrpc: '2.0', id: 1, method: 'embed', params: { texts: [SECRET_TEXT] } })
    await post(serving, '/nowhere', {})
    await post(serving, '/healthz', {}, { traceparent: `00-${'5'.repeat(32)}-00f067aa0ba902b7-00` })
    await serving.close()
    const spans = collector.spans()
    const searched = spans.filter((span) => span.traceId === traceId)
    const root = searched.find(({ name }) => name === 'POST /api/operations/:name')
    expect(root).toMatchObject({ parentSpanId: '00f067aa0ba902b7', kind: 2 })
    expect(root?.attributes).toEqual({
      'http.request.method': 'POST',
      'http.route': '/api/operations/:name',
      'http.response.status_code': 200,
    })
    const stages = searched.filter(({ parentSpanId }) => parentSpanId === root?.spanId)
    expect(new Set(stages.map(({ name }) => name))).toEqual(new Set(['load', 'embed', 'vector', 'lexical']))
    for (const { start, end } of stages) {
      expect(start).toBeLessThanOrEqual(end)
      expect(start).toBeGreaterThanOrEqual((root?.start ?? 0) - 2)
      expect(end).toBeLessThanOrEqual((root?.end ?? 0) + 2)
    }
    const rpc = spans.find(({ name }) => name === 'POST /rpc')
    expect(spans.filter(({ parentSpanId }) => parentSpanId === rpc?.spanId).map(({ name }) => name)).toEqual([
      'load',
      'embed',
    ])
    expect(spans.find(({ attributes }) => attributes['http.response.status_code'] === 404)?.name).toBe('POST')
    // Whoever began that trace does not record it.
    expect(spans.filter((span) => span.traceId.startsWith('555'))).toEqual([])
    expect(collector.bodies.join('')).not.toContain('aardvark')
    expect(collector.bodies.join('')).toContain('"service.name"')
  }, 60_000)

  test('a collector that is gone stops nothing', async () => {
    const serving = keep(await startServing({ telemetryEndpoint: 'http://127.0.0.1:9', embeddings: false }))
    expect((await post(serving, '/api/operations/collections', {})).status).toBe(200)
  }, 60_000)
})

describe('GET /readyz', () => {
  test('says how it is with embeddings', async () => {
    const off = keep(openServed({ embeddings: false }))
    expect((await off.request('GET', '/readyz')).body).toEqual({ status: 'ready', embeddings: 'off' })
    const missing = keep(openServed({ model: 'bge-base-en-v1.5' }))
    expect((await missing.request('GET', '/readyz')).body).toEqual({ status: 'ready', embeddings: 'unavailable' })
    const cold = keep(openServed({ warmUp: false }))
    for (let i = 0; i < 2; i++) {
      expect((await cold.request('GET', '/readyz')).body).toEqual({ status: 'ready', embeddings: 'loading' })
    }
    expect(cold.parts.models.metrics()).toEqual([])
    const warm = keep(openServed())
    await vi.waitFor(
      async () => expect((await warm.request('GET', '/readyz')).body).toEqual({ status: 'ready', embeddings: 'ready' }),
      30_000,
    )
  }, 60_000)

  test('a database that cannot be used makes it not ready, and is not named', async () => {
    const served = keep(openServed({ database: import.meta.filename, embeddings: false }))
    const { status, body } = await served.request('GET', '/readyz')
    expect(status).toBe(503)
    expect(body).toEqual({
      status: 'unavailable',
      error: { code: 'DATABASE_CORRUPT', fix: expect.stringContaining('semdex backup restore') },
      embeddings: 'off',
    })
    expect(JSON.stringify(body)).not.toContain(import.meta.filename)
    expect((await served.request('GET', '/healthz')).body).toEqual({ status: 'ok' })
  })

  test('a database that does not answer is not waited for', async () => {
    const served = keep(openServed({ embeddings: false }))
    vi.spyOn(served.parts, 'storage').mockReturnValue(new Promise(() => undefined))
    const { status, body } = await served.request('GET', '/readyz')
    expect(status).toBe(503)
    expect(body).toEqual({ status: 'unavailable', error: { code: 'DATABASE_BUSY' }, embeddings: 'off' })
  })
})

function post({ url }: Serving, path: string, body: unknown, headers: Record<string, string> = {}) {
  const json = { 'content-type': 'application/json', ...headers }
  return fetch(`${url}${path}`, { method: 'POST', headers: json, body: JSON.stringify(body) })
}

interface CollectedSpan {
  name: string
  kind: number
  traceId: string
  spanId: string
  parentSpanId?: string
  /** Milliseconds. */
  start: number
  end: number
  attributes: Record<string, string | number>
}

/** Takes what an OpenTelemetry collector takes at /v1/traces, in JSON. */
async function startCollector() {
  const bodies: string[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    if (request.url === '/v1/traces' && request.headers['content-type'] === 'application/json') {
      bodies.push(Buffer.concat(chunks).toString())
    }
    response.setHeader('content-type', 'application/json')
    response.end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bodies,
    spans: () =>
      bodies
        .flatMap((body) => JSON.parse(body).resourceSpans)
        .flatMap(({ scopeSpans }) => scopeSpans)
        .flatMap(({ spans }) => spans)
        .map(decode),
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}

// biome-ignore lint/suspicious/noExplicitAny: what the protocol's JSON holds.
function decode({ startTimeUnixNano, endTimeUnixNano, attributes, ...span }: any): CollectedSpan {
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  const values = attributes.map(({ key, value }: any) => [key, value.stringValue ?? Number(value.intValue)])
  return {
    ...span,
    start: Number(startTimeUnixNano) / 1e6,
    end: Number(endTimeUnixNano) / 1e6,
    attributes: Object.fromEntries(values),
  }
}
