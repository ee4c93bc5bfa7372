import { afterAll, beforeAll, expect, test } from 'vitest'
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

test('an operation answers under its own name', async () => {
  const { status, body } = await served.request('POST', '/api/operations/search', {
    query: 'how do reptiles regrow limbs',
  })
  expect(status).toBe(200)
  expect(body.hits[0]).toMatchObject({ documentId: 'lizard', rank: 1 })
})

test('vectors are arrays of numbers', async () => {
  const { body } = await served.request('POST', '/api/operations/embed', { texts: ['hello'] })
  expect(body.results[0].embedding).toHaveLength(384)
  expect(body.results[0].embedding.reduce((sum: number, x: number) => sum + x * x, 0)).toBeCloseTo(1, 4)
})

test.each([
  ['a field of the wrong type', 'search', { query: 7 }, 400, { code: 'INVALID_INPUT', details: { field: 'query' } }],
  ['an unknown field', 'search', { query: 'a', lmit: 3 }, 400, { code: 'INVALID_INPUT', details: { field: 'lmit' } }],
  ['a list', 'search', [], 400, { code: 'INVALID_INPUT' }],
  ['no such operation', 'toString', {}, 404, { code: 'OPERATION_UNKNOWN' }],
  ['no such document', 'get', { id: 'none' }, 404, { code: 'DOCUMENT_NOT_FOUND' }],
])('%s is refused', async (_, name, input, status, error) => {
  const answer = await served.request('POST', `/api/operations/${name}`, input)
  expect(answer).toMatchObject({ status, body: { error } })
})

test.each([
  ['broken JSON', '{"query": ', { 'content-type': 'application/json' }, 400, 'INVALID_INPUT'],
  [
    'bytes that are no UTF-8',
    Uint8Array.of(0x22, 0xff, 0x22),
    { 'content-type': 'application/json' },
    400,
    'INVALID_INPUT',
  ],
  ['another type', '{"query": "a"}', { 'content-type': 'text/plain' }, 415, 'MEDIA_TYPE_UNSUPPORTED'],
])('%s as a body is refused', async (_, body, headers, status, code) => {
  const answer = await served.request('POST', '/api/operations/search', body, headers)
  expect(answer).toMatchObject({ status, body: { error: { code } } })
})

test('what is not there is said so in the same shape', async () => {
  expect(await served.request('GET', '/nowhere')).toMatchObject({ status: 404, body: { error: { code: 'NOT_FOUND' } } })
})

test.each([
  ['GET', '/api/search?query=%ff', 'query'],
  ['GET', '/api/search/semantic?limit=3&q=%C3%28', 'q'],
  ['GET', '/api/search?query=a&%ff=b', 'query string'],
  ['GET', '/metrics?a%20b=%ed%a0%80', 'a b'],
  ['GET', '/api/status?100%=%ff', '100%'],
  ['GET', '/api/collections/default/documents/%ff', 'path'],
  ['POST', '/api/collections/default/files?name=%ff.txt', 'name'],
])('%s %s encodes no UTF-8, and is refused', async (method, path, field) => {
  const body = method === 'POST' ? 'abc' : undefined
  const answer = await served.request(method, path, body)
  expect(answer).toMatchObject({ status: 400, body: { error: { code: 'INVALID_INPUT', details: { field } } } })
})

test('percent signs that encode nothing stand for themselves', async () => {
  const { status, body } = await served.request('GET', '/api/search?query=100%&limit=1')
  expect({ status, query: body.query }).toEqual({ status: 200, query: '100%' })
  expect((await served.request('GET', '/api/search?query=na%C3%AFve%20%F0%9F%8D%9E')).body.query).toBe('naïve 🍞')
})
