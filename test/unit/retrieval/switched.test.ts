import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Storage } from '../../../src/core/parts.ts'
import type { SearchAnswer } from '../../../src/core/search.ts'
import { search } from '../../../src/retrieval/search.ts'
import { keysOf, sampleDocument } from '../../../src/testing/samples.ts'
import { openTemporaryStorage } from '../../support/storage.ts'
import { letterVector, testModels } from './support.ts'

const MODELS = { old: { dimensions: 26 }, new: { dimensions: 41 } }
const OLD = { model: 'old', fingerprint: 'old:files', dimensions: 26 }
const NEW = { model: 'new', fingerprint: 'new:files', dimensions: 41 }
const TEXTS = ['bread is baked of dough', 'soup is boiled of onions', 'planets circle the sun']
const FUNCTIONS = ['function bakeBread(dough)', 'function boilSoup(onions)']

let storage: Storage
let keys: number[]
beforeEach(async () => {
  storage = await openTemporaryStorage()
  await storage.records.createCollection({ name: 'notes', ...OLD })
  const documents = [
    ...TEXTS.map((text, n) => sampleDocument(`text-${n}`, [[text, [...letterVector(text, 26)]]])),
    ...FUNCTIONS.map((text, n) => sampleDocument(`code-${n}`, [[text, [...letterVector(text, 26)]]], { side: 'code' })),
  ]
  keys = keysOf(await storage.records.putDocuments('notes', documents))
})
afterEach(() => storage.close())

const vectorsOf = (texts: readonly string[], of: readonly number[]) =>
  texts.map((text, n) => ({ key: of[n] as number, embeddingHash: 'h', vector: letterVector(text, 41) }))

/** The other model's index is full, and waits to serve. */
async function fillNew(): Promise<void> {
  await storage.migrations.beginMigration('notes', 'text', NEW, 1)
  await storage.records.putVectors('notes', NEW.fingerprint, vectorsOf([...TEXTS, ...FUNCTIONS], keys))
}

async function switchAndEnd(): Promise<void> {
  await storage.migrations.switchMigration('notes', 'text', 'new', 2)
  await storage.migrations.endMigration('notes', 'text')
}

/** The text side stays as it is; the code side gets a model of its own, with its vectors. */
async function splitCode(): Promise<void> {
  await storage.records.updateCollection('notes', { code: NEW })
  await storage.records.putVectors('notes', NEW.fingerprint, vectorsOf(FUNCTIONS, keys.slice(TEXTS.length)))
}

/** Does these things in turn, each before one more call of the storage's candidates, and counts the calls. */
function before(...work: (() => Promise<unknown>)[]) {
  const counted = { calls: 0 }
  const wrapped: Storage = {
    ...storage,
    async candidates(...args) {
      await work[counted.calls++]?.()
      return storage.candidates(...args)
    },
  }
  return { wrapped, counted }
}

async function ask(asked: Storage, mode: 'vector' | 'hybrid' = 'hybrid'): Promise<SearchAnswer & { reads: number }> {
  let reads = 0
  const scopes = async () => {
    reads++
    const collection = await storage.records.collection('notes')
    return collection ? [{ collection }] : []
  }
  const parts = { models: testModels(MODELS), storage: async () => asked, scopes, router: bothSides }
  const answer = await search({ query: 'bake bread', mode, limit: 10 }, parts)
  return { ...answer, reads }
}

const bothSides = async () => ({ code: 0.5, side: 'both' as const })

const shown = ({ hits, degraded }: SearchAnswer) => ({
  degraded,
  hits: hits.map(({ documentId, model, similarity, score }) => [documentId, model, similarity, score]),
})

test.each(['vector', 'hybrid'] as const)(
  'an index that goes between the collection and its search is asked for once more: %s',
  async (mode) => {
    await fillNew()
    const { wrapped, counted } = before(switchAndEnd)
    const answer = await ask(wrapped, mode)
    expect([answer.reads, counted.calls]).toEqual([2, 2])
    expect(answer.hits).toHaveLength(5)
    expect(new Set(answer.hits.map(({ model }) => model))).toEqual(new Set(['new']))
    expect(shown(answer)).toEqual(shown(await ask(storage, mode)))
  },
)

test.each(['vector', 'hybrid'] as const)(
  'an index that loses a side’s documents between the collection and its search is asked for once more: %s',
  async (mode) => {
    const { wrapped } = before(splitCode)
    const answer = await ask(wrapped, mode)
    expect(answer.reads).toBe(2)
    const models = answer.hits.map(({ documentId, model }) => [documentId.slice(0, 4), model])
    expect(new Set(models.map(String))).toEqual(new Set(['text,old', 'code,new']))
    expect(shown(answer)).toEqual(shown(await ask(storage, mode)))
  },
)

test('one that serves on through a switch, or is kept, is not asked for again', async () => {
  await fillNew()
  const { wrapped } = before(() => storage.migrations.switchMigration('notes', 'text', 'new', 2))
  const first = shown(await ask(storage))
  const answer = await ask(wrapped)
  expect(answer.reads).toBe(1)
  expect(shown(answer)).toEqual(first)
})

test('a model that changes with every try is told after the second', async () => {
  await fillNew()
  const change = () => storage.records.updateCollection('notes', { ...OLD, fingerprint: 'other' })
  const { wrapped, counted } = before(switchAndEnd, change)
  await expect(ask(wrapped)).rejects.toMatchObject({ code: 'COLLECTION_MODEL_MISMATCH' })
  expect(counted.calls).toBe(2)
})
