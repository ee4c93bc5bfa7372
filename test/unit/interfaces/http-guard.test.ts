import { afterAll, describe, expect, test } from 'vitest'
import { openServed } from '../../support/served.ts'

const served = openServed({ hosts: ['search.example'], origins: ['https://app.example'] })
const everywhere = openServed({ host: '0.0.0.0' })
afterAll(async () => {
  await served.close()
  await everywhere.close()
})

/** A request that reads and one of each other interface. */
const PATHS = [
  ['POST', '/api/operations/collections', {}],
  ['POST', '/rpc', { jsonrpc: '2.0', id: 1, method: 'collections' }],
  ['POST', '/mcp', { jsonrpc: '2.0', id: 1, method: 'ping' }],
  ['GET', '/metrics', undefined],
] as const

describe('Host', () => {
  test.each([
    'localhost:7333',
    'localhost',
    '127.0.0.1:1',
    '127.8.9.10',
    '[::1]:7333',
    'LOCALHOST:7333',
    'search.example',
    'Search.Example.:443',
  ])('%s is known', async (host) => {
    expect(await served.request('POST', '/api/operations/collections', {}, { host })).toMatchObject({ status: 200 })
  })

  test.each([
    'evil.example:7333',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '10.0.0.5',
    '[::2]:7333',
    'localhost:7333, evil.example',
    'localhost@evil.example',
    '',
  ])('%j is refused', async (host) => {
    for (const [method, path, body] of PATHS) {
      const answer = await served.request(method, path, body, { host })
      expect(answer).toMatchObject({
        status: 403,
        body: { error: { code: 'ORIGIN_REFUSED', details: { field: 'host' } } },
      })
    }
  })

  test('of an address is taken where the server listens on all of them; names are not', async () => {
    const ask = async (host: string) =>
      (await everywhere.request('POST', '/api/operations/collections', {}, { host })).status
    // Without a key it gets no further than that.
    expect(await ask('192.168.1.5:7333')).toBe(401)
    expect(await ask('[fe80::1]:7333')).toBe(401)
    expect(await ask('evil.example')).toBe(403)
  })

  test('is not asked of who watches the health', async () => {
    expect(await served.request('GET', '/healthz', undefined, { host: '10.0.0.5' })).toMatchObject({ status: 200 })
  })
})

describe('Origin', () => {
  test.each([
    ['http://127.0.0.1:7333', '127.0.0.1:7333'],
    ['http://localhost:7333', 'localhost:7333'],
    ['https://search.example', 'search.example'],
  ])('%s is that of its own page', async (origin, host) => {
    const answer = await served.request('POST', '/api/operations/collections', {}, { origin, host })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('access-control-allow-origin')).toBeNull()
  })

  test.each([
    'http://evil.example',
    'http://127.0.0.1:8080',
    'https://app.example.evil.example',
    'null',
    'http://app.example',
    '',
  ])('%j is refused', async (origin) => {
    for (const [method, path, body] of PATHS) {
      const answer = await served.request(method, path, body, { origin })
      expect(answer).toMatchObject({
        status: 403,
        body: { error: { code: 'ORIGIN_REFUSED', details: { field: 'origin' } } },
      })
      expect(answer.headers.get('access-control-allow-origin')).toBeNull()
    }
  })

  test('that is configured may read the answers, errors included', async () => {
    const headers = { origin: 'https://app.example' }
    for (const [path, status] of [
      ['/api/operations/collections', 200],
      ['/api/operations/nothing', 404],
    ] as const) {
      const answer = await served.request('POST', path, {}, headers)
      expect(answer.status).toBe(status)
      expect(answer.headers.get('access-control-allow-origin')).toBe('https://app.example')
      expect(answer.headers.get('vary')).toContain('origin')
      expect(answer.headers.get('access-control-allow-credentials')).toBeNull()
      expect(answer.headers.get('access-control-expose-headers')).toContain('x-request-id')
    }
  })

  test('that is configured gets its preflight answered without a key; another does not', async () => {
    const ask = (origin: string) =>
      served.request('OPTIONS', '/api/operations/search', undefined, {
        origin,
        'access-control-request-method': 'POST',
      })
    const { status, headers } = await ask('https://app.example')
    expect(status).toBe(204)
    expect(headers.get('access-control-allow-origin')).toBe('https://app.example')
    expect(headers.get('access-control-allow-methods')).toContain('POST')
    expect(headers.get('access-control-allow-headers')).toContain('authorization')
    expect(await ask('https://evil.example')).toMatchObject({ status: 403 })
  })
})
