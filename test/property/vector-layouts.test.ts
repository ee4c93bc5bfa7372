import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { SqliteStorageOptions } from '../../src/compose/storage.ts'
import type { DocumentRecord } from '../../src/core/documents.ts'
import { type Filter, matches, parseFilter } from '../../src/core/filter.ts'
import type { Storage } from '../../src/core/parts.ts'
import type { VectorIndex } from '../../src/core/ports/indexes.ts'
import type { Collection } from '../../src/core/ports/record-store.ts'
import { SIDES, type Side, type SideModel, sideModel, type VectorLayout } from '../../src/core/sides.ts'
import { cosine, distance } from '../../src/core/vectors.ts'
import { keysOf, sampleCollection, sampleDocument } from '../../src/testing/samples.ts'
import { openTemporaryStorage } from '../support/storage.ts'

/** Models whose vectors have different lengths, the last one the longest. */
const MODELS: SideModel[] = [
  { model: 'a', fingerprint: 'a', dimensions: 3 },
  { model: 'b', fingerprint: 'b', dimensions: 5 },
  { model: 'c', fingerprint: 'c', dimensions: 8 },
]
const TEXT = MODELS[0] as SideModel

const side = fc.constantFrom(...SIDES)
const model = fc.constantFrom(...MODELS)
const id = fc.constantFrom('1', '2', '3')
const command = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('put' as const),
      ...{ id, side, seed: fc.nat(99), chunks: fc.integer({ min: 0, max: 4 }) },
      active: fc.nat(5).map((n) => n > 0),
      embedded: fc.nat(3).map((n) => n > 0),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('delete' as const), id }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('revise' as const), id, active: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('fill' as const), model, id, seed: fc.nat(99) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('code' as const), model: fc.option(model) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('text' as const), model }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('begin' as const), side, model }) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('switch' as const), side, serving: fc.constantFrom('old', 'new') }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('end' as const), side }) },
)
type Command = typeof command extends fc.Arbitrary<infer T> ? T : never

const LAYOUTS: [string, VectorLayout, Partial<SqliteStorageOptions>][] = [
  ['native', 'native', {}],
  ['padded', 'padded', {}],
  ['padded, without sqlite-vec', 'padded', { sqliteVec: false }],
]

describe.each(LAYOUTS)('%s', (_, layout, options) => {
  test('each model has the answers of a loop over all, after any changes', { timeout: 240_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 25 }), fc.nat(99), async (commands, seed) => {
        const storage = await openTemporaryStorage(options)
        await storage.records.createCollection(sampleCollection('a', { ...TEXT, layout }))
        for (const each of commands) await apply(storage, each)
        await expectNaiveAnswers(storage, seed)
        await storage.close()
      }),
      { numRuns: 60 },
    )
  })
})

test('a changed layout changes no answer', { timeout: 240_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 15 }), command, fc.nat(99), async (commands, last, seed) => {
      const storage = await openTemporaryStorage()
      await storage.records.createCollection(sampleCollection('a', TEXT))
      for (const each of commands) await apply(storage, each)
      for (const layout of ['padded', 'native', 'padded'] as const) {
        await storage.records.updateCollection('a', { layout })
        await expectNaiveAnswers(storage, seed)
      }
      await apply(storage, last)
      await expectNaiveAnswers(storage, seed)
      await storage.close()
    }),
    { numRuns: 20 },
  )
})

const COUNT = 1_500

/** More vectors than are read one by one, no two with one distance, and those of both models side by side. */
test.each(LAYOUTS)(
  '%s: a filter that many pass keeps each side to itself',
  { timeout: 60_000 },
  async (_, layout, options) => {
    const storage = await openTemporaryStorage(options)
    const [text, , code] = MODELS as [SideModel, SideModel, SideModel]
    await storage.records.createCollection(sampleCollection('a', { ...text, code, layout }))
    const documents = Array.from({ length: 2 * COUNT }, (_, n) => {
      const side = n % 2 ? 'code' : 'text'
      const zeros = Array(side === 'code' ? code.dimensions - 3 : 0).fill(0)
      const vector = [1, n / COUNT, (n % 7) / 10, ...zeros]
      return sampleDocument(`d${n}`, [['x', vector]], { side, metadata: { n }, active: n % 5 !== 0 })
    })
    await storage.records.putDocuments('a', documents)
    const collection = (await storage.records.collection('a')) as Collection
    for (const naive of await readNaive(storage)) {
      for (const filter of [{ n: { $lt: 2_800 } }, { n: { $gt: 2_700 } }, undefined]) {
        for (const limit of [1, 50, 4_096])
          await expectSameHits(storage.vectorIndex(collection, naive.model), naive, { seed: limit, limit, filter })
      }
    }
    await storage.close()
  },
)

describe.each(LAYOUTS)('%s: a document that comes back', (_, layout, options) => {
  test('counts in the mean as before, also after folds', async () => {
    const storage = await openTemporaryStorage(options)
    const { records } = storage
    await records.createCollection(sampleCollection('a', { ...TEXT, layout }))
    const chunks = Array.from({ length: 300 }, (_, n): [string, number[]] => [`t${n}`, randomNumbers(n, 3)])
    await records.putDocuments('a', [sampleDocument('1', chunks), sampleDocument('2', chunks.slice(0, 20))])
    for (const active of [false, true, false, true]) {
      await records.reviseDocuments('a', [{ id: '1', active }])
      await expectNaiveAnswers(storage, 4)
    }
    await storage.close()
  })

  test('is in the index of its side alone, though it has a vector of the other', async () => {
    const storage = await openTemporaryStorage(options)
    const { records } = storage
    const [text, other] = MODELS as [SideModel, SideModel]
    await records.createCollection(sampleCollection('a', { ...text, layout }))
    await records.putDocuments('a', [sampleDocument('1', [['x', randomNumbers(1, 3)]], { side: 'code' })])
    await records.updateCollection('a', { code: other })
    for (const active of [false, true]) await records.reviseDocuments('a', [{ id: '1', active }])
    await expectNaiveAnswers(storage, 4)
    await storage.close()
  })
})

async function apply({ records, migrations }: Storage, command: Command): Promise<void> {
  const collection = (await records.collection('a')) as Collection
  if (command.type === 'put') {
    const { id, side, seed, chunks, active, embedded } = command
    const { dimensions } = sideModel(collection, side)
    const vector = (n: number) => (embedded || n > 0 ? randomNumbers(seed + n, dimensions) : null)
    const texts = Array.from({ length: chunks }, (_, n): [string, number[] | null] => [`t${n}`, vector(n)])
    keysOf(await records.putDocuments('a', [sampleDocument(id, texts, { side, active, metadata: { seed } })]))
  }
  if (command.type === 'delete') await records.deleteDocuments('a', [command.id])
  if (command.type === 'revise' && (await records.document('a', command.id))) {
    await records.reviseDocuments('a', [{ id: command.id, active: command.active }])
  }
  if (command.type === 'fill') await fill(records, command).catch(expected('COLLECTION_MODEL_MISMATCH'))
  if (command.type === 'code') {
    const code = command.model?.fingerprint === collection.fingerprint ? null : command.model
    if (!(await isMoving(migrations))) await records.updateCollection('a', { code })
  }
  if (command.type === 'text' && collection.code?.fingerprint !== command.model.fingerprint) {
    const { fingerprint, dimensions } = command.model
    if (!(await isMoving(migrations))) await records.updateCollection('a', { fingerprint, dimensions })
  }
  if (command.type === 'begin') {
    await migrations
      .beginMigration('a', command.side, command.model, 1)
      .catch(expected('MIGRATION_EXISTS', 'INVALID_INPUT'))
  }
  if (command.type === 'switch') {
    const { side, serving } = command
    await migrations.switchMigration('a', side, serving as 'old' | 'new', 2).catch(expected('MIGRATION_NOT_FOUND'))
  }
  if (command.type === 'end') await migrations.endMigration('a', command.side)
}

async function isMoving(migrations: Storage['migrations']): Promise<boolean> {
  return (await migrations.migrations()).length > 0
}

function expected(...codes: string[]) {
  return (thrown: { code?: string }) => {
    if (!codes.includes(thrown.code ?? '')) throw thrown
  }
}

async function fill(
  records: Storage['records'],
  { id, model, seed }: { id: string; model: SideModel; seed: number },
): Promise<void> {
  if (!(await records.document('a', id))) return
  const chunks = await records.chunksOfDocument('a', id)
  const vectors = chunks.map(({ key }, n) => ({
    ...{ key, embeddingHash: `h${seed}` },
    vector: Float32Array.from(randomNumbers(seed + n, model.dimensions)),
  }))
  await records.putVectors('a', model.fingerprint, vectors)
}

/** Of every model that the collection has an index of. */
async function expectNaiveAnswers(storage: Storage, seed: number): Promise<void> {
  const collection = (await storage.records.collection('a')) as Collection
  const keys = await everyKey(storage)
  for (const naive of await readNaive(storage)) {
    const index = storage.vectorIndex(collection, naive.model)
    await expectSameHits(index, naive, { seed, limit: 5 })
    const query = Float32Array.from(randomNumbers(seed, naive.model.dimensions))
    const cosines = naive.vectors.map(({ vector }) => cosine(query, vector))
    const { count, mean } = await index.distribution(query)
    expect(count).toBe(cosines.length)
    expect(mean).toBeCloseTo(
      cosines.reduce((sum, value) => sum + value / count, 0),
      6,
    )
    const similarities = await index.similarities(query, keys)
    expect([...similarities.keys()].sort(byNumber)).toEqual(naive.vectors.map(({ key }) => key).sort(byNumber))
  }
}

interface Asked {
  seed: number
  limit: number
  filter?: Filter | undefined
}

async function expectSameHits(index: VectorIndex, { model, vectors }: Naive, { seed, limit, filter: given }: Asked) {
  const filter = given && parseFilter(given)
  const query = Float32Array.from(randomNumbers(seed, model.dimensions))
  const hits = vectors
    .filter(({ document }) => !filter || matches(filter, document))
    .map(({ key, vector }) => ({ key, similarity: cosine(query, vector), distance: distance(query, vector) }))
    .sort((a, b) => a.distance - b.distance || a.key - b.key)
  expect(await index.search(query, { limit, ...(filter && { filter }) })).toEqual(hits.slice(0, limit))
}

/** All that the index of a model should hold, read from the records. */
interface Naive {
  model: SideModel
  vectors: { key: number; vector: Float32Array; document: DocumentRecord }[]
}

async function readNaive(storage: Storage): Promise<Naive[]> {
  const collection = (await storage.records.collection('a')) as Collection
  const found: Naive[] = []
  for (const [fingerprint, sides] of await membersOf(storage, collection)) {
    const model = MODELS.find((other) => other.fingerprint === fingerprint) as SideModel
    found.push({ model, vectors: await vectorsOf(storage, model, sides) })
  }
  return found
}

function byNumber(a: number, b: number): number {
  return a - b
}

/** The sides whose documents the index of each model holds. */
async function membersOf({ migrations }: Storage, collection: Collection): Promise<Map<string, Side[]>> {
  const members = new Map<string, Side[]>()
  for (const side of SIDES) {
    const { fingerprint } = sideModel(collection, side)
    members.set(fingerprint, [...(members.get(fingerprint) ?? []), side])
  }
  const serving = new Set(members.keys())
  for (const { side, old, new: to } of await migrations.migrations()) {
    const moving: Side[] = side === 'text' && collection.code === null ? ['text', 'code'] : [side]
    for (const { fingerprint } of [old, to]) {
      if (!serving.has(fingerprint)) members.set(fingerprint, [...(members.get(fingerprint) ?? []), ...moving])
    }
  }
  return members
}

async function vectorsOf({ records }: Storage, { fingerprint }: SideModel, sides: readonly Side[]) {
  const documents = await records.documents('a', { limit: 10_000 })
  const held = documents.filter(({ active, side }) => active && sides.includes(side))
  const found = []
  for (const document of held) {
    const keys = (await records.chunksOfDocument('a', document.id)).map(({ key }) => key)
    for (const [key, vector] of await records.vectors(keys, fingerprint)) found.push({ key, vector, document })
  }
  return found
}

async function everyKey({ records }: Storage): Promise<number[]> {
  const documents = await records.documents('a', { limit: 10_000 })
  const chunks = await Promise.all(documents.map(({ id }) => records.chunksOfDocument('a', id)))
  return chunks.flat().map(({ key }) => key)
}

/**
 * Numbers that look random, the same for the same seed, with many equal ones. Most long vectors are short ones with zeros
 * behind, so that rows of another model in the same index would be the nearest.
 */
function randomNumbers(seed: number, count: number): number[] {
  const at = (n: number) => (n >= 3 && seed % 3 > 0 ? 0 : Math.round(3 * Math.sin((seed % 37) * 12.9898 + n * 78.233)))
  const numbers = Array.from({ length: count }, (_, n) => at(n))
  return numbers.some(Boolean) ? numbers : numbers.map(() => 1)
}
