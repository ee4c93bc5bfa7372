import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Attacked, startAttacked } from '../support/attacked.ts'
import { build } from '../support/cli.ts'

let attacked: Attacked
beforeAll(async () => {
  await build()
  attacked = await startAttacked()
}, 300_000)
afterEach(() => attacked.assertGoesOn())
afterAll(() => attacked?.close())

const LEVELS = 10_000
const SEARCH = '/api/operations/search'
const bytes = (...numbers: number[]) => Uint8Array.from(numbers)

/** What is no JSON value that could be an input, whatever takes it. */
const NO_INPUT: [string, string | Uint8Array][] = [
  ['half a value', '{"query": '],
  ['a comma too much', '{"query": "a",}'],
  ['two values', '{"query": "a"}{"query": "b"}'],
  ['a comment', '{"query": "a" /* b */}'],
  ['single quotes', "{'query': 'a'}"],
  ['a bare NaN', '{"query": NaN}'],
  ['a control character in a string', '{"query": "a\u0001"}'],
  ['an unpaired escape', '{"query": "\\u12"}'],
  ['a NUL after the end', '{"query": "a"}\u0000'],
  ['bytes that are no UTF-8', bytes(0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d)],
  ['a surrogate in UTF-8', bytes(0x22, 0xed, 0xa0, 0x80, 0x22)],
  ['overlong UTF-8', bytes(0x22, 0xc0, 0xaf, 0x22)],
  ['UTF-16', new Uint8Array(Buffer.from('{"query": "a"}', 'utf16le'))],
  ['gzip', bytes(0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0, 0, 3)],
  ['lists in lists', '['.repeat(LEVELS)],
  ['objects in objects', `${'{"a":'.repeat(LEVELS)}1${'}'.repeat(LEVELS)}`],
]

/** Everything that takes JSON. */
const ROUTES: [string, string][] = [
  ['POST', SEARCH],
  ['POST', '/api/search'],
  ['POST', '/api/search/semantic'],
  ['POST', '/api/embeddings/generate'],
  ['POST', '/api/embeddings/batch'],
  ['POST', '/api/collections/default/documents'],
  ['PUT', '/api/collections/default/documents/a'],
  ['POST', '/api/collections/default/documents/delete'],
  ['POST', '/api/jobs'],
  ['POST', '/v1/embeddings'],
  ['POST', '/v1/rerank'],
]

const REFUSED = { error: { code: 'INVALID_INPUT', message: expect.any(String), details: { field: 'body' } } }

/** Other makers' APIs have errors of their own shapes. */
const OTHER_SHAPES: Record<string, object> = {
  '/v1/embeddings': { error: { type: 'invalid_request_error', message: expect.any(String), param: 'body' } },
  '/v1/rerank': { message: expect.any(String) },
}

describe.each(ROUTES)('%s %s', (method, path) => {
  test.each(NO_INPUT)('refuses %s', async (_, body) => {
    const { status, body: answer } = await attacked.send(method, path, body)
    expect({ status, answer }).toMatchObject({ status: 400, answer: OTHER_SHAPES[path] ?? REFUSED })
  })
})

test.each(NO_INPUT)('JSON-RPC refuses %s', async (_, body) => {
  const { status, body: answer } = await attacked.send('POST', '/rpc', body)
  expect({ status, answer }).toMatchObject({
    status: 200,
    answer: { id: null, error: { code: -32_700, data: { code: 'INVALID_INPUT', details: { field: 'message' } } } },
  })
})

test.each(NO_INPUT)('MCP refuses %s', async (_, body) => {
  const { status } = await attacked.send('POST', '/mcp', body, { accept: 'application/json, text/event-stream' })
  expect(status).toBe(400)
})

describe('a field that cannot be right is named', () => {
  const deep = (levels: number) => `${'{"$not":'.repeat(levels)}{"a":1}${'}'.repeat(levels)}`
  test.each<[string, string, string, string | null]>([
    ['a wrong type', 'search', '{"query": {"a": 1}}', 'query'],
    ['null', 'search', '{"query": null}', 'query'],
    ['an unknown field', 'search', '{"query": "a", "lmit": 3}', 'lmit'],
    ['a huge limit', 'search', '{"query": "a", "limit": 1e300}', 'limit'],
    ['an infinite limit', 'search', '{"query": "a", "limit": 1e999}', 'limit'],
    ['a limit below nothing', 'search', '{"query": "a", "limit": -1}', 'limit'],
    ['half a limit', 'search', '{"query": "a", "limit": 0.5}', 'limit'],
    ['a query without end', 'search', JSON.stringify({ query: 'a'.repeat(100_001) }), 'query'],
    ['a filter of 90 levels', 'search', `{"query": "a", "filter": ${deep(90)}}`, 'filter'],
    ['a filter with too many tests', 'search', manyTests(2_000), 'a'],
    ['__proto__', 'search', '{"query": "a", "__proto__": {"limit": 1}}', '__proto__'],
    ['constructor', 'search', '{"query": "a", "constructor": {"prototype": {"limit": 1}}}', 'constructor'],
    [
      '__proto__ of a document',
      'add',
      '{"documents": [{"id": "a", "text": "b", "__proto__": {}}]}',
      'documents.0.__proto__',
    ],
    ['__proto__ of a filter', 'search', '{"query": "a", "filter": {"a": {"__proto__": 1}}}', 'a'],
    ['an operator from the prototype', 'search', '{"query": "a", "filter": {"a": {"toString": 1}}}', 'a'],
    ['NUL in a name', 'collections.create', '{"name": "a\\u0000"}', 'name'],
    ['half a character in a name', 'collections.create', '{"name": "\\ud800"}', 'name'],
    ['NUL in a model', 'models.show', '{"model": "a\\u0000"}', 'model'],
    ['NUL in a path', 'index', '{"paths": ["/tmp/\\u0000"]}', 'paths.0'],
    ['NUL in a folder', 'eval', '{"folder": "/tmp/\\u0000"}', 'folder'],
    ['an id of 4,097 characters', 'get', JSON.stringify({ id: 'a'.repeat(4_097) }), 'id'],
    [
      'too many documents',
      'add',
      JSON.stringify({ documents: Array(10_001).fill({ id: 'a', text: '' }) }),
      'documents',
    ],
    ['a list', 'search', '[]', null],
    ['a text', 'search', '"query"', null],
    ['nothing', 'search', 'null', null],
  ])('%s', async (_, operation, body, field) => {
    const refused = await attacked.send('POST', `/api/operations/${operation}`, body)
    expect(refused).toMatchObject({ status: 400, code: 'INVALID_INPUT', field })
  })

  test('prototypes are as they were', async () => {
    await attacked.send(
      'POST',
      '/api/operations/add',
      '{"documents": [{"id": "p", "text": "x", "metadata": {"__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": true}}}}]}',
    )
    const { body } = await attacked.send('POST', '/api/operations/get', '{"id": "p"}')
    expect(JSON.stringify(body.metadata)).toBe(
      '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
    )
    const { body: other } = await attacked.send('POST', '/api/operations/get', '{"id": "bread"}')
    expect(JSON.stringify(other.metadata)).toBe('{}')
    const { status } = await attacked.send('POST', SEARCH, '{"query": "a", "filter": {"polluted": true}}')
    expect(status).toBe(200)
  })
})

describe('what is only unusual is taken as it is', () => {
  test.each([
    ['NUL', 'a\u0000b'],
    ['half a character', '\ud800'],
    ['another half', '\udfff'],
    ['a text that goes both ways', '\u202eabc\u202c'],
    ['a path', '../../etc/passwd'],
    ['a name of the prototype', '__proto__'],
  ])('%s in an id, a text and metadata', async (_, id) => {
    // Dots in the name of a field lead into it.
    const key = `k${id.replaceAll('.', '')}`
    const document = { id, text: `${id} of the sea`, metadata: { [key]: id } }
    const added = await attacked.send('POST', '/api/operations/add', JSON.stringify({ documents: [document] }))
    expect(added.body).toMatchObject({ added: 1, failed: 0 })
    const { body } = await attacked.send('POST', '/api/operations/get', JSON.stringify({ id }))
    expect(body).toMatchObject(document)
    const filter = { [key]: id }
    const found = await attacked.send('POST', SEARCH, JSON.stringify({ query: 'sea', filter }))
    expect(found.body.hits.map(({ documentId }: { documentId: string }) => documentId)).toEqual([id])
    const gone = await attacked.send('POST', '/api/operations/delete', JSON.stringify({ ids: [id] }))
    expect(gone.body).toEqual({ deleted: 1 })
  })
})

describe('query strings', () => {
  test.each([
    ['a parameter twice', '/api/search?query=a&query=b', 'query'],
    ['an unknown one', '/api/search?query=a&lmit=3', 'lmit'],
    ['a limit that is text', '/api/search?query=a&limit=many', 'limit'],
    ['a hexadecimal limit', '/api/search?query=a&limit=0x10', 'limit'],
    ['an empty limit', '/api/search?query=a&limit=', 'limit'],
    ['a filter that is not JSON', '/api/search?query=a&filter={', 'filter'],
    ['brackets', '/api/search?query=a&limit[$gt]=1', 'limit[$gt]'],
    ['__proto__', '/api/search?query=a&__proto__=b', '__proto__'],
    ['a field in the path, too', '/api/collections/default/documents?collection=other', 'collection'],
  ])('%s', async (_, path, field) => {
    expect(await attacked.send('GET', path)).toMatchObject({ status: 400, code: 'INVALID_INPUT', field })
  })

  test.each([
    ['half an escape', '/api/search?query=%'],
    ['an escape that is no UTF-8', '/api/search?query=%ff%fe'],
    ['a filter in filters', `/api/search?query=a&filter=${encodeURIComponent('{"$not":'.repeat(500))}`],
  ])('%s does no harm', async (_, path) => {
    expect((await attacked.send('GET', path)).status).toBeLessThan(500)
  })
})

describe('media types', () => {
  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'jsonapplication/json',
    '',
  ])('%j is refused', async (type) => {
    const refused = await attacked.send('POST', SEARCH, '{"query": "a"}', { 'content-type': type })
    expect(refused).toMatchObject({ status: 415, code: 'MEDIA_TYPE_UNSUPPORTED', field: 'content-type' })
  })
})

function manyTests(count: number): string {
  return JSON.stringify({ query: 'a', filter: { $or: Array.from({ length: count }, (_, i) => ({ a: i })) } })
}
