import assert from 'node:assert/strict'
import { SemdexError } from '../core/errors.ts'
import type { Storage } from '../core/parts.ts'
import { type Runner, rejectsWith, using } from './runner.ts'
import { CODE, FINGERPRINT, keysOf, sampleCollection, sampleDocument } from './samples.ts'

/** What `WaitingStore` promises, asserted of a new storage that `create` opens for each test. */
export function waitingStoreContract(name: string, create: () => Promise<Storage>, { describe, test }: Runner): void {
  describe(`WaitingStore: ${name}`, () => {
    const check = (title: string, body: (storage: Storage) => Promise<void>) => test(title, () => using(create, body))

    check('chunks wait in the order of their keys, until they have a vector or a reason', async (storage) => {
      const [one = 0, two = 0, three = 0] = await feed(storage)
      assert.deepEqual(await waitingKeys(storage), [one, two, three])
      assert.deepEqual(await waitingKeys(storage, { after: one, limit: 1 }), [two])
      const [chunk] = await storage.waiting.waitingChunks('a', FINGERPRINT, { limit: 1, at: 0 })
      assert.deepEqual([chunk?.text, chunk?.documentId, chunk?.attempts], ['one', '1', 0])
      await storage.records.putVectors('a', FINGERPRINT, [
        { key: two, embeddingHash: 'h', vector: Float32Array.of(1, 0, 0, 0) },
        { key: three, embeddingHash: 'h', vector: null, error: failure('EMPTY_EMBEDDING') },
      ])
      assert.deepEqual(await waitingKeys(storage), [one])
      const [count] = await storage.waiting.countWaiting({ at: 0 })
      assert.deepEqual(count, {
        ...{ collection: 'a', fingerprint: FINGERPRINT, sides: ['text', 'code'], use: 'serving' },
        ...{ waiting: 1, due: 1, retrying: 0, nextAt: null, failed: 1 },
        lastError: failure('EMPTY_EMBEDDING').toJSON(),
      })
    })

    check('a try in vain keeps its chunk waiting until the next is due', async (storage) => {
      const [one = 0, two = 0, three = 0] = await feed(storage)
      await storage.waiting.putAttempts('a', FINGERPRINT, [attempt(one, 100), attempt(two, 50), attempt(999_999, 1)])
      await storage.waiting.putAttempts('a', FINGERPRINT, [attempt(one, 200)])
      assert.deepEqual(await waitingKeys(storage, { at: 49 }), [three])
      assert.deepEqual(await waitingKeys(storage, { at: 50 }), [two, three])
      const due = await storage.waiting.waitingChunks('a', FINGERPRINT, { limit: 9, at: 200 })
      assert.deepEqual(
        due.map(({ attempts }) => attempts),
        [2, 1, 0],
      )
      const [count] = await storage.waiting.countWaiting({ at: 60, collection: 'a' })
      assert.deepEqual(
        [count?.waiting, count?.due, count?.retrying, count?.nextAt, count?.failed, count?.lastError?.code],
        [3, 2, 2, 200, 0, 'EMBEDDING_FAILED'],
      )
    })

    check('tries are forgotten with the vector, and with the document', async (storage) => {
      const [one = 0] = await feed(storage)
      await storage.waiting.putAttempts('a', FINGERPRINT, [attempt(one, 100)])
      await storage.records.putVectors('a', FINGERPRINT, [
        { key: one, embeddingHash: 'h', vector: Float32Array.of(1, 0, 0, 0) },
      ])
      await storage.waiting.putAttempts('a', FINGERPRINT, [attempt(one, 100)])
      assert.equal((await storage.waiting.countWaiting({ at: 0 }))[0]?.retrying, 0)
      await storage.records.deleteDocuments('a', ['1'])
      assert.deepEqual(await storage.waiting.countWaiting({ at: 0 }), [])
    })

    check('what waits for its next try, and what failed, can be tried at once', async (storage) => {
      const [one = 0, two = 0, three = 0] = await feed(storage)
      await storage.waiting.putAttempts('a', FINGERPRINT, [attempt(one, 100)])
      await storage.records.putVectors('a', FINGERPRINT, [
        { key: two, embeddingHash: 'h', vector: null, error: failure('EMPTY_EMBEDDING') },
      ])
      assert.equal(await storage.waiting.retryWaiting('a', FINGERPRINT), 2)
      assert.deepEqual(await waitingKeys(storage, { at: 0 }), [one, two, three])
      assert.equal(await storage.waiting.retryWaiting('a', FINGERPRINT), 0)
      const [counts] = await storage.records.counts()
      assert.deepEqual([counts?.pending, counts?.failed], [1, 0])
    })

    check('what is not active waits for nothing, and waits again when it is', async (storage) => {
      const [one = 0] = await feed(storage)
      await storage.waiting.putAttempts('a', FINGERPRINT, [attempt(one, 100)])
      await storage.records.reviseDocuments('a', [{ id: '1', active: false }])
      assert.deepEqual(await waitingKeys(storage), [])
      assert.deepEqual(await storage.waiting.countWaiting({ at: 0 }), [])
      await storage.records.reviseDocuments('a', [{ id: '1', active: true }])
      assert.equal((await waitingKeys(storage, { at: 0 })).length, 3)
      await storage.records.putDocuments('a', [sampleDocument('2', [['off', null]], { active: false })])
      assert.equal((await waitingKeys(storage)).length, 3)
    })

    check('each side waits for its own model', async (storage) => {
      await storage.records.createCollection(sampleCollection('a', { code: CODE }))
      const [text = 0, code = 0] = keysOf(
        await storage.records.putDocuments('a', [
          sampleDocument('1', [['one', null]]),
          sampleDocument('2', [['two', null]], { side: 'code' }),
        ]),
      )
      assert.deepEqual(await waitingKeys(storage), [text])
      const waiting = await storage.waiting.waitingChunks('a', CODE.fingerprint, { limit: 9, at: 0 })
      assert.deepEqual(
        waiting.map(({ key, side }) => [key, side]),
        [[code, 'code']],
      )
      await storage.waiting.putAttempts('a', CODE.fingerprint, [attempt(text, 9)])
      const counts = await storage.waiting.countWaiting({ at: 0 })
      assert.deepEqual(
        counts.map(({ fingerprint, sides, waiting, retrying }) => [fingerprint, sides, waiting, retrying]),
        [
          [CODE.fingerprint, ['code'], 1, 0],
          [FINGERPRINT, ['text'], 1, 0],
        ],
      )
      await storage.records.updateCollection('a', { code: null })
      assert.deepEqual(await waitingKeys(storage), [text, code])
    })

    check('a fingerprint that the collection does not use is refused', async ({ records, waiting }) => {
      await records.createCollection(sampleCollection('a'))
      const mismatch = 'COLLECTION_MODEL_MISMATCH'
      await rejectsWith(mismatch, waiting.waitingChunks('a', 'other', { limit: 1, at: 0 }))
      await rejectsWith(mismatch, waiting.putAttempts('a', 'other', []))
      await rejectsWith(mismatch, waiting.retryWaiting('a', 'other'))
      await rejectsWith('COLLECTION_NOT_FOUND', waiting.waitingChunks('b', FINGERPRINT, { limit: 1, at: 0 }))
      await rejectsWith('COLLECTION_NOT_FOUND', waiting.countWaiting({ at: 0, collection: 'b' }))
      assert.deepEqual(await waiting.countWaiting({ at: 0 }), [])
    })
  })
}

/** The keys of a document's three chunks, of which none has a vector. */
async function feed({ records }: Storage): Promise<number[]> {
  await records.createCollection(sampleCollection('a'))
  const chunks = ['one', 'two', 'three'].map((text): [string, null] => [text, null])
  return keysOf(await records.putDocuments('a', [sampleDocument('1', chunks)]))
}

async function waitingKeys(
  { waiting }: Storage,
  { at = 1_000, limit = 100, after }: { at?: number; limit?: number; after?: number } = {},
): Promise<number[]> {
  const options = { at, limit, ...(after !== undefined && { after }) }
  return (await waiting.waitingChunks('a', FINGERPRINT, options)).map(({ key }) => key)
}

function attempt(key: number, nextAt: number) {
  return { key, nextAt, error: failure('EMBEDDING_FAILED') }
}

function failure(code: 'EMPTY_EMBEDDING' | 'EMBEDDING_FAILED'): SemdexError {
  return new SemdexError(code, { message: 'It did not work.' })
}
