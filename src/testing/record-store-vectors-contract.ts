import assert from 'node:assert/strict'
import { SemdexError } from '../core/errors.ts'
import type { ChunkWrite, RecordStore, VectorWrite } from '../core/ports/record-store.ts'
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

  check(
    'vectors and reasons of another model than the collection has now are left out, and the chunks wait',
    async (store) => {
      await store.createCollection(sampleCollection('a'))
      const chunks: [string, number[]][] = [
        ['one', [1, 0, 0, 0]],
        ['two', [0, 1, 0, 0]],
      ]
      const own = sampleDocument('own', chunks, { fingerprint: FINGERPRINT })
      const other = sampleDocument('other', chunks, { fingerprint: 'that of the model before' })
      other.chunks.push({ ...other.chunks[1], vector: null, error: broken() } as ChunkWrite)
      const [, result] = await store.putDocuments('a', [own, other])
      const keys = keysOf(result ? [result] : [])
      assert.equal(keys.length, 3)
      assert.equal((await store.vectors(keys, FINGERPRINT)).size, 0)
      assert.ok((await store.chunksOfDocument('a', 'other')).every(({ error }) => error === null))
      const [counts] = await store.counts()
      assert.deepEqual([counts?.vectors, counts?.pending, counts?.failed], [2, 1, 0])
      const writes = keys.map((key) => write(key, [1, 0, 0, 0]))
      assert.equal(await store.putVectors('a', FINGERPRINT, writes), 3)
    },
  )

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
