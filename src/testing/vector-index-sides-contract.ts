import assert from 'node:assert/strict'
import type { Storage } from '../core/parts.ts'
import type { VectorIndex } from '../core/ports/indexes.ts'
import type { Collection } from '../core/ports/record-store.ts'
import type { SideModel, VectorLayout } from '../core/sides.ts'
import { type Runner, rejectsWith, using } from './runner.ts'
import { FINGERPRINT, keysOf, sampleCollection, sampleDocument } from './samples.ts'

/** What `VectorIndex` promises of collections with several models, in either layout. */
export function sidesOfVectors(create: () => Promise<Storage>, test: Runner['test']): void {
  for (const layout of ['native', 'padded'] as const) {
    const check = (title: string, body: (storage: Storage, collection: Collection) => Promise<void>) =>
      test(`${title} (${layout})`, () =>
        using(create, async (storage) => body(storage, await storage.records.createCollection(mixed(layout)))))

    check('each side is found by its own model alone', async (storage, collection) => {
      const [text, code] = await feed(storage)
      assert.deepEqual(await nearest(storage.vectorIndex(collection), TEXT_QUERY), [text])
      assert.deepEqual(await nearest(storage.vectorIndex(collection, CODE), CODE_QUERY), [code])
      assert.equal((await storage.vectorIndex(collection, CODE).distribution(CODE_QUERY)).count, 1)
      const both = [text, code] as number[]
      const similarities = await storage.vectorIndex(collection, CODE).similarities(CODE_QUERY, both)
      assert.deepEqual([...similarities], [[code, 1]])
      await rejectsWith('DIMENSION_MISMATCH', storage.vectorIndex(collection, CODE).search(TEXT_QUERY, { limit: 1 }))
    })

    check('what is not active is in no index, and comes back as it was', async (storage, collection) => {
      const [, code] = await feed(storage)
      const index = storage.vectorIndex(collection, CODE)
      await storage.records.reviseDocuments('a', [{ id: 'code', active: false }])
      assert.deepEqual(await nearest(index, CODE_QUERY), [])
      assert.equal((await index.distribution(CODE_QUERY)).count, 0)
      assert.deepEqual([...(await index.similarities(CODE_QUERY, [code as number]))], [])
      await storage.records.reviseDocuments('a', [{ id: 'code', active: true }])
      assert.deepEqual(await nearest(index, CODE_QUERY), [code])
    })

    check('a vector that a document of the other side has is not found', async (storage) => {
      const [text, code] = await feed(storage)
      const joined = await storage.records.updateCollection('a', { code: null })
      const ofText = { key: code as number, embeddingHash: 'h', vector: TEXT_QUERY }
      await storage.records.putVectors('a', FINGERPRINT, [ofText])
      assert.deepEqual(await nearest(storage.vectorIndex(joined), TEXT_QUERY), [code, text])
      const split = await storage.records.updateCollection('a', { code: CODE })
      assert.deepEqual(await nearest(storage.vectorIndex(split), TEXT_QUERY), [text])
      assert.deepEqual(await nearest(storage.vectorIndex(split, CODE), CODE_QUERY), [code])
    })

    check('both indexes of a migration answer, before and after the switch', async (storage, collection) => {
      const [text] = await feed(storage)
      await storage.migrations.beginMigration('a', 'text', NEW, 1)
      const fresh = storage.vectorIndex(collection, NEW)
      assert.deepEqual(await nearest(fresh, NEW_QUERY), [])
      await storage.records.putVectors('a', NEW.fingerprint, [
        { key: text as number, embeddingHash: 'h', vector: NEW_QUERY },
      ])
      for (const serving of ['new', 'old'] as const) {
        await storage.migrations.switchMigration('a', 'text', serving, 2)
        assert.deepEqual(await nearest(fresh, NEW_QUERY), [text])
        assert.deepEqual(await nearest(storage.vectorIndex(collection), TEXT_QUERY), [text])
      }
      await storage.migrations.endMigration('a', 'text')
      await rejectsWith('COLLECTION_MODEL_MISMATCH', fresh.search(NEW_QUERY, { limit: 1 }))
      await rejectsWith('COLLECTION_MODEL_MISMATCH', fresh.distribution(NEW_QUERY))
    })

    check('another layout changes no answer', async (storage, collection) => {
      const [text, code] = await feed(storage)
      for (const other of [layout === 'native' ? 'padded' : 'native', layout] as const) {
        await storage.records.updateCollection('a', { layout: other })
        assert.deepEqual(await nearest(storage.vectorIndex(collection), TEXT_QUERY), [text])
        assert.deepEqual(await nearest(storage.vectorIndex(collection, CODE), CODE_QUERY), [code])
      }
    })
  }
}

const CODE: SideModel = { model: null, fingerprint: 'space-of-code', dimensions: 6 }
const NEW: SideModel = { model: null, fingerprint: 'space-to-move-to', dimensions: 9 }
const TEXT_QUERY = Float32Array.of(1, 0, 0, 0)
const CODE_QUERY = Float32Array.of(1, 0, 0, 0, 0, 0)
const NEW_QUERY = Float32Array.of(0, 0, 0, 0, 0, 0, 0, 0, 1)

function mixed(layout: VectorLayout) {
  return sampleCollection('a', { code: CODE, layout })
}

/** One document of each side; the keys of their chunks. */
async function feed({ records }: Storage): Promise<number[]> {
  return keysOf(
    await records.putDocuments('a', [
      sampleDocument('text', [['x', [0.9, 0.1, 0, 0]]]),
      sampleDocument('code', [['y', [1, 0, 0, 0, 0, 0]]], { side: 'code' }),
    ]),
  )
}

async function nearest(index: VectorIndex, query: Float32Array): Promise<number[]> {
  return (await index.search(query, { limit: 9 })).map(({ key }) => key)
}
