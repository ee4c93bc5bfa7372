import assert from 'node:assert/strict'
import { SemdexError } from '../core/errors.ts'
import type { RecordStore, VectorWrite } from '../core/ports/record-store.ts'
import { rejectsWith } from './runner.ts'
import { FINGERPRINT, keysOf, sampleCollection, sampleDocument } from './samples.ts'

type Check = (title: string, body: (store: RecordStore) => Promise<void>) => void

/** Vectors that come after their documents. */
export function fillContract(check: Check): void {
  check('chunks that wait get their vectors and keep their keys', async (store) => {
    const [one = 0, two = 0, three = 0] = await waiting(store)
    const filled = await store.putVectors('a', FINGERPRINT, [
      write(one, [1, 0, 0, 0]),
      { key: two, embeddingHash: 'h', vector: null, error: broken() },
      write(999_999, [1, 0, 0, 0]),
    ])
    assert.equal(filled, 1)
    assert.deepEqual((await store.vectors([one, two, three], FINGERPRINT)).get(one), Float32Array.of(1, 0, 0, 0))
    assert.deepEqual(
      [...(await store.vectorsByHash('a', FINGERPRINT, [`new hash ${one}`])).keys()],
      [`new hash ${one}`],
    )
    const chunks = await store.chunksOfDocument('a', '1')
    assert.deepEqual(
      chunks.map(({ key, error }) => [key, error?.code ?? null]),
      [
        [one, null],
        [two, 'EMPTY_EMBEDDING'],
        [three, null],
      ],
    )
    const [counts] = await store.counts()
    assert.deepEqual([counts?.vectors, counts?.pending, counts?.failed], [1, 1, 1])
  })

  check('a chunk that failed may be tried again, and what has a vector stays', async (store) => {
    const [one = 0, two = 0, three = 0] = await waiting(store)
    await store.putVectors('a', FINGERPRINT, [{ key: one, embeddingHash: 'h', vector: null, error: broken() }])
    await store.putVectors(
      'a',
      FINGERPRINT,
      [one, two, three].map((key) => write(key, [0, 1, 0, 0])),
    )
    const again = [write(one, [1, 0, 0, 0]), { key: two, embeddingHash: 'h', vector: null, error: broken() }]
    assert.equal(await store.putVectors('a', FINGERPRINT, again as VectorWrite[]), 0)
    const [counts] = await store.counts()
    assert.deepEqual([counts?.vectors, counts?.pending, counts?.failed], [3, 0, 0])
    assert.deepEqual((await store.vectors([one], FINGERPRINT)).get(one), Float32Array.of(0, 1, 0, 0))
    assert.equal((await store.changes(0, 100)).at(-1)?.documentId, '1')
  })

  check('vectors of another fingerprint or width are refused whole', async (store) => {
    const [one = 0, two = 0] = await waiting(store)
    await rejectsWith('COLLECTION_MODEL_MISMATCH', store.putVectors('a', 'space-2', [write(one, [1, 0, 0, 0])]))
    const bad = [write(one, [1, 0, 0, 0]), write(two, [1, 0])]
    await rejectsWith('DIMENSION_MISMATCH', store.putVectors('a', FINGERPRINT, bad))
    await rejectsWith('VECTOR_INVALID', store.putVectors('a', FINGERPRINT, [write(one, [0, 0, 0, 0])]))
    assert.equal((await store.vectors([one, two], FINGERPRINT)).size, 0)
    await rejectsWith('COLLECTION_NOT_FOUND', store.putVectors('b', FINGERPRINT, []))
  })
}

/** The keys of a document's three chunks without vectors. */
async function waiting(store: RecordStore): Promise<number[]> {
  await store.createCollection(sampleCollection('a'))
  const document = sampleDocument('1', [
    ['one', null],
    ['two', null],
    ['three', null],
  ])
  return keysOf(await store.putDocuments('a', [document]))
}

function write(key: number, vector: number[]): VectorWrite {
  return { key, embeddingHash: `new hash ${key}`, vector: Float32Array.from(vector) }
}

function broken(): SemdexError {
  return new SemdexError('EMPTY_EMBEDDING', { message: 'There is nothing in it.' })
}
