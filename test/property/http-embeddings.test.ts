import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openServed, type Served } from '../support/served.ts'

let served: Served
beforeAll(async () => {
  served = openServed({ embeddingRateLimit: 0, rateLimit: 0 })
  await served.request('POST', '/api/operations/add', { documents: [{ id: 'a', text: 'a small boat' }] })
})
afterAll(() => served.close())

const text = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    'boat',
    '\0',
    '\ud800',
    '\udc00 x',
    '東京',
    '"; drop table documents; --',
    'a AND b*',
    'default',
  ),
  fc.string({ maxLength: 20 }),
)
const number = fc.oneof(fc.constantFrom(-1, 0, 1, 384, 1.5, 2 ** 31, 1e300, -0), fc.integer())
const leaf = fc.oneof(text, number, fc.boolean(), fc.constant(null))
const value = fc.oneof(
  leaf,
  fc.array(leaf, { maxLength: 3 }),
  fc.array(fc.array(fc.nat(40_000), { maxLength: 3 }), { maxLength: 3 }),
  fc.jsonValue({ maxDepth: 3 }),
)

/** Bodies that are nearly right: known fields with any value, now and then an unknown one. */
function body(fields: readonly string[], right: object): fc.Arbitrary<object> {
  const name = fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...fields) }, { weight: 1, arbitrary: text })
  return fc.dictionary(name, value, { maxKeys: 3 }).map((given) => ({ ...right, ...given }))
}

const ROUTES: [path: string, fields: string[], right: object][] = [
  ['/api/embeddings/generate', ['text', 'model', 'kind'], { text: 'boat' }],
  ['/api/embeddings/batch', ['texts', 'ids', 'model', 'kind', 'collection'], {}],
  ['/api/search/semantic', ['query', 'q', 'limit', 'threshold', 'filter', 'collection'], { query: 'boat' }],
  [
    '/v1/embeddings',
    ['input', 'model', 'dimensions', 'encoding_format', 'input_type', 'user'],
    { model: 'default', input: 'boat' },
  ],
  [
    '/v1/rerank',
    ['query', 'documents', 'top_n', 'rank_fields', 'return_documents'],
    { model: 'all-MiniLM-L6-v2', query: 'boat', documents: ['a'] },
  ],
]

test.each(ROUTES)('%s answers any body with 200 or 4xx', { timeout: 180_000 }, async (path, fields, right) => {
  await fc.assert(
    fc.asyncProperty(body(fields, right), async (given) => {
      const { status, body: answer } = await served.request('POST', path, given)
      expect(status, JSON.stringify(answer).slice(0, 500)).toBeLessThan(500)
      if (status !== 200) expect(answer.error?.message ?? answer.message).toEqual(expect.any(String))
    }),
    { numRuns: 150 },
  )
})

test('GET answers any query string and any id with 200 or 4xx', { timeout: 180_000 }, async () => {
  const pairs = fc.array(fc.tuple(fc.constantFrom('q', 'limit', 'threshold', 'filter', 'collection', 'x'), text))
  await fc.assert(
    fc.asyncProperty(pairs, text, async (given, id) => {
      const query = new URLSearchParams(given)
      const { status } = await served.request('GET', `/api/search/semantic?${query}`)
      expect(status).toBeLessThan(500)
      const stored = await served.request('GET', `/api/embeddings/${encodeURIComponent(id.toWellFormed())}`)
      expect(stored.status).toBeLessThan(500)
    }),
    { numRuns: 150 },
  )
})
