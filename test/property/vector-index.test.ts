import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Filter, parseFilter } from '../../src/core/filter.ts'
import type { Storage } from '../../src/core/parts.ts'
import { sampleCollection, sampleDocument } from '../../src/testing/samples.ts'
import { openOracle, openTemporaryStorage } from '../support/storage.ts'

const COUNT = 2_600

/** More vectors than are read one by one, many of them equal, so that ties at the limit are the rule. */
async function fill(storage: Storage, scale: (n: number) => number): Promise<void> {
  await storage.records.createCollection(sampleCollection('a', { dimensions: 3 }))
  const numbers = (n: number) => [(n * 7) % 5, (n * 3) % 4, 1 + ((n * 11) % 3)].map((value) => (value - 1.5) * scale(n))
  const documents = Array.from({ length: COUNT }, (_, n) =>
    sampleDocument(`d${n}`, [['x', numbers(n)]], { metadata: { n, odd: n % 2 === 1, tags: [n % 7, `t${n % 3}`] } }),
  )
  await storage.records.putDocuments('a', documents)
}

const test1: fc.Arbitrary<Filter> = fc.oneof(
  fc.constant({ odd: true }),
  fc.integer({ min: 0, max: 7 }).map((tags) => ({ tags })),
  fc.integer({ min: 0, max: COUNT }).map(($gt) => ({ n: { $gt } })),
  fc.integer({ min: 0, max: 3 }).map((n) => ({ $not: { tags: `t${n}` } })),
  fc.constant({ $id: { $glob: 'd1*' } }),
)
const filter = fc.oneof(
  test1,
  fc.array(test1, { minLength: 2, maxLength: 3 }).map(($or) => ({ $or })),
  fc.array(test1, { minLength: 2, maxLength: 3 }).map(($and) => ({ $and })),
)
const search = fc.record({
  query: fc
    .array(fc.integer({ min: -3, max: 3 }), { minLength: 3, maxLength: 3 })
    .filter((query) => query.some(Boolean)),
  limit: fc.constantFrom(1, 10, 200, 4_096),
  filter: fc.option(filter, { freq: 4 }),
})

const SCALES: [string, (n: number) => number][] = [
  ['of ordinary length', () => 1],
  ['too long for float32 arithmetic', (n) => (n % 2 ? 1e25 : 1e24)],
  ['too short for float32 arithmetic', (n) => (n % 2 ? 1e-25 : 1e-24)],
]

test.for(SCALES)(
  'vec0 finds what the naive oracle finds, among vectors %s',
  { timeout: 120_000 },
  async ([, scale]) => {
    const [storage, oracle] = [await openTemporaryStorage(), openOracle()]
    for (const each of [storage, oracle]) await fill(each, scale)
    await fc.assert(
      fc.asyncProperty(search, async ({ query, limit, filter }) => {
        const options = { limit, ...(filter && { filter: parseFilter(filter) }) }
        const vector = Float32Array.from(query, (value) => value * scale(1))
        const [actual, expected] = await Promise.all([storage, oracle].map((each) => nearest(each, vector, options)))
        expect(actual).toEqual(expected)
      }),
      { numRuns: 25 },
    )
    await storage.close()
  },
)

const change = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      put: fc.integer({ min: 0, max: 5 }),
      chunks: fc.integer({ min: 0, max: 150 }),
      seed: fc.nat(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ delete: fc.integer({ min: 0, max: 5 }) }) },
  { weight: 1, arbitrary: fc.constant('rebuild' as const) },
)

test('mean and deviation follow any changes to 1e-9, across folds', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 5, maxLength: 15 }), fc.nat(), async (changes, seed) => {
      const [storage, oracle] = [await openTemporaryStorage(), openOracle()]
      for (const each of [storage, oracle]) {
        const collection = await each.records.createCollection(sampleCollection('a', { dimensions: 8 }))
        for (const change of changes) {
          if (change === 'rebuild') await each.vectorIndex(collection).rebuild()
          else if ('delete' in change) await each.records.deleteDocuments('a', [`${change.delete}`])
          else
            await each.records.putDocuments('a', [
              sampleDocument(`${change.put}`, randomChunks(change.chunks, change.seed)),
            ])
        }
      }
      const query = Float32Array.from(randomNumbers(seed, 8))
      const [actual, expected] = await Promise.all([storage, oracle].map((each) => distribution(each, query)))
      await storage.close()
      expect(actual?.count).toBe(expected?.count)
      expect(Math.abs((actual?.mean ?? 9) - (expected?.mean ?? 0))).toBeLessThan(1e-9)
      expect(Math.abs((actual?.deviation ?? 9) ** 2 - (expected?.deviation ?? 0) ** 2)).toBeLessThan(1e-9)
    }),
    { numRuns: 25 },
  )
})

async function nearest(storage: Storage, query: Float32Array, options: { limit: number }) {
  const collection = (await storage.records.collection('a')) ?? expect.fail()
  const hits = await storage.vectorIndex(collection).search(query, options)
  const chunks = await storage.records.chunks(hits.map(({ key }) => key))
  return hits.map(({ similarity, distance }, rank) => ({ id: chunks[rank]?.documentId, similarity, distance }))
}

async function distribution(storage: Storage, query: Float32Array) {
  const collection = (await storage.records.collection('a')) ?? expect.fail()
  return storage.vectorIndex(collection).distribution(query)
}

function randomChunks(count: number, seed: number): [string, number[]][] {
  return Array.from({ length: count }, (_, n) => ['x', randomNumbers(seed + n, 8)])
}

/** Numbers that look random, the same for the same seed. */
function randomNumbers(seed: number, count: number): number[] {
  return Array.from({ length: count }, (_, n) => Math.sin((seed % 100_003) * 12.9898 + n * 78.233) * (1 + (seed % 9)))
}
