import assert from 'node:assert/strict'
import { parseFilter } from '../core/filter.ts'
import type { Storage } from '../core/parts.ts'
import type { CandidateLists, CandidateQuery } from '../core/ports/indexes.ts'
import type { Collection } from '../core/ports/record-store.ts'
import { type Runner, rejectsWith, using } from './runner.ts'
import { CODE, DIMENSIONS, FINGERPRINT, keysOf, sampleCollection, sampleDocument } from './samples.ts'

/** What `Storage.candidates` promises: the answers of both indexes, put together. */
export function candidatesContract(name: string, create: () => Promise<Storage>, { describe, test }: Runner): void {
  describe(`Storage.candidates: ${name}`, () => {
    const check = (title: string, body: (storage: Storage, collection: Collection, keys: number[]) => Promise<void>) =>
      test(title, () =>
        using(create, async (storage) => {
          const collection = await storage.records.createCollection(sampleCollection('a', { code: CODE }))
          await body(storage, collection, await feed(storage))
        }),
      )
    const both: CandidateQuery = { vectors: [TEXT_QUERY, CODE_QUERY], words: 'loaf', limit: 2 }

    check('the nearest of each model, and the words with the scores of these', async (storage, collection, keys) => {
      const [near, second, , byWord, code] = keys as [number, number, number, number, number]
      const { measured, lexical } = await storage.candidates(collection, both)
      assert.deepEqual(
        measured.map(({ similarities }) => [...similarities.keys()]),
        [[near, second, byWord], [code]],
      )
      assert.deepEqual(
        lexical.hits.map(({ key }) => key),
        [byWord, near],
      )
    })

    for (const [title, query] of Object.entries<CandidateQuery>({
      'of two models and words': both,
      'of one model': { ...both, vectors: [TEXT_QUERY], words: null },
      'of words alone': { ...both, vectors: [] },
      'of words that are nowhere': { ...both, words: 'nowhere' },
      'of what a filter keeps': { ...both, filter: parseFilter({ kind: 'kept' }) },
      'of no more than there are': { ...both, limit: 100 },
    })) {
      check(`what each index answers by itself: ${title}`, async (storage, collection) => {
        const { lexicalTime, ...lists } = await storage.candidates(collection, query)
        assert.ok(lexicalTime >= 0)
        assert.deepEqual(lists, await oneByOne(storage, collection, query))
      })
    }

    check('errors are those of the indexes', async (storage, collection) => {
      const ask = (change: Partial<CandidateQuery>) => storage.candidates(collection, { ...both, ...change })
      const vector = Float32Array.of(1, 0, 0)
      await rejectsWith('DIMENSION_MISMATCH', ask({ vectors: [{ ...TEXT_QUERY, vector }] }))
      await rejectsWith('VECTOR_INVALID', ask({ vectors: [{ ...CODE_QUERY, vector: Float32Array.of(Number.NaN, 0) }] }))
      const gone = { ...TEXT_QUERY, model: { ...TEXT_QUERY.model, fingerprint: 'gone' } }
      await rejectsWith('COLLECTION_MODEL_MISMATCH', ask({ vectors: [gone] }))
      await rejectsWith('INVALID_INPUT', ask({ limit: 1_000_000 }))
      await rejectsWith('ABORTED', ask({ signal: AbortSignal.abort() }))
      await storage.close()
      await rejectsWith('INDEX_CLOSED', ask({}))
    })
  })
}

const TEXT_QUERY = {
  model: { model: null, fingerprint: FINGERPRINT, dimensions: DIMENSIONS },
  vector: Float32Array.of(1, 0, 0, 0),
}
const CODE_QUERY = { model: CODE, vector: Float32Array.of(1, 0) }

/** Of the four of text, the last is far from the query and has its word, as the first has once among others. */
async function feed({ records }: Storage): Promise<number[]> {
  const kept = { metadata: { kind: 'kept' } }
  return keysOf(
    await records.putDocuments('a', [
      sampleDocument('near', [['a loaf among many other things in here', [1, 0.1, 0, 0]]], kept),
      sampleDocument('second', [['nothing', [1, 0.5, 0, 0]]]),
      sampleDocument('third', [['nothing', [0, 1, 0, 0]]], kept),
      sampleDocument('by-word', [['loaf', [-1, 0, 0, 0]]]),
      sampleDocument('code', [['bake()', [1, 1]]], { side: 'code' }),
    ]),
  )
}

async function oneByOne(storage: Storage, collection: Collection, query: CandidateQuery) {
  const { vectors, words, ...options } = query
  const indexes = vectors.map(({ model, vector }) => ({ index: storage.vectorIndex(collection, model), vector }))
  const nearest = await Promise.all(indexes.map(({ index, vector }) => index.search(vector, options)))
  const near = new Set(nearest.flat().map(({ key }) => key))
  const lexical: CandidateLists['lexical'] =
    words === null
      ? { hits: [], included: [], terms: [], bound: 0 }
      : await storage.lexicalIndex(collection).search(words, { ...options, include: [...near] })
  const missing = lexical.hits.map(({ key }) => key).filter((key) => !near.has(key))
  const measured = indexes.map(async ({ index, vector }, at) => {
    const own = (nearest[at] ?? []).map(({ key, similarity }): [number, number] => [key, similarity])
    const more = await index.similarities(vector, missing)
    return { similarities: new Map([...own, ...more]), distribution: await index.distribution(vector) }
  })
  return { measured: await Promise.all(measured), lexical }
}
