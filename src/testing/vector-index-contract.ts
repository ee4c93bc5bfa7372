import assert from 'node:assert/strict'
import { parseFilter } from '../core/filter.ts'
import type { Storage } from '../core/parts.ts'
import type { VectorIndex } from '../core/ports/indexes.ts'
import { cosine, distance } from '../core/vectors.ts'
import { type Runner, rejectsWith, using } from './runner.ts'
import { FINGERPRINT, keysOf, sampleCollection, sampleDocument } from './samples.ts'
import { sidesOfVectors } from './vector-index-sides-contract.ts'

/** What `VectorIndex` promises, asserted of the index of a new storage that `create` opens for each test. */
export function vectorIndexContract(name: string, create: () => Promise<Storage>, { describe, test }: Runner): void {
  describe(`VectorIndex: ${name}`, () => {
    const check = (title: string, body: (index: VectorIndex, storage: Storage) => Promise<void>) =>
      test(title, () =>
        using(create, async (storage) => {
          const collection = await storage.records.createCollection(sampleCollection('a'))
          await body(storage.vectorIndex(collection), storage)
        }),
      )

    check('an empty index answers nothing', async (index) => {
      assert.deepEqual(await index.search(QUERY, { limit: 5 }), [])
      const { count, mean, deviation } = await index.distribution(QUERY)
      assert.deepEqual([count, mean, deviation], [0, 0, 0])
    })

    check(
      'hits are the nearest, with true cosine and Euclidean distance, ties by ascending key',
      async (index, storage) => {
        const vectors = [
          [0, 3, 0, 0],
          [1, 0, 0, 0],
          [2, 0.5, 0, 0],
          [1, 0, 0, 0],
          [-1, 0, 0, 0],
        ]
        const keys = await feed(storage, vectors)
        const hits = await index.search(QUERY, { limit: 4 })
        const order = [1, 3, 2, 4].map((at) => keys[at])
        assert.deepEqual(
          hits.map(({ key }) => key),
          order,
        )
        for (const hit of hits) {
          const vector = Float32Array.from(vectors[keys.indexOf(hit.key)] ?? [])
          assert.ok(Math.abs(hit.similarity - cosine(QUERY, vector)) <= 1e-6)
          assert.ok(Math.abs(hit.distance - distance(QUERY, vector)) <= 1e-6)
        }
      },
    )

    check('a chunk that gets its vector later is found, and counts', async (index, { records }) => {
      const chunks: [string, number[] | null][] = [
        ['near', null],
        ['far', [0, 1, 0, 0]],
      ]
      const [near = 0, far = 0] = keysOf(await records.putDocuments('a', [sampleDocument('1', chunks)]))
      const vector = Float32Array.of(1, 0, 0, 0)
      await records.putVectors('a', FINGERPRINT, [{ key: near, embeddingHash: 'h', vector }])
      const hits = await index.search(QUERY, { limit: 5 })
      assert.deepEqual(
        hits.map(({ key }) => key),
        [near, far],
      )
      const { count, mean } = await index.distribution(QUERY)
      assert.equal(count, 2)
      assert.ok(Math.abs(mean - hits.reduce((sum, { similarity }) => sum + similarity / 2, 0)) < 1e-6)
      await records.deleteDocuments('a', ['1'])
      assert.deepEqual(await index.search(QUERY, { limit: 5 }), [])
    })

    check('a filter that keeps one vector in a thousand still fills the limit', async (index, storage) => {
      const documents = Array.from({ length: 3_000 }, (_, n) =>
        sampleDocument(`d${n}`, [['x', [1, n / 3_000, 0, 0]]], { metadata: { rare: n % 1_000 === 999, half: n % 2 } }),
      )
      const keys = keysOf(await storage.records.putDocuments('a', documents))
      const rare = await index.search(QUERY, { limit: 3, filter: parseFilter({ rare: true }) })
      assert.deepEqual(
        rare.map(({ key }) => key),
        [keys[999], keys[1_999], keys[2_999]],
      )
      const either = { $or: [{ half: 1 }, { $id: 'd0' }] }
      const half = await index.search(QUERY, {
        limit: 3,
        filter: parseFilter({ $and: [either, { $not: { $id: 'd1' } }] }),
      })
      assert.deepEqual(
        half.map(({ key }) => key),
        [keys[0], keys[3], keys[5]],
      )
      const all = await index.search(QUERY, { limit: 9, filter: parseFilter({ rare: true }) })
      assert.equal(all.length, 3)
    })

    check('a replaced or deleted document is gone at once', async (index, storage) => {
      await feed(storage, [
        [1, 0, 0, 0],
        [0, 1, 0, 0],
      ])
      const [key] = keysOf(await storage.records.putDocuments('a', [sampleDocument('d0', [['x', [0, 0, 1, 0]]])]))
      await storage.records.deleteDocuments('a', ['d1'])
      assert.deepEqual(
        (await index.search(QUERY, { limit: 9 })).map((hit) => hit.key),
        [key],
      )
      assert.equal((await index.distribution(QUERY)).count, 1)
    })

    check('similarities leave out what has no vector', async (index, storage) => {
      const [one = 0, none = 0] = keysOf(
        await storage.records.putDocuments('a', [
          sampleDocument('d', [
            ['x', [1, 1, 0, 0]],
            ['y', null],
          ]),
        ]),
      )
      const found = await index.similarities(QUERY, [none, one, 999_999])
      assert.deepEqual([...found.keys()], [one])
      assert.ok(Math.abs((found.get(one) ?? 0) - Math.SQRT1_2) <= 1e-6)
    })

    check('the distribution is that of all cosines', async (index, storage) => {
      await feed(storage, [
        [2, 0, 0, 0],
        [0, 5, 0, 0],
        [-1, 0, 0, 0],
        [0, 0, 0.1, 0],
      ])
      const { count, mean, deviation } = await index.distribution(QUERY)
      assert.equal(count, 4)
      assert.ok(Math.abs(mean) <= 1e-9)
      assert.ok(Math.abs(deviation - Math.SQRT1_2) <= 1e-9)
    })

    check('collections do not see each other', async (index, storage) => {
      const other = await storage.records.createCollection(sampleCollection('b'))
      await feed(storage, [[1, 0, 0, 0]])
      assert.deepEqual(await storage.vectorIndex(other).search(QUERY, { limit: 9 }), [])
      assert.equal((await index.search(QUERY, { limit: 9 })).length, 1)
    })

    check('a rebuild changes no answer', async (index, storage) => {
      await feed(storage, [
        [1, 0, 0, 0],
        [0.5, 0.5, 0, 0],
        [0, 1, 0, 0],
      ])
      await storage.records.deleteDocuments('a', ['d1'])
      const before = [await index.search(QUERY, { limit: 9 }), await index.distribution(QUERY)]
      await index.rebuild()
      assert.deepEqual([await index.search(QUERY, { limit: 9 }), await index.distribution(QUERY)], before)
    })

    sidesOfVectors(create, test)

    check('bad queries and limits are refused', async (index) => {
      await rejectsWith('DIMENSION_MISMATCH', index.search(Float32Array.of(1), { limit: 1 }))
      await rejectsWith('VECTOR_INVALID', index.search(new Float32Array(4), { limit: 1 }))
      await rejectsWith('VECTOR_INVALID', index.similarities(Float32Array.of(1, Number.NaN, 0, 0), []))
      await rejectsWith('INVALID_INPUT', index.search(QUERY, { limit: index.capabilities.maxLimit + 1 }))
      await rejectsWith('ABORTED', index.search(QUERY, { limit: 1, signal: AbortSignal.abort() }))
    })

    check('a closed index says so', async (index, storage) => {
      await storage.close()
      await rejectsWith('INDEX_CLOSED', index.search(QUERY, { limit: 1 }))
    })
  })
}

const QUERY = Float32Array.of(1, 0, 0, 0)

/** One document per vector, `d0` and on; the chunk keys. */
async function feed(storage: Storage, vectors: number[][]): Promise<number[]> {
  const documents = vectors.map((vector, n) => sampleDocument(`d${n}`, [['x', vector]]))
  return keysOf(await storage.records.putDocuments('a', documents))
}
