import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { openServed, type Served } from '../../support/served.ts'

let served: Served
afterEach(() => served.close())

interface Made {
  id: string
  key: string
}

async function makeKey(scope: string, days?: number): Promise<Made> {
  const { operations } = await import('../../../src/operations/table.ts')
  const { invoke } = await import('../../../src/operations/operation.ts')
  return invoke(await operations['keys.create'](), served.parts, { name: `for ${scope}`, scope, days })
}

function bearer(key: string) {
  return { authorization: `Bearer ${key}` }
}

const ask = (operation: string, input: unknown, headers: Record<string, string> = {}) =>
  served.request('POST', `/api/operations/${operation}`, input, headers)

test('without a key whoever reaches the server may do everything, whatever key they send', async () => {
  served = openServed()
  expect((await ask('config', {})).status).toBe(200)
  expect((await ask('config', {}, bearer('sk-of-another-service'))).status).toBe(200)
})

describe('once there is a key', () => {
  test('a request without one is refused, at once, everywhere but at its health', async () => {
    served = openServed()
    expect((await ask('collections', {})).status).toBe(200)
    await ask('keys.create', { name: 'first', scope: 'read' })
    await vi.waitFor(async () => expect((await ask('collections', {})).status).toBe(401), 5_000)
    for (const [method, path] of [
      ['POST', '/api/operations/search'],
      ['POST', '/rpc'],
      ['POST', '/mcp'],
      ['GET', '/metrics'],
      ['GET', '/nowhere'],
    ] as const) {
      const answer = await served.request(method, path, method === 'POST' ? {} : undefined)
      expect(answer).toMatchObject({ status: 401, body: { error: { code: 'KEY_INVALID', fix: expect.any(String) } } })
      expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="semdex"')
    }
    expect(await served.request('GET', '/healthz')).toMatchObject({ status: 200 })
    expect(await served.request('GET', '/readyz')).toMatchObject({ status: 200 })
  })

  test.each([
    ['read', { search: 200, add: 403, 'keys.create': 403 }],
    ['write', { search: 200, add: 200, 'keys.create': 403 }],
    ['admin', { search: 200, add: 200, 'keys.create': 200 }],
  ])('one of the scope %s may do so much', async (scope, expected) => {
    served = openServed({ embeddings: false })
    const { key } = await makeKey(scope)
    const inputs = {
      search: { query: 'a' },
      add: { documents: [{ id: 'a', text: 'b' }] },
      'keys.create': { name: 'another', scope: 'read' },
    }
    for (const [operation, status] of Object.entries(expected)) {
      const answer = await ask(operation, inputs[operation as keyof typeof inputs], bearer(key))
      expect([operation, answer.status]).toEqual([operation, status])
      if (status !== 403) continue
      const needs = operation === 'add' ? 'write' : 'admin'
      expect(answer.body.error).toMatchObject({ code: 'ACCESS_DENIED', details: { needs, has: scope } })
      expect(answer.headers.get('www-authenticate')).toContain(`error="insufficient_scope", scope="${needs}"`)
    }
  })

  test('the very first one counts at once for who sends it', async () => {
    served = openServed({ embeddings: false })
    expect((await ask('collections', {})).status).toBe(200)
    const { key } = await makeKey('read')
    expect((await ask('config', {}, bearer(key))).status).toBe(403)
  })

  test('it is taken as x-api-key too, and by the other interfaces', async () => {
    served = openServed({ embeddings: false })
    const { key } = await makeKey('read')
    expect((await ask('collections', {}, { 'x-api-key': key })).status).toBe(200)
    const call = { jsonrpc: '2.0', id: 1, method: 'keys' }
    const answer = await served.request('POST', '/rpc', call, bearer(key))
    expect(answer.body.error.data).toMatchObject({ code: 'ACCESS_DENIED' })
    expect((await served.request('GET', '/metrics', undefined, bearer(key))).status).toBe(200)
  })

  test('any other text is refused', async () => {
    served = openServed()
    const { id, key } = await makeKey('admin')
    const secret = key.slice(-43)
    const other = `${secret.slice(0, -2)}${secret.endsWith('AA') ? 'BA' : 'AA'}`
    const wrong = [
      `semdex_${id}_${other}`,
      `semdex_000000000000_${secret}`,
      `semdex_${id}_`,
      `semdex_${id}`,
      secret,
      `${key}x`,
      key.toUpperCase(),
      id,
      'semdex',
      'x'.repeat(5_000),
    ]
    for (const text of wrong) {
      const answer = await ask('collections', {}, bearer(text))
      expect(answer).toMatchObject({ status: 401, body: { error: { code: 'KEY_INVALID' } } })
      expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"')
      expect(JSON.stringify(answer.body)).not.toContain(secret)
    }
    for (const authorization of ['', 'Bearer', 'Bearer ', `Basic ${key}`, `Bearer ${key} ${key}`]) {
      expect((await ask('collections', {}, { authorization })).status).toBe(401)
    }
    expect((await ask('collections', {}, { authorization: `bearer  ${key}` })).status).toBe(200)
  })

  test('one that was made a moment ago is known', async () => {
    served = openServed()
    const admin = await makeKey('admin')
    for (let i = 0; i < 5; i++) {
      const made = await ask('keys.create', { name: `n${i}`, scope: 'read' }, bearer(admin.key))
      expect((await ask('collections', {}, bearer(made.body.key))).status).toBe(200)
    }
  })

  test('one that is revoked is refused within a second or so, and leaves the server closed', async () => {
    served = openServed()
    const { id, key } = await makeKey('admin')
    expect((await ask('collections', {}, bearer(key))).status).toBe(200)
    const revoked = await ask('keys.revoke', { id }, bearer(key))
    expect(revoked.body).toMatchObject({ id, state: 'revoked', revokedAt: expect.any(Number) })
    await vi.waitFor(async () => expect((await ask('collections', {}, bearer(key))).status).toBe(401), 10_000)
    expect((await ask('collections', {})).status).toBe(401)
  })

  test('one that has expired is refused', async () => {
    served = openServed()
    const { key } = await makeKey('read', 1)
    expect((await ask('collections', {}, bearer(key))).status).toBe(200)
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 86_400_001 })
    try {
      expect((await ask('collections', {}, bearer(key))).status).toBe(401)
    } finally {
      vi.useRealTimers()
    }
  })

  test('a server that others can reach needs one from the first request on', async () => {
    served = openServed({ host: '0.0.0.0' })
    expect((await ask('collections', {})).status).toBe(401)
  })

  test('a database that cannot be read lets nobody in', async () => {
    served = openServed()
    await served.parts.close()
    expect(await ask('collections', {})).toMatchObject({ status: 503, body: { error: { code: 'STORE_CLOSED' } } })
  })
})

test('what is stored and listed of a key is no secret', async () => {
  served = openServed()
  const { id, key } = await makeKey('write', 30)
  const secret = key.slice(-43)
  expect(key).toBe(`semdex_${id}_${secret}`)
  expect(Buffer.from(secret, 'base64url')).toHaveLength(32)
  const { body } = await ask('keys', {}, bearer((await makeKey('admin')).key))
  expect(body.keys[0]).toMatchObject({ id, name: 'for write', scope: 'write', state: 'live', revokedAt: null })
  expect(body.keys[0].expiresAt - body.keys[0].createdAt).toBe(30 * 86_400_000)
  expect(JSON.stringify(body)).not.toContain(secret)
  const [stored] = await (await served.parts.storage()).keys.keys()
  expect(stored?.digest).toBe(createHash('sha256').update(secret).digest('hex'))
  await served.parts.close()
  for (const name of ['semdex.db', 'semdex.db-wal']) {
    const bytes = fileOrNothing(join(served.folder, name))
    expect(bytes.includes(secret)).toBe(false)
  }
})

test('when a key was used last is noted', async () => {
  served = openServed()
  const { key } = await makeKey('admin')
  await ask('collections', {}, bearer(key))
  await vi.waitFor(async () => {
    const { body } = await ask('keys', {}, bearer(key))
    expect(body.keys[0].lastUsedAt).toBeGreaterThan(Date.now() - 120_000)
  }, 5_000)
})

test('a key that is not there cannot be revoked', async () => {
  served = openServed()
  const answer = await ask('keys.revoke', { id: 'none' })
  expect(answer).toMatchObject({ status: 404, body: { error: { code: 'KEY_NOT_FOUND' } } })
})

function fileOrNothing(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch {
    return Buffer.alloc(0)
  }
}

describe('the path of a folder as a model', () => {
  /** `src` is a folder below the one that the tests run in. */
  const FOLDERS = ['/etc', './src', 'src', '../main', '.', '..', 'C:\\models', '~/models', 'a/b', '/proc/self/cwd/src']

  test.each(['read', 'write'])('is no model to a key of the scope %s, whatever is there', async (scope) => {
    served = openServed()
    const { key } = await makeKey(scope)
    for (const model of FOLDERS) {
      const calls: [string, object][] = [
        ['embed', { texts: ['a'], model }],
        ['models.show', { model }],
        ['rerank', { query: 'a', passages: ['b'], model }],
      ]
      if (scope === 'write') {
        calls.push(['collections.create', { name: 'a', model }])
        calls.push(['collections.create', { name: 'a', codeModel: model }])
        calls.push(['collections.update', { name: 'a', codeModel: model }])
        calls.push(['add', { documents: [], collection: 'a', codeModel: model }])
      }
      for (const [operation, input] of calls) {
        const { status, body } = await ask(operation, input, bearer(key))
        expect([operation, model, status, body.error.code]).toEqual([operation, model, 404, 'MODEL_UNKNOWN'])
        expect(JSON.stringify(body)).not.toContain(process.cwd())
      }
    }
    const { status } = await ask('models.show', { model: 'all-MiniLM-L6-v2' }, bearer(key))
    expect(status).toBe(200)
  })

  test('is looked at for one of the scope admin', async () => {
    served = openServed()
    const { key } = await makeKey('admin')
    const { body } = await ask('models.show', { model: './src' }, bearer(key))
    expect(body.error.code).toBe('MODEL_INVALID')
  })

  test('is not run as a job either', async () => {
    served = openServed()
    const { key } = await makeKey('write')
    const job = { operation: 'add', input: { documents: [], collection: 'a', model: './src' } }
    const { status, body } = await ask('jobs.start', job, bearer(key))
    expect([status, body.error.code]).toEqual([404, 'MODEL_UNKNOWN'])
  })
})
