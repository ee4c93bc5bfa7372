import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { SemdexError } from '../../../src/core/errors.ts'
import type { Models, Storage } from '../../../src/core/parts.ts'
import type { Collection } from '../../../src/core/ports/record-store.ts'
import type { SearchAnswer } from '../../../src/core/search.ts'
import { SIDES, type Side } from '../../../src/core/sides.ts'
import { cosine } from '../../../src/core/vectors.ts'
import type { SearchRequest } from '../../../src/retrieval/request.ts'
import type { QueryRouter } from '../../../src/retrieval/route.ts'
import { search } from '../../../src/retrieval/search.ts'
import { sampleDocument } from '../../../src/testing/samples.ts'
import { openTemporaryStorage } from '../../support/storage.ts'
import { letterVector, type TestModel, testModels } from './support.ts'

const PROSE: TestModel = { dimensions: 26 }
const CODE: TestModel = { dimensions: 61 }
const TEXTS = ['bread is baked of dough', 'soup is boiled of onions', 'planets circle the sun', 'rivers run to the sea']
const FUNCTIONS = ['function bakeBread(dough)', 'function boilSoup(onions)', 'class Planet {}', 'def run(river):']

let storage: Storage
let mixed: Collection
beforeEach(async () => {
  storage = await openTemporaryStorage()
  mixed = await storage.records.createCollection({
    ...{ name: 'mixed', model: 'prose', fingerprint: 'prose:files', dimensions: PROSE.dimensions },
    code: { model: 'code', fingerprint: 'code:files', dimensions: CODE.dimensions },
  })
  await put('text', TEXTS, PROSE)
  await put('code', FUNCTIONS, CODE)
})
afterEach(() => storage.close())

async function put(side: Side, texts: string[], { dimensions }: TestModel): Promise<void> {
  const documents = texts.map((text, n) =>
    sampleDocument(`${side}-${n}`, [[text, [...letterVector(text, dimensions)]]], { side }),
  )
  for (const result of await storage.records.putDocuments('mixed', documents)) if (!result.ok) throw result.error
}

const goes =
  (side: Side | 'both'): QueryRouter =>
  async () => ({ code: 0.5, side })

interface Given {
  models?: Models
  router?: QueryRouter
}

function ask(query: string, request: Partial<SearchRequest> = {}, given: Given = {}): Promise<SearchAnswer> {
  const { models = testModels({ prose: PROSE, code: CODE }), router = goes('both') } = given
  return search(
    { query, mode: 'hybrid', limit: 10, ...request },
    {
      ...{ models, router, storage: async () => storage },
      scopes: async () => [{ collection: (await storage.records.collection('mixed')) ?? mixed }],
    },
  )
}

const bySide = ({ hits }: SearchAnswer) => hits.map(({ side, similarity }) => [side, similarity !== null])

describe('a query', () => {
  test.each<[Side | 'both', string[]]>([
    ['text', ['prose']],
    ['code', ['code']],
    ['both', ['prose', 'code']],
  ])('that goes to %s is embedded for %j alone', async (side, names) => {
    for (const [request, given] of [
      [{}, { router: goes(side) }],
      [{ side }, { router: () => Promise.reject(new Error('asked in vain')) }],
    ] as const) {
      const models = testModels({ prose: PROSE, code: CODE })
      const answer = await ask('zzz qqq', request, { models, ...given })
      expect(answer.side).toBe(side)
      expect(models.asked).toEqual(names.map((name) => `${name}: query: zzz qqq`))
      expect(new Set(answer.hits.map(({ model }) => model))).toEqual(new Set(names))
      const sides = side === 'both' ? ['text', 'code'] : [side]
      expect(new Set(answer.hits.map((hit) => hit.side))).toEqual(new Set(sides))
    }
  })

  test('is judged only where the two sides have different models, and not for words alone', async () => {
    const router: QueryRouter = () => Promise.reject(new Error('asked in vain'))
    expect(await ask('bread', { mode: 'lexical' }, { router })).toMatchObject({ side: null, degraded: null })
    await storage.records.updateCollection('mixed', { code: null })
    expect((await ask('bread', {}, { router })).side).toBeNull()
  })

  test('has each hit measured by the model of its side: true cosines, and z-scores on one scale', async () => {
    const { hits } = await ask('bake bread', { explain: true })
    expect(hits.length).toBe(8)
    const cosines = {
      text: TEXTS.map((text) => cosine(letterVector('bake bread', 26), letterVector(text, 26))),
      code: FUNCTIONS.map((text) => cosine(letterVector('bake bread', 61), letterVector(text, 61))),
    }
    const mean = (numbers: number[]) => numbers.reduce((sum, value) => sum + value / numbers.length, 0)
    const onTheWay = (value: number, side: Side) => (value - mean(cosines[side])) / (1 - mean(cosines[side]))
    const all = SIDES.flatMap((side) => cosines[side].map((value) => onTheWay(value, side)))
    const deviation = Math.sqrt(mean(all.map((value) => value ** 2)))
    for (const { side, model, text, similarity, explanation } of hits) {
      const { dimensions } = side === 'code' ? CODE : PROSE
      expect(model).toBe(side === 'code' ? 'code' : 'prose')
      expect(similarity).toBeCloseTo(cosine(letterVector('bake bread', dimensions), letterVector(text, dimensions)), 6)
      expect(explanation?.parts.z).toBeCloseTo(onTheWay(similarity as number, side) / deviation, 5)
    }
  })

  test('finds words on the side that it does not go to', async () => {
    const answer = await ask('onions', {}, { router: goes('text') })
    expect(answer.hits.find(({ documentId }) => documentId === 'code-1')).toMatchObject({
      side: 'code',
      model: null,
      similarity: null,
    })
    expect(bySide(answer).filter(([side]) => side === 'text')).toEqual(Array(4).fill(['text', true]))
  })

  test('by meaning alone is ranked by z over both sides', async () => {
    const { hits } = await ask('bake bread', { mode: 'vector', explain: true })
    expect(hits.length).toBe(8)
    expect(hits.map(({ explanation }) => explanation?.parts.z)).toEqual(hits.map(({ score }) => score))
    expect(hits[0]?.score).toBeGreaterThan(hits[7]?.score as number)
  })
})

describe('where a model cannot be used', () => {
  const broken = () => testModels({ prose: PROSE, code: { ...CODE, broken: 'MODEL_DAMAGED' } })

  test.each<[Side | 'both', SearchRequest['mode']]>([
    ['both', 'hybrid'],
    ['both', 'vector'],
    ['code', 'hybrid'],
    ['code', 'vector'],
  ])('the other answers what goes to %s by %s, and the answer says so', async (side, mode) => {
    const answer = await ask('bake bread', { mode, side }, { models: broken() })
    expect(answer.degraded).toMatchObject({ code: 'MODEL_DAMAGED', fix: 'mend code' })
    expect(answer.hits.filter(({ model }) => model === 'prose').length).toBe(4)
    expect(answer.hits.some(({ model }) => model === 'code')).toBe(false)
  })

  test('it is not loaded for what does not go to it', async () => {
    expect(await ask('bake bread', { side: 'text' }, { models: broken() })).toMatchObject({ degraded: null })
  })

  test('by meaning alone there is no answer without any', async () => {
    const models = testModels({
      prose: { ...PROSE, broken: 'MODEL_DAMAGED' },
      code: { ...CODE, broken: 'MODEL_DAMAGED' },
    })
    const refused = await ask('bake bread', { mode: 'vector' }, { models }).catch((thrown) => thrown)
    expect(refused).toBeInstanceOf(SemdexError)
    expect(refused).toMatchObject({ code: 'EMBEDDING_UNAVAILABLE', details: { reason: 'MODEL_DAMAGED' } })
  })
})

test('a collection that gets another model while it is searched is asked for again', async () => {
  const stale = mixed
  await storage.records.updateCollection('mixed', { fingerprint: 'new:files', dimensions: 13 })
  const documents = TEXTS.map((text, n) => sampleDocument(`text-${n}`, [[text, [...letterVector(text, 13)]]]))
  await storage.records.putDocuments('mixed', documents)
  const fresh = { ...((await storage.records.collection('mixed')) as Collection), model: 'new' }
  const models = testModels({ prose: PROSE, code: CODE, new: { dimensions: 13 } })
  const given = [stale, fresh, fresh]
  const answer = await search(
    { query: 'bake bread', mode: 'vector', limit: 10, side: 'text' },
    { models, storage: async () => storage, scopes: async () => [{ collection: given.shift() as Collection }] },
  )
  expect(given.length).toBe(1)
  expect(answer.hits.map(({ model }) => model)).toEqual(Array(4).fill('new'))
})
