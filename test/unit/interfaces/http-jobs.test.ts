import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { eventsOf } from '../../../src/interfaces/http/events.ts'
import { openServed, type Served } from '../../support/served.ts'

let served: Served
let docs = ''
beforeAll(() => {
  served = openServed({ embeddings: false })
  docs = join(served.folder, 'docs')
  mkdirSync(docs)
  for (let n = 0; n < 3; n++) writeFileSync(join(docs, `${n}.md`), `# Note ${n}\n`)
})
afterAll(() => served.close())

/** The events of a job until it has ended. */
async function follow(id: string, headers: Record<string, string> = {}) {
  const response = await served.fetch(`/api/jobs/${id}/events`, { headers })
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() }
}

test('an index job is started, followed, shown and listed', async () => {
  const { status, headers, body } = await served.request('POST', '/api/index', { paths: [docs] })
  expect(status).toBe(202)
  expect(headers.get('location')).toBe(`/api/jobs/${body.id}`)
  expect(body).toEqual({ id: expect.stringMatching(/^job_[\w-]{16}$/), operation: 'index', state: 'queued' })
  const { type, text } = await follow(body.id)
  expect(type).toBe('text/event-stream; charset=utf-8')
  const blocks = text.trimEnd().split('\n\n')
  expect(blocks[0]).toMatch(/^retry: \d+$/)
  // A job that is done before it is followed has none.
  for (const block of blocks.slice(1, -1)) expect(block).toMatch(/^event: progress\nid: \d+\ndata: \{.*\}$/)
  const [, id, data] = /^event: done\nid: (\d+)\ndata: (.*)$/.exec(blocks.at(-1) ?? '') ?? []
  expect(JSON.parse(data as string)).toMatchObject({ id: body.id, result: { reports: [{ added: 3 }] } })
  const shown = await served.request('GET', `/api/jobs/${body.id}`)
  expect(shown).toMatchObject({ status: 200, body: JSON.parse(data as string) })
  expect(await follow(body.id, { 'last-event-id': id as string })).toMatchObject({ status: 204, text: '' })
  const listed = await served.request('GET', '/api/jobs?states=succeeded&states=failed&limit=1')
  expect(listed.body).toMatchObject({ jobs: [{ id: body.id, state: 'succeeded' }], cursor: null })
  expect(listed.body.jobs[0]).not.toHaveProperty('result')
})

test.each([
  ['POST', '/cancel'],
  ['DELETE', ''],
])('a job that has ended stays as it is: %s', async (method, suffix) => {
  const { body } = await served.request('POST', '/api/jobs', { operation: 'add', input: { documents: [] } })
  expect((await follow(body.id)).text).toContain('event: done')
  const cancelled = await served.request(method, `/api/jobs/${body.id}${suffix}`)
  expect(cancelled).toMatchObject({ status: 200, body: { id: body.id, state: 'succeeded', cancelling: false } })
})

test('a job that fails says so as an event', async () => {
  const { body } = await served.request('POST', '/api/index', { paths: [join(docs, 'nowhere')] })
  const { text } = await follow(body.id)
  expect(text).toMatch(/event: failed\nid: \d+\ndata: .*"code":"PATH_NOT_FOUND"/)
})

test.each([
  ['POST', '/api/jobs', { operation: 'search', input: { query: 'a' } }, 400, 'INVALID_INPUT', 'operation'],
  ['POST', '/api/jobs', { operation: 'none' }, 404, 'OPERATION_UNKNOWN', 'operation'],
  ['POST', '/api/jobs', { operation: 'index', input: { path: '/' } }, 400, 'INVALID_INPUT', 'input.path'],
  ['POST', '/api/index', { paths: '/' }, 400, 'INVALID_INPUT', 'input.paths'],
  ['POST', '/api/index', ['/'], 400, 'INVALID_INPUT', 'input'],
  ['GET', '/api/jobs?states=odd', undefined, 400, 'INVALID_INPUT', 'states.0'],
  ['GET', '/api/jobs?cursor=odd', undefined, 400, 'INVALID_INPUT', 'cursor'],
  ['GET', '/api/jobs/none', undefined, 404, 'JOB_NOT_FOUND', undefined],
  ['GET', '/api/jobs/none/events', undefined, 404, 'JOB_NOT_FOUND', undefined],
  ['DELETE', '/api/jobs/none', undefined, 404, 'JOB_NOT_FOUND', undefined],
] as const)('%s %s %j is refused', async (method, path, input, status, code, field) => {
  const { status: answered, body } = await served.request(method, path, input)
  expect([answered, body.error.code, body.error.details.field]).toEqual([status, code, field])
})

describe('with keys', () => {
  let keyed: Served
  const keys: Record<string, string> = {}
  beforeAll(async () => {
    keyed = openServed({ embeddings: false })
    for (const [name, scope] of [
      ['admin', 'admin'],
      ['writer', 'write'],
      ['other', 'write'],
      ['reader', 'read'],
    ] as const) {
      const headers: Record<string, string> = keys.admin ? { authorization: `Bearer ${keys.admin}` } : {}
      const { body } = await keyed.request('POST', '/api/operations/keys.create', { name, scope }, headers)
      keys[name] = body.key
    }
    // That a first key was made is known to the server a moment later.
    await vi.waitFor(async () => expect((await keyed.request('GET', '/api/jobs')).status).toBe(401), 20_000)
  })
  afterAll(() => keyed.close())

  const ask = (key: string, method: string, path: string, body?: unknown) =>
    keyed.request(method, path, body, { authorization: `Bearer ${keys[key]}` })

  test('no way through jobs leads from write to admin', async () => {
    const start = { operation: 'index', input: { paths: [docs] } }
    for (const [path, body] of [
      ['/api/jobs', start],
      ['/api/index', start.input],
      ['/api/operations/jobs.start', start],
    ] as const) {
      expect(await ask('writer', 'POST', path, body)).toMatchObject({
        status: 403,
        body: { error: { code: 'ACCESS_DENIED' } },
      })
    }
    const rpc = { jsonrpc: '2.0', id: 1, method: 'jobs.start', params: start }
    expect((await ask('writer', 'POST', '/rpc', rpc)).body.error.data.code).toBe('ACCESS_DENIED')
    const byPath = { operation: 'add', input: { documents: [], model: keyed.folder } }
    expect(await ask('writer', 'POST', '/api/jobs', byPath)).toMatchObject({
      status: 404,
      body: { error: { code: 'MODEL_UNKNOWN' } },
    })
    expect(await ask('reader', 'POST', '/api/jobs', { operation: 'add' })).toMatchObject({ status: 403 })
    expect((await ask('admin', 'GET', '/api/jobs')).body.jobs).toEqual([])
  })

  test('a job is its key’s own, whichever interface asks', async () => {
    const start = { operation: 'add', input: { documents: [{ id: 'a', text: 'secret' }] } }
    const rpc = { jsonrpc: '2.0', id: 1, method: 'jobs.start', params: start }
    const ids = [
      (await ask('writer', 'POST', '/api/jobs', start)).body.id,
      (await ask('writer', 'POST', '/rpc', rpc)).body.result.id,
    ]
    for (const id of ids) {
      expect((await ask('writer', 'GET', `/api/jobs/${id}`)).status).toBe(200)
      for (const [method, path] of [
        ['GET', `/api/jobs/${id}`],
        ['GET', `/api/jobs/${id}/events`],
        ['DELETE', `/api/jobs/${id}`],
      ] as const) {
        expect(await ask('other', method, path)).toMatchObject({
          status: 404,
          body: { error: { code: 'JOB_NOT_FOUND' } },
        })
      }
    }
    expect((await ask('other', 'GET', '/api/jobs')).body.jobs).toEqual([])
    expect((await ask('admin', 'GET', '/api/jobs')).body.jobs).toHaveLength(2)
  })
})

describe('an event stream', () => {
  test('says by comments that it lives, and ends with its items', async () => {
    let tell: (item: string | null) => void = () => undefined
    async function* items(): AsyncGenerator<string, void> {
      for (let item: string | null; ; ) {
        item = await new Promise<string | null>((resolve) => {
          tell = resolve
        })
        if (item === null) return
        yield item
      }
    }
    const texts: string[] = []
    for await (const text of eventsOf(items(), (id) => ({ event: 'progress', id, data: { text: 'a\nb' } }), 5)) {
      texts.push(text)
      if (texts.length === 3) tell('7')
      if (texts.at(-2)?.includes('id: 7')) tell(null)
    }
    expect(texts[0]).toMatch(/^retry: \d+\n\n$/)
    expect(texts.slice(1, 3)).toEqual([': still there\n\n', ': still there\n\n'])
    expect(texts.filter((text) => text.startsWith('event'))).toEqual([
      'event: progress\nid: 7\ndata: {"text":"a\\nb"}\n\n',
    ])
    expect(texts.at(-1)).toBe(': still there\n\n')
  })
})
