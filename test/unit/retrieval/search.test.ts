import { beforeEach, describe, expect, test } from 'vitest'
import { SemdexError } from '../../../src/core/errors.ts'
import { type Filter, parseFilter } from '../../../src/core/filter.ts'
import type { Models, Storage } from '../../../src/core/parts.ts'
import type { Collection } from '../../../src/core/ports/record-store.ts'
import type { SearchAnswer } from '../../../src/core/search.ts'
import { cosine } from '../../../src/core/vectors.ts'
import type { SearchRequest } from '../../../src/retrieval/request.ts'
import { search } from '../../../src/retrieval/search.ts'
import {
  letterVector,
  makeCollection,
  openTestStorage,
  put,
  type TestDocument,
  type TestModel,
  testModels,
} from './support.ts'

const SMALL: TestModel = { dimensions: 26 }
const LARGE: TestModel = { dimensions: 61 }
const DOCUMENTS: TestDocument[] = [
  {
    id: 'bread',
    passages: ['Knead the dough and bake the bread.', 'Bread rises overnight.'],
    path: '/notes/food/bread.md',
  },
  { id: 'soup', passages: ['Boil the onions for the soup.'], path: '/notes/food/soup.md', metadata: { lang: 'en' } },
  { id: 'orbit', passages: ['The satellite circles the planet.'], metadata: { lang: 'de' } },
]

let storage: Storage
let notes: Collection
beforeEach(async () => {
  storage = openTestStorage()
  notes = await makeCollection(storage, 'notes', ['small', SMALL], DOCUMENTS)
})

interface Given {
  models?: Models
  collections?: Collection[]
  filter?: Filter
  signal?: AbortSignal
}

function ask(query: string, request: Partial<SearchRequest> = {}, given: Given = {}): Promise<SearchAnswer> {
  const { models = testModels({ small: SMALL, large: LARGE }), collections = [notes], filter, signal } = given
  const scopes = collections.map((collection) => ({ collection, ...(filter && { filter: parseFilter(filter) }) }))
  return search(
    { query, mode: 'hybrid', limit: 10, ...request },
    { models, storage: async () => storage, scopes: async () => scopes },
    { ...(signal && { signal }) },
  )
}

const ids = ({ hits }: SearchAnswer) => hits.map(({ documentId }) => documentId)

describe('a hit', () => {
  test('is a document with its best passage, its place and the passages after it', async () => {
    const answer = await ask('knead the dough', { explain: true })
    expect(answer).toMatchObject({ query: 'knead the dough', mode: 'hybrid', degraded: null })
    const [hit] = answer.hits
    expect(hit).toMatchObject({
      rank: 1,
      documentId: 'bread',
      collection: 'notes',
      path: '/notes/food/bread.md',
      text: 'Knead the dough and bake the bread.',
      snippet: 'Knead the dough and bake the bread.',
      lines: [1, 1],
      heading: ['part 1'],
      more: [{ lines: [2, 2] }],
    })
    expect(hit?.similarity).toBeCloseTo(
      cosine(letterVector('knead the dough', 26), letterVector(hit?.text as string, 26)),
      9,
    )
    expect(hit?.explanation?.parts).toMatchObject({ terms: 'knead dough' })
    expect(answer.hits.map(({ rank }) => rank)).toEqual([1, 2, 3])
    for (const each of Object.values(answer.timings)) expect(each).toBeGreaterThanOrEqual(0)
  })

  test('is explained only on request', async () => {
    expect((await ask('dough')).hits.every((hit) => !('explanation' in hit))).toBe(true)
  })

  test('lists no document twice, and no more documents than asked for', async () => {
    const many = await makeCollection(
      storage,
      'many',
      ['small', SMALL],
      [
        { id: 'long', passages: Array.from({ length: 60 }, (_, i) => `bread bread bread ${i}`) },
        ...Array.from({ length: 5 }, (_, i) => ({ id: `short-${i}`, passages: [`bread with something else ${i}`] })),
      ],
    )
    for (const mode of ['hybrid', 'vector', 'lexical'] as const) {
      const found = ids(await ask('bread', { mode, limit: 4 }, { collections: [many] }))
      expect(found.length).toBe(4)
      expect(new Set(found).size).toBe(4)
      expect(found[0]).toBe('long')
    }
    const [hit] = (await ask('bread', { limit: 1 }, { collections: [many] })).hits
    expect(hit?.more.length).toBe(3)
  })

  test('that was removed since it was found gives its place to the next', async () => {
    const many = await makeCollection(
      storage,
      'many',
      ['small', SMALL],
      Array.from({ length: 30 }, (_, i) => ({ id: `d${i}`, passages: [`bread number ${i}`] })),
    )
    const before = ids(await ask('bread', { limit: 30 }, { collections: [many] }))
    const { records } = storage
    const gone = new Set(before.slice(0, 12))
    const vanishing = {
      ...storage,
      records: {
        ...records,
        chunks: async (keys: readonly number[]) =>
          (await records.chunks(keys)).filter(({ documentId }) => !gone.has(documentId)),
      },
    }
    const answer = await search(
      { query: 'bread', mode: 'hybrid', limit: 5 },
      {
        models: testModels({ small: SMALL }),
        storage: async () => vanishing,
        scopes: async () => [{ collection: many }],
      },
    )
    expect(ids(answer)).toEqual(before.slice(12, 17))
    expect(answer.hits.map(({ rank }) => rank)).toEqual([1, 2, 3, 4, 5])
  })
})

describe('modes', () => {
  test('vector: cosines alone, and no word is looked up', async () => {
    const answer = await ask('bake bread', { mode: 'vector', explain: true })
    expect(answer.hits.map(({ score, similarity }) => score === similarity)).toEqual([true, true, true])
    expect(answer.hits[0]?.explanation?.rule).toBe('cosine')
    expect(answer.timings.lexical).toBe(0)
  })

  test('lexical: words alone, and no model is used', async () => {
    const models = testModels({})
    const answer = await ask('bake bread', { mode: 'lexical' }, { models })
    expect(ids(answer)).toEqual(['bread'])
    expect(answer).toMatchObject({ degraded: null, hits: [{ similarity: null }] })
    expect(models.asked).toEqual([])
  })

  test('hybrid: finds what only one of the two finds', async () => {
    await put(storage, notes, [{ id: 'waiting', passages: ['xylophone'], unembedded: true }])
    const answer = await ask('xylophone')
    expect(ids(answer)).toContain('waiting')
    expect(ids(answer)).toContain('soup')
    expect(answer.hits.find(({ documentId }) => documentId === 'waiting')).toMatchObject({ similarity: null })
  })

  test('the query is embedded as a query, once for each model', async () => {
    const other = await makeCollection(storage, 'other', ['small', SMALL], DOCUMENTS)
    const third = await makeCollection(storage, 'third', ['large', LARGE], DOCUMENTS)
    const models = testModels({ small: SMALL, large: LARGE })
    await ask('dough', {}, { models, collections: [notes, other, third] })
    expect(models.asked).toEqual(['small: query: dough', 'large: query: dough'])
  })
})

describe('a query', () => {
  test.each(['', ' ', '\n\t', '\u3000'])('%j is refused', async (query) => {
    for (const mode of ['hybrid', 'vector', 'lexical'] as const) {
      await expect(ask(query, { mode })).rejects.toMatchObject({ code: 'INVALID_INPUT', details: { field: 'query' } })
    }
  })

  test.each(['!?', '"', '*', '"unclosed', 'a:b', 'foo-bar', 'c++', '(', 'NEAR(', '\0', '\ud800', "'; --"])(
    '%j is answered',
    async (query) => {
      const hybrid = await ask(query, { explain: true })
      expect(hybrid.hits.length).toBe(3)
      for (const { score } of hybrid.hits) expect(Number.isFinite(score)).toBe(true)
      expect((await ask(query, { mode: 'lexical' })).hits).toEqual([])
    },
  )

  test.each(['AND', 'NOT', 'OR knead'])('%j is words, no operator', async (query) => {
    const found = ids(await ask(query, { mode: 'lexical' }))
    expect(found).toEqual(query === 'NOT' ? [] : ['bread'])
  })

  test('of no collections has no hits', async () => {
    expect(await ask('bread', {}, { collections: [] })).toMatchObject({ hits: [], degraded: null })
  })

  test('of an empty collection has no hits', async () => {
    const empty = await makeCollection(storage, 'empty', ['small', SMALL], [])
    for (const mode of ['hybrid', 'vector', 'lexical'] as const) {
      expect(await ask('bread', { mode }, { collections: [empty] })).toMatchObject({ hits: [], degraded: null })
    }
  })
})

describe('without a usable model', () => {
  const broken = () => testModels({ small: { ...SMALL, broken: 'MODEL_DAMAGED' } })

  test('hybrid answers by keyword and says why', async () => {
    const answer = await ask('bread', {}, { models: broken() })
    expect(answer.degraded).toEqual({ code: 'MODEL_DAMAGED', message: 'The model small is broken.', fix: 'mend small' })
    expect(answer.hits).toMatchObject([{ documentId: 'bread', similarity: null }])
  })

  test.each<[string, Partial<SearchRequest>]>([
    ['vector mode', { mode: 'vector' }],
    ['a least similarity', { minSimilarity: 0.1 }],
  ])('%s is refused with the reason and the way out', async (_, request) => {
    const error = await ask('bread', request, { models: broken() }).catch((thrown) => thrown)
    expect(error).toBeInstanceOf(SemdexError)
    expect(error).toMatchObject({
      code: 'EMBEDDING_UNAVAILABLE',
      fix: 'mend small',
      details: { reason: 'MODEL_DAMAGED' },
    })
    expect(error.message).toContain('The model small is broken.')
  })

  test('that is unknown, hybrid answers too', async () => {
    expect(await ask('bread', {}, { models: testModels({}) })).toMatchObject({
      degraded: { code: 'MODEL_UNKNOWN' },
      hits: [{ documentId: 'bread' }],
    })
  })

  test('whose files are those of the collection, vectors are not compared', async () => {
    const models = testModels({ small: { ...SMALL, fingerprint: 'other files' } })
    const answer = await ask('bread', {}, { models })
    expect(answer.degraded).toMatchObject({ code: 'COLLECTION_MODEL_MISMATCH', details: { collection: 'notes' } })
    expect(answer.degraded?.fix).toBeTruthy()
    expect(answer.hits).toMatchObject([{ documentId: 'bread', similarity: null }])
    expect(models.asked).toEqual([])
    await expect(ask('bread', { mode: 'vector' }, { models })).rejects.toMatchObject({
      code: 'EMBEDDING_UNAVAILABLE',
      details: { reason: 'COLLECTION_MODEL_MISMATCH' },
    })
  })

  test('of one collection the other still answers by meaning', async () => {
    const other = await makeCollection(storage, 'other', ['large', LARGE], DOCUMENTS)
    const models = testModels({ small: { ...SMALL, broken: 'MODEL_NOT_INSTALLED' }, large: LARGE })
    const answer = await ask('bread', {}, { models, collections: [notes, other] })
    expect(answer.degraded).toMatchObject({ code: 'MODEL_NOT_INSTALLED' })
    const similarities = (name: string) =>
      answer.hits.filter(({ collection }) => collection === name).map(({ similarity }) => similarity !== null)
    expect(similarities('notes')).toEqual([false])
    expect(similarities('other')).toEqual([true, true, true])
  })
})

describe('filters and least similarity', () => {
  test('a filter applies before the limit', async () => {
    const many = await makeCollection(
      storage,
      'many',
      ['small', SMALL],
      [
        ...Array.from({ length: 300 }, (_, i) => ({ id: `near-${i}`, passages: ['bread bread bread'] })),
        { id: 'kept', passages: ['something of bread, far away'], metadata: { lang: 'de' } },
      ],
    )
    for (const mode of ['hybrid', 'vector', 'lexical'] as const) {
      const found = ids(await ask('bread', { mode, limit: 1 }, { collections: [many], filter: { lang: 'de' } }))
      expect(found).toEqual(['kept'])
    }
  })

  test('a filter changes which hits there are, not their similarities', async () => {
    const all = await ask('bread and soup')
    const some = await ask('bread and soup', {}, { filter: { $path: { $under: '/notes/food' } } })
    expect(ids(some).sort()).toEqual(['bread', 'soup'])
    for (const hit of some.hits) {
      const same = all.hits.find(({ documentId }) => documentId === hit.documentId)
      expect(hit.similarity).toBe(same?.similarity)
    }
  })

  test('a least similarity keeps passages that reach it', async () => {
    const all = await ask('bake the bread', { mode: 'vector' })
    const least = all.hits[1]?.similarity as number
    for (const mode of ['vector', 'hybrid'] as const) {
      const kept = await ask('bake the bread', { mode, minSimilarity: least })
      expect(ids(kept).sort()).toEqual(ids(all).slice(0, 2).sort())
      for (const { similarity, more } of kept.hits) {
        for (const each of [similarity, ...more.map((passage) => passage.similarity)])
          expect(each).toBeGreaterThanOrEqual(least)
      }
    }
    expect((await ask('bread', { minSimilarity: 1 })).hits).toEqual([])
  })

  test('a least similarity cannot be asked of words', async () => {
    await expect(ask('bread', { mode: 'lexical', minSimilarity: 0 })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      details: { field: 'minSimilarity' },
      fix: expect.any(String),
    })
  })
})

describe('several collections', () => {
  test('are searched each with its own model and its own statistics: another one changes no order', async () => {
    const other = await makeCollection(
      storage,
      'other',
      ['large', LARGE],
      [
        ...DOCUMENTS,
        ...Array.from({ length: 20 }, (_, i) => ({ id: `more-${i}`, passages: ['bread, bread and more bread'] })),
      ],
    )
    for (const mode of ['hybrid', 'vector', 'lexical'] as const) {
      const own = (answer: SearchAnswer) =>
        answer.hits
          .filter(({ collection }) => collection === 'notes')
          .map(({ documentId, similarity, model }) => ({ documentId, similarity, model }))
      const alone = own(await ask('dough for bread', { mode, limit: 100 }))
      const together = await ask('dough for bread', { mode, limit: 100 }, { collections: [notes, other] })
      expect(alone.length).toBeGreaterThan(0)
      expect(own(together)).toEqual(alone)
      expect(new Set(together.hits.map(({ collection }) => collection))).toEqual(new Set(['notes', 'other']))
    }
  })

  test('with two models are ranked by how far a cosine stands out among its own, never by raw cosines', async () => {
    const other = await makeCollection(storage, 'other', ['large', LARGE], DOCUMENTS)
    const answer = await ask('bake bread', { mode: 'vector', explain: true }, { collections: [notes, other] })
    for (const { score, similarity, model, explanation } of answer.hits) {
      expect(explanation?.rule).toBe('z = (similarity − mean)/deviation')
      expect(explanation?.parts).toMatchObject({ z: score, similarity, model })
    }
    expect(answer.hits.map(({ score }) => score)).toEqual(answer.hits.map(({ score }) => score).sort((a, b) => b - a))
    const least = Math.max(...answer.hits.map(({ similarity }) => similarity as number))
    const { hits } = await ask('bake bread', { mode: 'vector', minSimilarity: least }, { collections: [notes, other] })
    expect(hits.map(({ similarity }) => similarity)).toEqual([least])
  })

  test('of which one model cannot be used are answered by the other, and the answer says so', async () => {
    const other = await makeCollection(storage, 'other', ['large', LARGE], DOCUMENTS)
    const models = testModels({ small: { ...SMALL, broken: 'MODEL_DAMAGED' }, large: LARGE })
    const answer = await ask('bread', { mode: 'vector' }, { models, collections: [notes, other] })
    expect(answer.degraded).toMatchObject({ code: 'MODEL_DAMAGED' })
    expect(new Set(answer.hits.map(({ model }) => model))).toEqual(new Set(['large']))
  })

  test('may have documents with the same id', async () => {
    const other = await makeCollection(storage, 'other', ['small', SMALL], DOCUMENTS)
    const answer = await ask('bread', { mode: 'lexical' }, { collections: [notes, other] })
    expect(answer.hits.map(({ collection, documentId }) => `${collection}/${documentId}`)).toEqual([
      'notes/bread',
      'other/bread',
    ])
  })

  test("of the caller's own vectors have no words and are not asked for any", async () => {
    const own = await makeCollection(storage, 'own', null, [])
    expect(ids(await ask('bread', {}, { collections: [notes, own] }))[0]).toBe('bread')
  })
})

describe('an abort', () => {
  test('before the search ends it', async () => {
    for (const mode of ['hybrid', 'vector', 'lexical'] as const) {
      await expect(ask('bread', { mode }, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ABORTED' })
    }
  })

  test('while the query is embedded is an abort, not a degraded answer', async () => {
    const controller = new AbortController()
    const models = testModels({ small: SMALL })
    const aborting: Models = {
      ...models,
      async embedder(name) {
        controller.abort()
        return models.embedder(name)
      },
    }
    await expect(ask('bread', {}, { models: aborting, signal: controller.signal })).rejects.toMatchObject({
      code: 'ABORTED',
    })
  })
})
