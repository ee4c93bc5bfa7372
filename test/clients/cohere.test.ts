import { createRequire } from 'node:module'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Listening, openListening } from '../support/listening.ts'
import { writeReranker } from '../support/reranker-folder.ts'
import { CLIENTS, missingClient } from './environments.ts'

/** The slice of cohere-ai that is used: it is no dependency, so that its types are not here. */
interface Cohere {
  CohereClient: new (options: object) => { rerank(request: object): Promise<Reranked> }
  CohereClientV2: new (options: object) => { rerank(request: object): Promise<Reranked> }
  CohereError: new () => Error
}

interface Reranked {
  id?: string
  results: { index: number; relevanceScore: number; document?: object }[]
  meta?: { apiVersion?: { version: string }; warnings?: string[] }
}

const reason = missingClient('cohere')
const WORDS = { light: 1, sun: 2, rain: -1, poison: Number.NaN, plants: 0.5 }
const REQUEST = { model: 'sum-of-words', query: 'plants', documents: ['rain', 'sun light', 'unheard of', 'light'] }

describe.skipIf(reason !== null)(`Cohere's client${reason ? ` (${reason})` : ''}`, () => {
  let listening: Listening
  let cohere: Cohere
  beforeAll(async () => {
    cohere = createRequire(`${CLIENTS.cohere}/`)('cohere-ai')
    listening = await openListening()
    const folder = join(listening.folder, 'made')
    writeReranker(folder, { form: 'bert', words: WORDS })
    await listening.parts.models.add(folder, { name: 'sum-of-words' })
  })
  afterAll(() => listening?.close())

  function clients() {
    const options = { environment: listening.url, baseUrl: listening.url, token: 'unused', maxRetries: 0 }
    return [
      ['1', new cohere.CohereClient(options)],
      ['2', new cohere.CohereClientV2(options)],
    ] as const
  }

  test('reads the order, the scores and the version', async () => {
    for (const [version, client] of clients()) {
      const answer = await client.rerank({ ...REQUEST, topN: 3 })
      expect(answer.results.map(({ index }) => index)).toEqual([1, 3, 2])
      expect(answer.results[0]?.relevanceScore).toBeCloseTo(1 / (1 + Math.exp(-9.5)), 10)
      expect(answer.meta?.apiVersion?.version).toBe(version)
      expect(answer.id).toMatch(/^[0-9a-f-]{36}$/)
    }
  })

  test('gets documents back, of objects those fields that were read', async () => {
    const [[, client]] = clients()
    const documents = [{ title: 'rain', text: 'sun' }, { title: 'sun' }]
    const answer = await client.rerank({ ...REQUEST, documents, rankFields: ['title'], returnDocuments: true })
    expect(answer.results.map(({ index, document }) => [index, document])).toEqual([
      [1, { title: 'sun' }],
      [0, { title: 'rain', text: 'sun' }],
    ])
  })

  test('raises its own errors', async () => {
    for (const [, client] of clients()) {
      const error = await client.rerank({ ...REQUEST, model: 'rerank-v3.5' }).catch((thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(cohere.CohereError)
      expect(error).toMatchObject({ statusCode: 404, body: { message: expect.stringContaining('rerank-v3.5') } })
    }
  })
})
