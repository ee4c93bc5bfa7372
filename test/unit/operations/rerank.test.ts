import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { open } from '../../../src/interfaces/library/semdex.ts'
import { writeReranker } from '../../support/reranker-folder.ts'
import { openWorkplace, type Workplace } from './support.ts'

/** Its logit is the sum of its words' numbers, those of the passage three times. */
const WORDS = { light: 1, sun: 2, rain: -1, poison: Number.NaN, plants: 0.5 }
const QUERY = 'plants'
const PASSAGES = ['rain', 'sun light', 'unheard of', 'light', 'sun light']
const LOGITS = [-2.5, 9.5, 0.5, 3.5, 9.5]

let workplace: Workplace
let model: string
beforeAll(() => {
  workplace = openWorkplace()
  model = workplace.path('sum-of-words')
  writeReranker(model, { form: 'bert', words: WORDS })
})
afterAll(() => workplace.close())

describe('rerank', () => {
  test('orders passages best first, and those of one score by their place', async () => {
    const answer = await workplace.run('rerank', { query: QUERY, passages: PASSAGES, model })
    expect(answer.results.map(({ index }) => index)).toEqual([1, 4, 3, 2, 0])
    for (const { index, logit, score, truncated } of answer.results) {
      expect(logit).toBeCloseTo(LOGITS[index] as number, 5)
      expect(score).toBeCloseTo(1 / (1 + Math.exp(-logit)), 12)
      expect(truncated).toBe(false)
    }
    expect(answer).toMatchObject({ model, failed: [] })
    expect(answer.results.map(({ tokens }) => tokens)).toEqual([6, 6, 5, 6, 5])
  })

  test('a limit keeps the best', async () => {
    const { results } = await workplace.run('rerank', { query: QUERY, passages: PASSAGES, model, limit: 2 })
    expect(results.map(({ index }) => index)).toEqual([1, 4])
  })

  test.each([1, 60])('a passage that fails costs only itself, among its like %i times', async (times) => {
    const passages = Array.from({ length: times }, () => ['sun', 'a poison', '', 'rain sun']).flat()
    const { results, failed } = await workplace.run('rerank', { query: QUERY, passages, model })
    expect(results).toHaveLength(2 * times)
    for (const { index, logit } of results) expect(logit).toBeCloseTo(passages[index] === 'sun' ? 6.5 : 3.5, 5)
    expect(failed.map(({ index, error }) => [index % 4, error.code])).toEqual(
      Array.from({ length: times }, () => [
        [1, 'NAN_EMBEDDING'],
        [2, 'EMPTY_EMBEDDING'],
      ]).flat(),
    )
  })

  test('no passages, no results', async () => {
    expect(await workplace.run('rerank', { query: QUERY, passages: [], model })).toEqual({
      model,
      results: [],
      failed: [],
    })
  })

  test.each([
    ['an empty query', { query: '', passages: ['a'] }, 'query'],
    ['a limit of 0', { query: 'a', passages: ['a'], limit: 0 }, 'limit'],
    ['a passage that is no text', { query: 'a', passages: [1] }, 'passages.0'],
    ['too many passages', { query: 'a', passages: Array.from({ length: 10_001 }, () => 'a') }, 'passages'],
  ])('%s is refused', async (_, input, field) => {
    const call = workplace.run('rerank', { ...input, model })
    await expect(call).rejects.toMatchObject({ code: 'INVALID_INPUT', details: { field } })
  })

  test('without a model it says which there are, and how to get one', async () => {
    const call = workplace.run('rerank', { query: QUERY, passages: PASSAGES })
    await expect(call).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      fix: expect.stringContaining('semdex models pull ms-marco-MiniLM-L-6-v2'),
      details: {
        field: 'model',
        known: expect.arrayContaining(['ms-marco-MiniLM-L-6-v2', 'bge-reranker-base']),
        installed: [],
      },
    })
  })

  test('a model that embeds is refused, and so is a reranker that is to embed', async () => {
    const reranking = workplace.run('rerank', { query: QUERY, passages: PASSAGES, model: 'all-MiniLM-L6-v2' })
    await expect(reranking).rejects.toMatchObject({ code: 'MODEL_INVALID', fix: expect.stringContaining('rerank') })
    const embedding = workplace.run('embed', { texts: ['a'], model })
    await expect(embedding).rejects.toMatchObject({ code: 'MODEL_INVALID', fix: expect.stringContaining('embed') })
  })

  test('a signal that has fired ends it', async () => {
    const call = workplace.run('rerank', { query: QUERY, passages: PASSAGES, model }, { signal: AbortSignal.abort() })
    await expect(call).rejects.toMatchObject({ code: 'ABORTED' })
  })
})

describe('db.rerank', () => {
  test('gives the same, with errors as errors, and ends with its database', async () => {
    const db = await open({ database: workplace.path('library.db'), cacheDirectory: workplace.path('cache') })
    const { results, failed } = await db.rerank(QUERY, [...PASSAGES, 'poison'], { model, limit: 3 })
    expect(results.map(({ index }) => index)).toEqual([1, 4, 3])
    expect(failed).toMatchObject([{ index: 5, error: { name: 'SemdexError', code: 'NAN_EMBEDDING' } }])
    await db.close()
    await expect(db.rerank(QUERY, PASSAGES, { model })).rejects.toMatchObject({ code: 'STORE_CLOSED' })
  })
})
