import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BATCH_LIMIT, dispatch, dispatchBytes } from '../../../src/interfaces/rpc/dispatch.ts'
import { OPERATION_NAMES } from '../../../src/interfaces/wire/operations.ts'
import { openServed, type Served } from '../../support/served.ts'

let served: Served
beforeAll(async () => {
  served = openServed()
  const documents = [
    { id: 'bread', text: 'Knead the dough, let it rise, and bake the bread in a hot oven.' },
    { id: 'lizard', text: 'A lizard drops its tail to escape, and a new one grows back.' },
  ]
  await served.request('POST', '/api/operations/add', { documents })
})
afterAll(() => served.close())

const JSON_TYPE = { 'content-type': 'application/json' }
const post = (body: unknown, headers = {}) => served.request('POST', '/rpc', body, headers)
const caller = (access: 'read' | 'write' | 'admin' = 'admin') => ({ parts: served.parts, access })
const request = (method: string, params?: unknown, id: unknown = 1) => ({ jsonrpc: '2.0', method, params, id })

test('a method answers what the operation answers', async () => {
  const query = 'how do reptiles regrow limbs'
  const { status, body } = await post(request('search', { query }))
  expect(status).toBe(200)
  expect(Object.keys(body)).toEqual(['jsonrpc', 'id', 'result'])
  const { body: direct } = await served.request('POST', '/api/operations/search', { query })
  expect(body.result.hits).toEqual(direct.hits)
  expect(body.result.hits[0].documentId).toBe('lizard')
})

test.each([[7], [0], [-1.5], [2 ** 60], ['a'], [''], ['7'], [null]])('the id %j comes back', async (id) => {
  const { body } = await post(request('status', {}, id))
  expect(body).toMatchObject({ jsonrpc: '2.0', id, result: { documents: 2 } })
})

describe('errors', () => {
  test.each<[string, unknown, number, object]>([
    ['no object', 7, -32_600, { id: null }],
    ['null', null, -32_600, { id: null }],
    ['a string', 'search', -32_600, { id: null }],
    ['another version', { jsonrpc: '1.0', method: 'status', id: 4 }, -32_600, { id: 4, field: 'jsonrpc' }],
    ['no version', { method: 'status', id: 4 }, -32_600, { id: 4, field: 'jsonrpc' }],
    [
      'a method that is no string',
      { jsonrpc: '2.0', method: 1, params: 'bar' },
      -32_600,
      { id: null, field: 'method' },
    ],
    ['parameters that are no object', request('status', 'all'), -32_600, { id: 1, field: 'params' }],
    ['parameters that are null', request('status', null), -32_600, { id: 1, field: 'params' }],
    ['an id that is a list', request('status', {}, [1]), -32_600, { id: null, field: 'id' }],
    ['an id that is true', request('status', {}, true), -32_600, { id: null, field: 'id' }],
    ['a misspelt member', { ...request('status'), parms: {} }, -32_600, { id: 1, field: 'parms' }],
    ['an empty batch', [], -32_600, { id: null }],
    ['positional parameters', request('search', ['bread']), -32_602, { id: 1, field: 'params' }],
    ['a wrong field', request('search', { query: 'a', limit: 0 }), -32_602, { id: 1, field: 'limit' }],
    ['a missing field', request('search'), -32_602, { id: 1, field: 'query' }],
    ['an unknown field', request('search', { query: 'a', lmit: 3 }), -32_602, { id: 1, field: 'lmit' }],
    ['a field of rpc.discover', request('rpc.discover', { all: true }), -32_602, { id: 1, field: 'all' }],
  ])('%s', async (_, message, code, { id, field }: { id?: unknown; field?: string }) => {
    const { status, body } = await post(JSON.stringify(message), JSON_TYPE)
    expect(status).toBe(200)
    expect(body).toEqual({
      jsonrpc: '2.0',
      id,
      error: { code, message: expect.stringMatching(/\.$/), data: expect.objectContaining({ code: 'INVALID_INPUT' }) },
    })
    if (field !== undefined) expect(body.error.data.details.field).toBe(field)
  })

  test.each([['nothing'], ['toString'], ['__proto__'], ['rpc.nothing'], ['']])('no method %j', async (method) => {
    const { body } = await post(request(method, {}, 3))
    expect(body).toMatchObject({ id: 3, error: { code: -32_601, data: { code: 'OPERATION_UNKNOWN' } } })
  })

  test('positional parameters of no method are no method', async () => {
    expect((await post(request('nothing', [1]))).body.error.code).toBe(-32_601)
  })

  test.each([
    ['no such document', 'get', { id: 'none' }, -32_017, 'DOCUMENT_NOT_FOUND'],
    ['no such collection', 'search', { query: 'a', collection: 'none' }, -32_013, 'COLLECTION_NOT_FOUND'],
    ['no such model', 'embed', { texts: ['a'], model: 'none' }, -32_022, 'MODEL_UNKNOWN'],
  ])('%s has a number of its own and the stable code', async (_, method, params, code, stable) => {
    const { body } = await post(request(method, params))
    expect(body.error).toMatchObject({ code, data: { code: stable, message: body.error.message } })
  })

  test('who may only read cannot write', async () => {
    const answer = await dispatch(request('delete', { ids: ['bread'] }), caller('read'))
    expect(answer).toMatchObject({ error: { code: -32_046, data: { details: { needs: 'write', has: 'read' } } } })
    expect((await post(request('get', { id: 'bread' }))).body.result.id).toBe('bread')
  })

  test('what nobody foresaw is an internal error', async () => {
    const parts = { storage: () => Promise.reject(new TypeError('broken')) }
    const answer = await dispatch(request('status'), { parts: parts as never, access: 'read' })
    expect(answer).toMatchObject({ id: 1, error: { code: -32_603, data: { code: 'INTERNAL' } } })
  })

  test.each([
    ['broken JSON', '{"jsonrpc": "2.0", "method"'],
    ['nothing', ''],
    ['bytes that are no UTF-8', Uint8Array.of(0x22, 0xff, 0x22)],
  ])('%s is a parse error', async (_, body) => {
    const answer = await post(body, JSON_TYPE)
    expect(answer).toMatchObject({ status: 200, body: { id: null, error: { code: -32_700 } } })
  })

  test('an id too large for a number is none', async () => {
    const { body } = await post('{"jsonrpc": "2.0", "method": "status", "id": 1e400}', JSON_TYPE)
    expect(body).toMatchObject({ id: null, error: { code: -32_600, data: { details: { field: 'id' } } } })
  })

  test('a form of a web page is refused before it is read', async () => {
    const answer = await post(JSON.stringify(request('status')), { 'content-type': 'text/plain' })
    expect(answer).toMatchObject({ status: 415, body: { error: { code: 'MEDIA_TYPE_UNSUPPORTED' } } })
  })
})

describe('notifications and batches', () => {
  const add = (id: string) => ({ jsonrpc: '2.0', method: 'add', params: { documents: [{ id, text: 'A note.' }] } })

  test('a notification is done and not answered', async () => {
    expect(await post(add('quiet'))).toMatchObject({ status: 204, body: '' })
    expect((await post(request('get', { id: 'quiet' }))).body.result.text).toBe('A note.')
  })

  test('a notification that fails is not answered either', async () => {
    expect((await post({ jsonrpc: '2.0', method: 'nothing' })).status).toBe(204)
    expect((await post({ jsonrpc: '2.0', method: 'get', params: { id: 'none' } })).status).toBe(204)
    expect((await post([{ jsonrpc: '2.0', method: 'status' }, add('quieter')])).status).toBe(204)
  })

  test('a batch answers each request, whatever becomes of the others', async () => {
    const { body } = await post([request('status', {}, 'a'), 1, add('third'), request('nothing', {}, 'b')])
    expect(body).toHaveLength(3)
    expect(body).toMatchObject([
      { id: 'a', result: {} },
      { id: null, error: { code: -32_600 } },
      { id: 'b', error: { code: -32_601 } },
    ])
  })

  test('the requests of a batch run side by side, but not all at once', async () => {
    let running = 0
    let most = 0
    const storage = async () => {
      most = Math.max(most, ++running)
      await new Promise((resolve) => setTimeout(resolve, 5))
      running--
      throw new Error('enough')
    }
    const batch = Array.from({ length: 20 }, (_, id) => request('status', {}, id))
    const answers = await dispatch(batch, { parts: { storage } as never, access: 'read' })
    expect((answers as { id: number }[]).map(({ id }) => id)).toEqual(batch.map(({ id }) => id))
    expect(most).toBe(4)
  })

  test('a batch that is too large is refused whole', async () => {
    const answer = await dispatch(Array(BATCH_LIMIT + 1).fill(add('never')), caller())
    expect(answer).toMatchObject({ id: null, error: { code: -32_600 } })
    expect(await dispatch(request('get', { id: 'never' }), caller())).toMatchObject({ error: { code: -32_017 } })
  })
})

test('rpc.discover lists every method with its parameters', async () => {
  const { body } = await post(request('rpc.discover'))
  const { methods, openrpc } = body.result
  expect(openrpc).toMatch(/^1\.3/)
  expect(methods.map(({ name }: { name: string }) => name)).toEqual(OPERATION_NAMES)
  const search = methods.find(({ name }: { name: string }) => name === 'search')
  expect(search).toMatchObject({ paramStructure: 'by-name', 'x-access': 'read' })
  expect(search.params.filter(({ required }: { required: boolean }) => required)).toEqual([
    { name: 'query', required: true, schema: expect.objectContaining({ type: 'string', maxLength: 100_000 }) },
  ])
  expect(search.result.schema.properties.hits.type).toBe('array')
})

test('cancelling stops what is under way', async () => {
  const signal = AbortSignal.abort()
  const answer = await dispatch(request('embed', { texts: ['a'] }), caller(), { signal })
  expect(answer).toMatchObject({ error: { code: -32_055, data: { code: 'ABORTED' } } })
})

test('bytes are read as one message', async () => {
  expect(await dispatchBytes(Buffer.from(JSON.stringify(request('status'))), caller())).toMatchObject({ id: 1 })
})
