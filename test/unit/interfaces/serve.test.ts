import { Agent, request } from 'node:http'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { invoke } from '../../../src/operations/operation.ts'
import { operations } from '../../../src/operations/table.ts'
import { connectTo, type Serving, startServing } from '../../support/serving.ts'

let serving: Serving
afterEach(() => serving?.close())

const json = { 'content-type': 'application/json' }
const LONG_WORK = {
  texts: Array.from({ length: 2_000 }, (_, i) => `${i} ${'a long passage about bread and ovens '.repeat(40)}`),
}

function post(path: string, body: unknown, init: RequestInit = {}) {
  return fetch(`${serving.url}${path}`, { method: 'POST', headers: json, body: JSON.stringify(body), ...init })
}

function head(path: string, more: string[]): string {
  return [
    `POST ${path} HTTP/1.1`,
    `host: 127.0.0.1:${serving.port}`,
    'content-type: application/json',
    ...more,
    '',
    '',
  ].join('\r\n')
}

describe('where it listens', () => {
  test.each(['127.0.0.1', 'localhost', '::1'])('%s needs no key', async (host) => {
    serving = await startServing({ host, embeddings: false })
    expect((await fetch(`${serving.url}/healthz`)).status).toBe(200)
  })

  test.each(['0.0.0.0', '::'])('%s is refused while there is no live key', async (host) => {
    const folder = await startServing({ embeddings: false })
    serving = folder
    const { database } = serving.parts.configuration
    const refusal = {
      code: 'CONFIGURATION_INVALID',
      details: { key: 'server.host' },
      fix: expect.stringContaining('semdex keys create'),
    }
    await expect(startServing({ host, database })).rejects.toMatchObject(refusal)
    const { id, key } = await invoke(await operations['keys.create'](), serving.parts, { name: 'a', scope: 'read' })
    const open = await startServing({ host, database })
    const ask = (headers: Record<string, string>) =>
      fetch(`http://127.0.0.1:${open.port}/api/operations/collections`, { method: 'POST', headers })
    expect((await ask({})).status).toBe(401)
    expect((await ask({ authorization: `Bearer ${key}` })).status).toBe(200)
    await open.close()
    await invoke(await operations['keys.revoke'](), serving.parts, { id })
    await expect(startServing({ host, database })).rejects.toMatchObject(refusal)
  })

  test('a port that is taken is said so', async () => {
    serving = await startServing({ embeddings: false })
    await expect(startServing({ port: serving.port })).rejects.toMatchObject({ code: 'SERVER_FAILED' })
  })
})

describe('connections', () => {
  test('what is not HTTP, and headers without end, are refused in the shape of all errors', async () => {
    serving = await startServing({ embeddings: false })
    const nonsense = connectTo(serving)
    nonsense.send('this is not HTTP\r\n\r\n')
    expect(await nonsense.ended).toMatch(
      /^HTTP\/1\.1 400 .*\r\n\r\n\{"error":\{"code":"INVALID_INPUT","message":".+","details":\{"field":"request"\}\}\}$/s,
    )
    const bomb = connectTo(serving)
    bomb.send(`GET /healthz HTTP/1.1\r\nx: ${'a'.repeat(20_000)}`)
    expect(await bomb.ended).toMatch(/^HTTP\/1\.1 431 .*"code":"INVALID_INPUT"/s)
    expect((await fetch(`${serving.url}/healthz`)).status).toBe(200)
  })

  test.each([
    'GET /healthz HTTP/1.1\r\nconnection: close\r\n\r\n',
    'GET /healthz HTTP/1.0\r\n\r\n',
    'GET /healthz HTTP/1.1\r\nhost: a b\r\nconnection: close\r\n\r\n',
  ])('%j, without a Host that is one, is refused in the same shape', async (request) => {
    serving = await startServing({ embeddings: false })
    const connection = connectTo(serving)
    connection.send(request)
    expect(await connection.ended).toMatch(
      /^HTTP\/1\.1 400 .*\{"error":\{"code":"INVALID_INPUT","message":".+","details":\{"field":"host"\}\}\}/s,
    )
  })

  test('headers that do not arrive are not waited for', async () => {
    serving = await startServing({ embeddings: false })
    const slow = connectTo(serving)
    slow.send('GET /healthz HTTP/1.1\r\nhost: 127')
    const silent = connectTo(serving)
    expect(await slow.ended).toMatch(/^HTTP\/1\.1 408 .*"code":"TIMEOUT"/s)
    await silent.ended
  }, 60_000)

  test('a body that does not arrive is not waited for either', async () => {
    serving = await startServing({ embeddings: false, timeoutSeconds: 1 })
    const slow = connectTo(serving)
    slow.send(`${head('/api/operations/search', ['content-length: 1000'])}{"query`)
    const answer = await slow.ended
    expect(answer).toMatch(/^HTTP\/1\.1 408 /)
    expect(answer).toMatch(/"code":"TIMEOUT".*"field":"body"/)
  }, 60_000)

  test('a body that is too large is refused before it is sent, and while it is sent', async () => {
    serving = await startServing({ embeddings: false, bodyBytes: 10_000 })
    const said = connectTo(serving)
    said.send(head('/api/operations/search', ['content-length: 100000000']))
    expect(await said.until('BODY_TOO_LARGE')).toMatch(/^HTTP\/1\.1 413 /)
    const chunked = connectTo(serving)
    chunked.send(head('/rpc', ['transfer-encoding: chunked']))
    const chunk = `1000\r\n${'a'.repeat(0x1000)}\r\n`
    for (let i = 0; i < 8; i++) chunked.send(chunk)
    expect(await chunked.until('BODY_TOO_LARGE')).toMatch(/^HTTP\/1\.1 413 /)
    await Promise.all([said.ended, chunked.ended])
    expect((await fetch(`${serving.url}/healthz`)).status).toBe(200)
  }, 60_000)

  test('work whose client left is dropped', async () => {
    const statuses: number[] = []
    serving = await startServing(
      { resultCache: 0, maxRequests: 2 },
      { onAnswer: ({ status }) => statuses.push(status) },
    )
    await post('/api/operations/embed', { texts: ['warm'] })
    const leaving = new AbortController()
    const left = post('/api/operations/embed', LONG_WORK, { signal: leaving.signal })
    await vi.waitFor(() => expect(serving.parts.models.metrics()[0]?.waiting).toBeGreaterThan(0), 30_000)
    leaving.abort()
    await expect(left).rejects.toThrow()
    await vi.waitFor(() => expect(serving.parts.models.metrics()[0]?.waiting).toBe(0), 30_000)
    expect(statuses).toContain(499)
    expect((await post('/api/operations/embed', { texts: ['next'] })).status).toBe(200)
  }, 90_000)
})

describe('shutting down', () => {
  test('finishes what is under way, takes nothing new, and closes connections that are kept alive', async () => {
    serving = await startServing({ embeddings: false })
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const { port } = serving
    const idle = await sendBy(agent, port, '/healthz')
    expect(idle.status).toBe(200)
    const slow = connectTo(serving)
    const body = JSON.stringify({ documents: [{ id: 'a', text: 'written while it closes' }] })
    slow.send(head('/api/operations/add', [`content-length: ${body.length}`]) + body.slice(0, 10))
    await vi.waitFor(async () => expect(await inWork()).toBe(1), 10_000)
    const closed = serving.stop()
    await expect(fetch(`${serving.url}/healthz`)).rejects.toThrow()
    slow.send(body.slice(10))
    const answer = await slow.ended
    expect(answer).toMatch(/^HTTP\/1\.1 200 /)
    expect(answer.toLowerCase()).toContain('connection: close')
    await closed
    const { records } = await serving.parts.storage()
    expect(await records.document('default', 'a')).toMatchObject({ text: 'written while it closes' })
    agent.destroy()
  }, 60_000)

  test('is told on connections that are open already, and by readyz', async () => {
    serving = await startServing({ embeddings: false })
    const held = connectTo(serving)
    held.send(head('/api/operations/search', ['content-length: 20']))
    await vi.waitFor(async () => expect(await inWork()).toBe(1), 10_000)
    const open = connectTo(serving)
    open.send(`GET /readyz HTTP/1.1\r\nhost: localhost\r\n\r\nGET /read`)
    expect(await open.until('"ready"')).toMatch(/^HTTP\/1\.1 200 /)
    const closed = serving.stop()
    open.send('yz HTTP/1.1\r\nhost: localhost\r\n\r\n')
    expect(await open.until('"closing"')).toContain('HTTP/1.1 503 ')
    held.send(`{"query": "abcdefg"}`)
    expect(await held.ended).toMatch(/^HTTP\/1\.1 200 /)
    await closed
  }, 60_000)

  test('stops what takes longer than it may', async () => {
    serving = await startServing({ resultCache: 0, shutdownSeconds: 1 })
    await post('/api/operations/embed', { texts: ['warm'] })
    const working = post('/api/operations/embed', LONG_WORK)
    await vi.waitFor(() => expect(serving.parts.models.metrics()[0]?.waiting).toBeGreaterThan(0), 30_000)
    await Promise.all([serving.stop(), expectClosing(working)])
  }, 60_000)

  async function expectClosing(working: Promise<Response>) {
    const answer = await working
    expect(answer.status).toBe(503)
    expect(answer.headers.get('retry-after')).toBe('5')
    expect(await answer.json()).toMatchObject({ error: { code: 'SERVER_CLOSING' } })
  }
})

/** Requests that are being answered, but for this one. */
async function inWork(): Promise<number> {
  const text = await (await fetch(`${serving.url}/metrics`)).text()
  return Number(/^semdex_http_requests_in_work (\d+)$/m.exec(text)?.[1]) - 1
}

function sendBy(agent: Agent, port: number, path: string): Promise<{ status: number }> {
  return new Promise((resolve, reject) => {
    const asked = request({ agent, port, path, host: '127.0.0.1' }, (answer) => {
      answer.resume()
      answer.on('end', () => resolve({ status: answer.statusCode as number }))
    })
    asked.on('error', reject)
    asked.end()
  })
}
