import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Storage } from '../../../src/core/parts.ts'
import type { Collection } from '../../../src/core/ports/record-store.ts'
import type { SearchMode } from '../../../src/core/search.ts'
import { cosine } from '../../../src/core/vectors.ts'
import { search } from '../../../src/retrieval/search.ts'
import {
  letterVector,
  makeCollection,
  openTestStorage,
  type TestModel,
  testModels,
} from '../../unit/retrieval/support.ts'

const MODEL: TestModel = { dimensions: 13 }
const words = fc.array(fc.constantFrom('bread', 'oven', 'orbit', 'planet', 'soup', 'onion', 'the', 'of'), {
  minLength: 1,
  maxLength: 6,
})
const passage = words.map((list) => list.join(' '))
const corpus = fc.array(
  fc.record({ passages: fc.array(passage, { minLength: 1, maxLength: 4 }), unembedded: fc.nat(5).map((n) => n === 0) }),
  { maxLength: 10 },
)

test('search ranks documents as a loop over all passages does', async () => {
  await fc.assert(
    fc.asyncProperty(
      corpus,
      corpus,
      passage,
      fc.constantFrom<SearchMode>('hybrid', 'vector', 'lexical'),
      fc.integer({ min: 1, max: 12 }),
      async (first, second, query, mode, limit) => {
        const storage = openTestStorage()
        const collections: Collection[] = []
        for (const [name, documents] of Object.entries({ first, second })) {
          const named = documents.map((document, i) => ({ id: `${name}-${i}`, ...document }))
          collections.push(await makeCollection(storage, name, ['model', MODEL], named))
        }
        const answer = await search(
          { query, mode, limit, explain: true },
          {
            models: testModels({ model: MODEL }),
            storage: async () => storage,
            scopes: async () => collections.map((collection) => ({ collection })),
          },
        )
        const share = Number(answer.hits[0]?.explanation?.parts.share)
        const expected = await naive(storage, collections, query, { mode, share })
        expect(answer.hits.map(({ documentId }) => documentId)).toEqual(expected.slice(0, limit).map(({ id }) => id))
        for (const [i, { score }] of answer.hits.entries())
          expect(Math.abs(score - (expected[i]?.score ?? 0))).toBeLessThan(1e-9)
      },
    ),
    { numRuns: 150 },
  )
})

interface Scored {
  id: string
  key: number
  score: number
}

/** Every passage scored by the rule of its mode, then the best passage of each document. */
async function naive(storage: Storage, collections: Collection[], query: string, by: Rule): Promise<Scored[]> {
  const all: Scored[] = []
  const cosines: number[] = []
  for (const collection of collections) cosines.push(...(await cosinesOf(storage, collection, query)).values())
  for (const collection of collections) all.push(...(await scoreAll(storage, collection, query, { ...by, cosines })))
  all.sort((a, b) => b.score - a.score || a.key - b.key)
  return all.filter(({ id }, i) => all.findIndex((other) => other.id === id) === i)
}

interface Rule {
  mode: SearchMode
  share: number
}

/** `cosines`: those of all collections. */
async function scoreAll(
  storage: Storage,
  collection: Collection,
  query: string,
  { mode, share, cosines: all }: Rule & { cosines: number[] },
): Promise<Scored[]> {
  const lexical = await storage.lexicalIndex(collection).search(query, { limit: 1_000 })
  const bm25 = new Map(lexical.hits.map(({ key, score }) => [key, score]))
  const cosines = await cosinesOf(storage, collection, query)
  const mean = all.reduce((sum, value) => sum + value, 0) / all.length
  const variance = all.reduce((sum, value) => sum + (value - mean) ** 2, 0) / all.length
  const bound = Math.max(lexical.bound, 2.2 * lexical.terms.filter(({ chunks: holding }) => holding > 0).length)
  return (await chunksOf(storage, collection)).flatMap(({ key, documentId: id }) => {
    const [similarity, words] = [cosines.get(key), bm25.get(key) ?? 0]
    if (mode === 'vector') return similarity === undefined ? [] : [{ id, key, score: similarity }]
    if (mode === 'lexical') return words === 0 ? [] : [{ id, key, score: words / bound }]
    if (similarity === undefined && words === 0) return []
    const z = similarity === undefined || variance === 0 ? 0 : (similarity - mean) / Math.sqrt(variance)
    const best = lexical.hits[0]?.score ?? 0
    const reach = Math.min(6, Math.sqrt(Math.max(1, all.length - 1)))
    const lexicalPart = words === 0 ? 0 : ((1 - share) * words) / Math.sqrt(best * bound)
    return [{ id, key, score: (share * z) / reach + lexicalPart }]
  })
}

async function chunksOf(storage: Storage, collection: Collection) {
  const documents = await storage.records.documents(collection.name, { limit: 1_000 })
  return (await Promise.all(documents.map(({ id }) => storage.records.chunksOfDocument(collection.name, id)))).flat()
}

async function cosinesOf(storage: Storage, collection: Collection, query: string): Promise<Map<number, number>> {
  const wanted = letterVector(query, MODEL.dimensions)
  const keys = (await chunksOf(storage, collection)).map(({ key }) => key)
  const vectors = await storage.records.vectors(keys, collection.fingerprint)
  return new Map([...vectors].map(([key, vector]) => [key, cosine(wanted, vector)]))
}
