import { cpSync, readdirSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BatchAnswer, GenerateAnswer } from '../../../src/interfaces/http/routes/embedding-shapes.ts'
import { type Answer, openServed, type Served } from '../../support/served.ts'

const DOCUMENTS = [
  { id: 'bread', text: 'Knead the dough, let it rise, and bake the bread in a hot oven.', metadata: { year: 1990 } },
  { id: 'lizard', text: 'A lizard drops its tail to escape, and a new one grows back.', metadata: { year: 2001 } },
  { id: 'a/b.txt', text: 'The satellite circles the planet once in ninety minutes.', metadata: { year: 1957 } },
]

let served: Served
beforeAll(async () => {
  served = openServed()
  await served.request('POST', '/api/operations/add', { documents: DOCUMENTS })
})
afterAll(() => served.close())

function post(path: string, body: unknown): Promise<Answer> {
  return served.request('POST', `/api/${path}`, body)
}

/** The sum of products of two vectors. */
function dot(a: number[], b: number[]): number {
  return a.reduce((sum, x, i) => sum + x * (b[i] as number), 0)
}

describe('POST /api/embeddings/generate', () => {
  test('answers a unit vector, and nothing else than what it says', async () => {
    const { status, body } = await post('embeddings/generate', { text: 'hello world' })
    expect(status).toBe(200)
    expect(Object.keys(body).sort()).toEqual(['dimensions', 'embedding', 'inference_ms', 'model', 'tokens'])
    expect(v.safeParse(v.strictObject(GenerateAnswer.entries), body).success).toBe(true)
    expect(body).toMatchObject({ dimensions: 384, model: 'all-MiniLM-L6-v2', tokens: 4 })
    expect(body.embedding).toHaveLength(384)
    expect(dot(body.embedding, body.embedding)).toBeCloseTo(1, 5)
    expect(body.inference_ms).toBeGreaterThan(0)
  })

  test('is what the operation embed answers', async () => {
    const { body: direct } = await post('operations/embed', { texts: ['a small boat'] })
    const { body } = await post('embeddings/generate', { text: 'a small boat', model: 'all-MiniLM-L6-v2' })
    expect(body.embedding).toEqual(direct.results[0].embedding)
  })

  test('says in a header that a text was repaired', async () => {
    const repaired = await post('embeddings/generate', { text: 'left \ud800 right' })
    expect(repaired).toMatchObject({ status: 200 })
    expect(repaired.headers.get('semdex-repaired')).toBe('1')
    expect(repaired.headers.get('semdex-truncated')).toBeNull()
  })

  test('says in a header that a text was cut', async () => {
    const cut = await post('embeddings/generate', { text: 'word '.repeat(400) })
    expect(cut).toMatchObject({ status: 200, body: { tokens: 256 } })
    expect(cut.headers.get('semdex-truncated')).toBe('1')
    const whole = await post('embeddings/generate', { text: 'word' })
    expect(whole.headers.get('semdex-truncated')).toBeNull()
  })

  test.each([
    [{}, 400, 'INVALID_INPUT', 'text'],
    [{ text: 7 }, 400, 'INVALID_INPUT', 'text'],
    [{ text: 'a', input: 'b' }, 400, 'INVALID_INPUT', 'input'],
    [{ text: 'a', model: '' }, 400, 'INVALID_INPUT', 'model'],
    [[], 400, 'INVALID_INPUT', null],
    [{ text: 'a', model: 'unheard-of' }, 404, 'MODEL_UNKNOWN', undefined],
    [{ text: '' }, 422, 'EMPTY_EMBEDDING', 'text'],
  ])('refuses %j', async (body, status, code, field) => {
    const answer = await post('embeddings/generate', body)
    expect(answer).toMatchObject({ status, body: { error: { code } } })
    if (field !== undefined) expect(answer.body.error.details.field).toBe(field)
  })
})

describe('POST /api/embeddings/batch', () => {
  test('one text’s failure leaves null in its place', async () => {
    const { status, body } = await post('embeddings/batch', { texts: ['one', '', 'three', '\u0000'] })
    expect(status).toBe(200)
    expect(Object.keys(body).sort()).toEqual(['embeddings', 'errors', 'failed', 'processed', 'time_ms'])
    expect(v.safeParse(v.strictObject(BatchAnswer.entries), body).success).toBe(true)
    expect(body).toMatchObject({ processed: 2, failed: 2 })
    expect(body.errors).toEqual([
      { index: 1, code: 'EMPTY_EMBEDDING', message: expect.any(String) },
      { index: 3, code: 'EMPTY_EMBEDDING', message: expect.any(String) },
    ])
    expect(body.embeddings.map((each: unknown) => each === null)).toEqual([false, true, false, true])
    expect(dot(body.embeddings[0], body.embeddings[0])).toBeCloseTo(1, 5)
  })

  test('without a failure there are no errors', async () => {
    const { body } = await post('embeddings/batch', { texts: ['one'], kind: 'query' })
    expect(Object.keys(body).sort()).toEqual(['embeddings', 'failed', 'processed', 'time_ms'])
    const none = await post('embeddings/batch', { texts: [] })
    expect(none.body).toEqual({ processed: 0, failed: 0, time_ms: expect.any(Number), embeddings: [] })
  })

  test('ids are documents; those that are not there are told', async () => {
    const { body } = await post('embeddings/batch', { ids: ['bread', 'none', 'a/b.txt'] })
    expect(body).toEqual({
      processed: 2,
      failed: 1,
      errors: [{ index: 1, code: 'DOCUMENT_NOT_FOUND', message: expect.stringContaining('none') }],
      time_ms: expect.any(Number),
    })
  })

  test.each([
    [{}, null],
    [{ texts: ['a'], ids: ['b'] }, null],
    [{ texts: ['a', 7] }, 'texts.1'],
    [{ texts: 'a' }, 'texts'],
    [{ ids: [''] }, 'ids.0'],
    [{ ids: ['a'], model: 'all-MiniLM-L6-v2' }, null],
    [{ texts: Array(10_001).fill('a') }, 'texts'],
  ])('refuses %#', async (body, field) => {
    const answer = await post('embeddings/batch', body)
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'INVALID_INPUT', details: { field } } } })
  })
})

describe('GET /api/embeddings/:id', () => {
  test('the vector of a passage by the id that search answers', async () => {
    const { body: found } = await served.request('GET', '/api/search/semantic?q=reptiles&limit=1')
    const [{ id }] = found.results
    const { status, body } = await served.request('GET', `/api/embeddings/${id}`)
    expect(status).toBe(200)
    expect(body).toEqual({
      kind: 'chunk',
      id,
      state: 'embedded',
      embedding: expect.any(Array),
      error: null,
      place: { start: 0, end: DOCUMENTS[1]?.text.length, lines: [1, 1], heading: [], symbol: null },
      document: 'lizard',
      collection: 'default',
      side: 'text',
      model: 'all-MiniLM-L6-v2',
      fingerprint: expect.any(String),
      dimensions: 384,
    })
    expect(dot(body.embedding, body.embedding)).toBeCloseTo(1, 5)
  })

  test('those of a document, also where its id is a path', async () => {
    const { body } = await served.request('GET', `/api/embeddings/${encodeURIComponent('a/b.txt')}?limit=1`)
    expect(body).toMatchObject({ kind: 'document', document: 'a/b.txt', total: 1 })
    expect(body.chunks).toHaveLength(1)
  })

  test.each([
    ['none', 404, 'DOCUMENT_NOT_FOUND'],
    ['chunk-999999', 404, 'DOCUMENT_NOT_FOUND'],
    ['..%2f..%2fetc%2fpasswd', 404, 'DOCUMENT_NOT_FOUND'],
    ['bread?limit=0', 400, 'INVALID_INPUT'],
    ['bread?limit=many', 400, 'INVALID_INPUT'],
    ['bread?colection=default', 400, 'INVALID_INPUT'],
    ['bread?collection=none', 404, 'COLLECTION_NOT_FOUND'],
  ])('%s is refused', async (path, status, code) => {
    expect(await served.request('GET', `/api/embeddings/${path}`)).toMatchObject({ status, body: { error: { code } } })
  })
})

describe('/api/search/semantic', () => {
  test('GET and POST answer the same, in the shape that is promised', async () => {
    const input = { query: 'how do reptiles regrow limbs', limit: 2, threshold: -0.5, filter: { year: { $gt: 1960 } } }
    const posted = await post('search/semantic', input)
    const query = new URLSearchParams({
      q: input.query,
      limit: '2',
      threshold: '-0.5',
      filter: JSON.stringify(input.filter),
    })
    const got = await served.request('GET', `/api/search/semantic?${query}`)
    expect(got.status).toBe(200)
    expect(got.body).toEqual({ ...posted.body, stats: expect.any(Object) })
    expect(Object.keys(got.body).sort()).toEqual(['query', 'results', 'stats'])
    expect(Object.keys(got.body.stats).sort()).toEqual(['inference_ms', 'search_ms', 'total_results'])
    expect(got.body.stats.total_results).toBe(2)
    for (const result of got.body.results) {
      expect(Object.keys(result).sort()).toEqual(['distance', 'id', 'metadata', 'similarity', 'text'])
      expect(result.distance).toBeCloseTo(Math.sqrt(2 - 2 * result.similarity), 10)
      expect(result.metadata.year).toBeGreaterThan(1960)
    }
    expect(got.body.results[0].text).toBe(DOCUMENTS[1]?.text)
  })

  test('similarity is the dot product of the stored vector and the query’s', async () => {
    const { body: query } = await post('embeddings/generate', { text: 'baking', kind: 'query' })
    const { body } = await served.request('GET', '/api/search/semantic?q=baking')
    for (const { id, similarity } of body.results) {
      const { body: stored } = await served.request('GET', `/api/embeddings/${id}`)
      expect(similarity).toBeCloseTo(dot(query.embedding, stored.embedding), 5)
    }
  })

  test.each([
    ['', 400, 'query'],
    ['?q=a&query=b', 400, 'query'],
    ['?q=a&q=b', 400, 'q'],
    ['?q=a&limit=0', 400, 'limit'],
    ['?q=a&limit=1e9', 400, 'limit'],
    ['?q=a&threshold=high', 400, 'threshold'],
    ['?q=a&threshold=2', 400, 'threshold'],
    ['?q=a&filter={', 400, 'filter'],
    ['?q=a&filter=7', 400, 'filter'],
    ['?q=a&lmit=1', 400, 'lmit'],
    ['?q=%20', 400, 'query'],
  ])('GET %s is refused with the field’s name', async (query, status, field) => {
    const answer = await served.request('GET', `/api/search/semantic${query}`)
    expect(answer).toMatchObject({ status, body: { error: { code: 'INVALID_INPUT', details: { field } } } })
  })

  test('a query that no model reads is a 4xx', async () => {
    expect(await served.request('GET', '/api/search/semantic?q=%00')).toMatchObject({ status: 422 })
  })
})

describe('without a usable model', () => {
  const calls = [
    ['POST', 'embeddings/generate', { text: 'a' }],
    ['POST', 'embeddings/batch', { texts: ['a'] }],
    ['POST', 'embeddings/batch', { ids: ['bread'] }],
    ['GET', 'search/semantic?q=bread', undefined],
    ['POST', 'search/semantic', { query: 'bread' }],
  ] as const

  /** Stores a document without its vectors, and answers with other settings over the same database. */
  async function reopened(settings: Parameters<typeof openServed>[0]): Promise<Served> {
    const first = openServed({ embeddings: false })
    await first.request('POST', '/api/operations/add', { documents: DOCUMENTS.slice(0, 1) })
    const second = openServed({ database: first.parts.configuration.database, ...settings })
    return {
      ...second,
      async close() {
        await second.close()
        await first.close()
      },
    }
  }

  test('switched off: 503 with the reason on all of them, and general search answers by keyword', async () => {
    const off = await reopened({ embeddings: false })
    for (const [method, path, body] of [...calls, ['GET', 'embeddings/bread', undefined] as const]) {
      const answer = await off.request(method, `/api/${path}`, body)
      expect(answer, path).toMatchObject({ status: 503, body: { error: { code: 'EMBEDDING_UNAVAILABLE' } } })
      expect(answer.body.error.message).toMatch(/switched off/)
    }
    const { status, body } = await off.request('POST', '/api/operations/search', { query: 'bread' })
    expect(status).toBe(200)
    expect(body).toMatchObject({ degraded: { code: 'EMBEDDING_UNAVAILABLE' }, hits: [{ documentId: 'bread' }] })
    await off.close()
  })

  test('a damaged model folder: 503 with the reason, and what is stored is shown', async () => {
    const damaged = join(served.folder, 'damaged')
    cpSync('models/all-MiniLM-L6-v2', damaged, { recursive: true })
    const weights = readdirSync(damaged, { recursive: true }).find((name) => `${name}`.endsWith('.onnx'))
    truncateSync(join(damaged, `${weights}`), 1_000)
    const broken = await reopened({ model: damaged })
    await broken.request('POST', '/api/operations/collections.drop', { name: 'default' })
    await broken.request('POST', '/api/operations/add', { documents: DOCUMENTS.slice(0, 1) })
    for (const [method, path, body] of calls) {
      const answer = await broken.request(method, `/api/${path}`, body)
      const error = { code: 'EMBEDDING_UNAVAILABLE', details: { reason: 'MODEL_DAMAGED' } }
      expect(answer, path).toMatchObject({ status: 503, body: { error } })
    }
    const stored = await broken.request('GET', '/api/embeddings/bread')
    expect(stored).toMatchObject({ status: 200, body: { chunks: [{ state: 'pending', embedding: null }] } })
    const { body } = await broken.request('POST', '/api/operations/search', { query: 'bread' })
    expect(body).toMatchObject({ degraded: { code: 'MODEL_DAMAGED' }, hits: [{ documentId: 'bread' }] })
    await broken.close()
  })
})
