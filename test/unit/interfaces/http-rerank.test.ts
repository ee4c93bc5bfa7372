import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writeReranker } from '../../support/reranker-folder.ts'
import { openServed, type Served } from '../../support/served.ts'

/** Its logit is the sum of its words' numbers, those of the document three times. */
const WORDS = { light: 1, sun: 2, rain: -1, poison: Number.NaN, plants: 0.5 }
const REQUEST = { model: 'sum-of-words', query: 'plants', documents: ['rain', 'sun light', 'unheard of', 'light'] }
const CODES: Record<number, string> = { 400: 'INVALID_INPUT', 404: 'MODEL_UNKNOWN', 422: 'MODEL_INVALID' }
const LOGITS = [-2.5, 9.5, 0.5, 3.5]

let served: Served
beforeAll(async () => {
  served = openServed()
  const folder = join(served.folder, 'made')
  writeReranker(folder, { form: 'bert', words: WORDS })
  await served.parts.models.add(folder, { name: 'sum-of-words' })
})
afterAll(async () => {
  await served.parts.models.remove('sum-of-words')
  await served.close()
})

describe.each([['1'], ['2']])('POST /v%s/rerank', (version) => {
  const ask = (request: object) => served.request('POST', `/v${version}/rerank`, request)

  test('answers the order with scores, and nothing else', async () => {
    const { status, body } = await ask(REQUEST)
    expect(status).toBe(200)
    const order = [1, 3, 2, 0]
    expect(body).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      results: order.map((index) => ({
        index,
        relevance_score: expect.closeTo(1 / (1 + Math.exp(-(LOGITS[index] as number))), 10),
      })),
      meta: { api_version: { version } },
    })
  })

  test('top_n keeps the best, and documents come back as they were', async () => {
    const documents = ['rain', { text: 'sun', year: 1990 }]
    const { body } = await ask({ ...REQUEST, documents, top_n: 1, return_documents: true })
    expect(body.results).toEqual([
      { index: 1, relevance_score: expect.any(Number), document: { text: 'sun', year: 1990 } },
    ])
    const texts = await ask({ ...REQUEST, documents: ['sun'], return_documents: true })
    expect(texts.body.results[0].document).toEqual({ text: 'sun' })
  })

  test('rank_fields choose what is read of an object', async () => {
    const documents = [{ title: 'rain', text: 'sun' }, { title: 'sun', text: 'rain' }, { text: 'light' }]
    const order = async (rank_fields?: string[]) => {
      const { body } = await ask({ ...REQUEST, documents, ...(rank_fields && { rank_fields }) })
      return body.results.map(({ index }: { index: number }) => index)
    }
    expect(await order()).toEqual([0, 2, 1])
    expect(await order(['title', 'text'])).toEqual([0, 1, 2])
    expect(await ask({ ...REQUEST, documents, rank_fields: ['title'] })).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining('documents.2') },
    })
  })

  test('a document without a score is left out, and a warning says why', async () => {
    const { status, body } = await ask({ ...REQUEST, documents: ['sun', 'a poison', '', 'rain'] })
    expect(status).toBe(200)
    expect(body.results.map(({ index }: { index: number }) => index)).toEqual([0, 3])
    expect(body.meta.warnings).toEqual([
      expect.stringMatching(/^documents\.1 has no score: /),
      expect.stringMatching(/^documents\.2 has no score: /),
    ])
  })

  test.each([
    [{ query: undefined }, 400, 'query'],
    [{ documents: undefined }, 400, 'documents'],
    [{ documents: [] }, 400, 'documents'],
    [{ documents: ['a', 7] }, 400, 'documents.1'],
    [{ top_n: 0 }, 400, 'top_n'],
    [{ topn: 3 }, 400, 'topn'],
    [{ max_chunks_per_doc: 3 }, 400, 'max_chunks_per_doc'],
    [{ model: undefined }, 400, 'reranker'],
    [{ model: 'rerank-v3.5' }, 404, 'rerank-v3.5'],
    [{ model: '../made' }, 404, '../made'],
    [{ model: 'all-MiniLM-L6-v2' }, 422, 'all-MiniLM-L6-v2'],
  ])('refuses %j', async (change, status, named) => {
    const answer = await ask({ ...REQUEST, ...change })
    expect(answer.status).toBe(status)
    expect(answer.body).toMatchObject({ message: expect.stringContaining(named), code: CODES[status] })
    if (named in change) expect(answer.body.details).toMatchObject(status === 400 ? { field: named } : {})
  })

  test('with models switched off: 503 with the reason', async () => {
    const off = openServed({ embeddings: false })
    const { status, body } = await off.request('POST', `/v${version}/rerank`, { ...REQUEST, model: 'all-MiniLM-L6-v2' })
    expect(status).toBe(503)
    expect(body).toMatchObject({ message: expect.stringMatching(/switched off/), code: 'EMBEDDING_UNAVAILABLE' })
    await off.close()
  })
})
