import Database from 'better-sqlite3'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SemdexError } from '../../src/core/errors.ts'
import type { Collection } from '../../src/core/ports/record-store.ts'
import { type Side, type SideModel, sideModel, sideModels, type VectorLayout } from '../../src/core/sides.ts'
import { openTemporaryStorage } from '../support/storage.ts'

const NAME = 'c'
/** Of different lengths, which a padded index makes equal. */
const MODELS: SideModel[] = [
  { model: null, fingerprint: 'old', dimensions: 4 },
  { model: null, fingerprint: 'new', dimensions: 6 },
  { model: null, fingerprint: 'newer', dimensions: 3 },
]

type Storage = Awaited<ReturnType<typeof openTemporaryStorage>>

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('put' as const),
      id: fc.nat(6),
      side: fc.constantFrom<Side>('text', 'code'),
      active: fc.nat(4).map((n) => n > 0),
      vectors: fc.array(fc.boolean(), { maxLength: 3 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      ...{ kind: fc.constant('fill' as const), limit: fc.integer({ min: 1, max: 4 }) },
      fails: fc.nat(4).map((n) => n === 0),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete' as const), id: fc.nat(6) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('activate' as const), id: fc.nat(6), active: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('code' as const), model: fc.option(fc.nat(2)) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('begin' as const),
      side: fc.constantFrom<Side>('text', 'code'),
      model: fc.nat(2),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('switch' as const), serving: fc.constantFrom('old', 'new') }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('end' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('compact' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('layout' as const), layout: fc.constantFrom('native', 'padded') }),
  },
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

let drawn = 0
function someVector(dimensions: number): Float32Array {
  drawn++
  return Float32Array.from({ length: dimensions }, (_, i) => Math.sin(drawn * (i + 1.3)) + 1.5)
}

function documentOf({ id, side, active, vectors }: Extract<Step, { kind: 'put' }>, dimensions: number) {
  const text = vectors.map((_, i) => `apple${i}`).join(' ')
  const chunks = vectors.map((has, i) => ({
    place: { start: i * 7, end: i * 7 + 6, lines: [1, 1] as [number, number], heading: ['apples'], symbol: null },
    embeddingHash: `${id} ${i}`,
    vector: has ? someVector(dimensions) : null,
  }))
  const same = { title: null, format: 'text' as const, metadata: {}, contentHash: '', chunkingFingerprint: '' }
  return { id: `${id}`, text, side, active, chunks, ...same }
}

/** Steps that are refused in the state that they meet, as a second migration of a side is, change nothing. */
async function take({ records, waiting, migrations, upkeep }: Storage, given: Step): Promise<void> {
  if (given.kind === 'put') {
    const { dimensions } = sideModel((await records.collection(NAME)) as Collection, given.side)
    const [result] = await records.putDocuments(NAME, [documentOf(given, dimensions)])
    if (result && !result.ok) throw result.error
  }
  if (given.kind === 'delete') await records.deleteDocuments(NAME, [`${given.id}`])
  if (given.kind === 'activate') {
    await records.reviseDocuments(NAME, [{ id: `${given.id}`, active: given.active }]).catch(() => undefined)
  }
  if (given.kind === 'fill') {
    for (const { fingerprint } of await waiting.countWaiting({ at: Date.now(), collection: NAME })) {
      const due = await waiting.waitingChunks(NAME, fingerprint, { at: Date.now(), limit: given.limit })
      const error = new SemdexError('EMBEDDING_FAILED', { message: 'no' })
      const { dimensions } = MODELS.find((model) => model.fingerprint === fingerprint) as SideModel
      const vectors = due.map(({ key }) => {
        const embeddingHash = `filled ${key}`
        return given.fails
          ? { key, embeddingHash, vector: null, error }
          : { key, embeddingHash, vector: someVector(dimensions) }
      })
      await records.putVectors(NAME, fingerprint, vectors)
    }
  }
  if (given.kind === 'code') {
    const code = given.model === null ? null : (MODELS[given.model] as SideModel)
    await records.updateCollection(NAME, { code }).catch(() => undefined)
  }
  if (given.kind === 'layout') await records.updateCollection(NAME, { layout: given.layout as VectorLayout })
  if (given.kind === 'begin') {
    await migrations.beginMigration(NAME, given.side, MODELS[given.model] as SideModel, 1).catch(() => undefined)
  }
  for (const { side } of given.kind === 'switch' || given.kind === 'end' ? await migrations.migrations() : []) {
    if (given.kind === 'switch') await migrations.switchMigration(NAME, side, given.serving as 'old' | 'new', 2)
    else await migrations.endMigration(NAME, side)
  }
  if (given.kind === 'compact') {
    await upkeep?.sweep()
    for (const name of (await upkeep?.indexes()) ?? []) await upkeep?.compactIndex(name)
    await upkeep?.shrink()
  }
}

/** More than there is. With the most that may be asked for, vectors are read one by one and no index answers. */
const ALL = 1_000

/** What searches find that leave nothing out. */
async function searched(storage: Storage, collection: Collection) {
  const { hits } = await storage.lexicalIndex(collection).search('apples', { limit: ALL })
  const keys = new Set<number>()
  const distributed: number[] = []
  for (const { model } of sideModels(collection)) {
    const index = storage.vectorIndex(collection, model)
    for (const { key } of await index.search(someVector(model.dimensions), { limit: ALL })) keys.add(key)
    distributed.push((await index.distribution(someVector(model.dimensions))).count)
  }
  return { chunks: hits.length, vectors: keys.size, distributed: distributed.reduce((sum, count) => sum + count, 0) }
}

function counted(file: string) {
  const db = new Database(file, { readonly: true })
  const ask = (sql: string) => db.prepare(sql).pluck().get() as number
  const serving = `(case when d.side = 'code' then coalesce(c.code_space, c.space) else c.space end)`
  const chunks = `chunks k join documents d on d.key = k.document join collections c on c.key = d.collection where d.active`
  const has = `exists (select 1 from vectors v where v.chunk = k.key and v.space = ${serving})`
  const answer = {
    documents: ask('select count(*) from documents'),
    inactive: ask('select count(*) from documents where not active'),
    chunks: ask(`select count(*) from ${chunks}`),
    vectors: ask(`select count(*) from ${chunks} and ${has}`),
    pending: ask(`select count(distinct d.key) from ${chunks} and not ${has} and k.error is null`),
    failed: ask(`select count(distinct d.key) from ${chunks} and not ${has} and k.error is not null`),
  }
  db.close()
  return answer
}

const LAYOUTS: [string, VectorLayout, { sqliteVec?: boolean }][] = [
  ['native', 'native', {}],
  ['padded', 'padded', {}],
  ['padded, without sqlite-vec', 'padded', { sqliteVec: false }],
]

test.each(LAYOUTS)(
  'status agrees with what every search sees, and with the rows, whatever was done: %s',
  { timeout: 180_000 },
  async (_, layout, options) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25, size: 'max' }), async (steps) => {
        const storage = await openTemporaryStorage(options)
        try {
          await storage.records.createCollection({ name: NAME, ...(MODELS[0] as SideModel), layout })
          for (const each of steps) await take(storage, each)
          const [counts] = await storage.records.counts()
          const collection = (await storage.records.collection(NAME)) ?? expect.fail()
          expect(counts).toEqual({ collection: NAME, ...counted(storage.file) })
          const { chunks, vectors } = counts as { chunks: number; vectors: number }
          expect(await searched(storage, collection)).toEqual({ chunks, vectors, distributed: vectors })
          expect(await storage.upkeep?.check()).toEqual([])
        } finally {
          await storage.close()
        }
      }),
      { numRuns: 30 },
    )
  },
)
