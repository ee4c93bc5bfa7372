import assert from 'node:assert/strict'
import { SemdexError } from '../core/errors.ts'
import type { RecordStore } from '../core/ports/record-store.ts'
import { rejectsWith } from './runner.ts'
import { CODE, FINGERPRINT, keysOf, sampleCollection, sampleDocument } from './samples.ts'

type Check = (title: string, body: (store: RecordStore) => Promise<void>) => void

/** Two models in one collection, and documents that are not active. */
export function sidesContract(check: Check): void {
  check('a collection has a model for code, another, or none', async (store) => {
    const made = await store.createCollection(sampleCollection('a', { code: CODE, layout: 'padded' }))
    assert.deepEqual([made.code, made.layout], [CODE, 'padded'])
    assert.deepEqual(await store.collection('a'), made)
    const other = { ...CODE, fingerprint: 'code-2', dimensions: 3 }
    assert.deepEqual((await store.updateCollection('a', { code: other })).code, other)
    const without = await store.updateCollection('a', { code: null, layout: 'native' })
    assert.deepEqual([without.code, without.layout], [null, 'native'])
    assert.deepEqual((await store.updateCollection('a', { lastRunAt: 1 })).code, null)
  })

  check('vectors of a document are those of its side', async (store) => {
    await store.createCollection(sampleCollection('a', { code: CODE }))
    const results = await store.putDocuments('a', [
      sampleDocument('text', [['one', [1, 0, 0, 0]]]),
      sampleDocument('code', [['two', [1, 0]]], { side: 'code' }),
      sampleDocument('wide', [['three', [1, 0, 0, 0]]], { side: 'code' }),
      sampleDocument('narrow', [['four', [1, 0]]]),
    ])
    assert.deepEqual(
      results.map((result) => (result.ok ? 'ok' : result.error.code)),
      ['ok', 'ok', 'DIMENSION_MISMATCH', 'DIMENSION_MISMATCH'],
    )
    const [text = 0, code = 0] = keysOf(results.slice(0, 2))
    assert.deepEqual([...(await store.vectors([text, code], FINGERPRINT))], [[text, Float32Array.of(1, 0, 0, 0)]])
    assert.deepEqual([...(await store.vectors([text, code], CODE.fingerprint))], [[code, Float32Array.of(1, 0)]])
    assert.deepEqual(
      [(await store.document('a', 'text'))?.side, (await store.document('a', 'code'))?.side],
      ['text', 'code'],
    )
    assert.deepEqual(
      (await store.chunks([text, code])).map(({ side }) => side),
      ['text', 'code'],
    )
  })

  check('late vectors go to chunks of their side, and other chunks stay as they are', async (store) => {
    await store.createCollection(sampleCollection('a', { code: CODE }))
    const [text = 0, code = 0] = keysOf(
      await store.putDocuments('a', [
        sampleDocument('1', [['one', null]]),
        sampleDocument('2', [['two', null]], { side: 'code' }),
      ]),
    )
    const writes = [text, code].map((key) => ({ key, embeddingHash: 'h', vector: Float32Array.of(0, 1) }))
    assert.equal(await store.putVectors('a', CODE.fingerprint, writes), 1)
    assert.deepEqual([...(await store.vectors([text, code], CODE.fingerprint)).keys()], [code])
    const [counts] = await store.counts()
    assert.deepEqual([counts?.vectors, counts?.pending], [1, 1])
  })

  check('a new model for code makes chunks of code wait, and none of text', async (store) => {
    await store.createCollection(sampleCollection('a'))
    const [, code = 0] = keysOf(
      await store.putDocuments('a', [
        sampleDocument('1', [['one', [1, 0, 0, 0]]]),
        sampleDocument('2', [['two', [0, 1, 0, 0]]], { side: 'code' }),
      ]),
    )
    await store.updateCollection('a', { code: CODE })
    const pending = async () =>
      (await store.listDocuments('a', { limit: 9 })).map((document) => [document.id, document.pending])
    assert.deepEqual(await pending(), [
      ['1', 0],
      ['2', 1],
    ])
    await store.updateCollection('a', { code: null })
    assert.deepEqual(await pending(), [
      ['1', 0],
      ['2', 0],
    ])
    assert.deepEqual((await store.vectors([code], FINGERPRINT)).get(code), Float32Array.of(0, 1, 0, 0))
  })

  check('what is not active is kept whole and counted apart', async (store) => {
    await store.createCollection(sampleCollection('a'))
    const error = new SemdexError('EMPTY_EMBEDDING', { message: 'Nothing in it.' })
    const [failing] = sampleDocument('', [['four', null]]).chunks
    const off = sampleDocument(
      'off',
      [
        ['one', [1, 0, 0, 0]],
        ['two', null],
      ],
      { active: false },
    )
    off.chunks.push({ ...(failing as (typeof off.chunks)[number]), error })
    const [key = 0] = keysOf(await store.putDocuments('a', [off, sampleDocument('on', [['three', [0, 1, 0, 0]]])]))
    const counted = { collection: 'a', documents: 2, chunks: 1, vectors: 1, inactive: 1, pending: 0, failed: 0 }
    assert.deepEqual(await store.counts(), [counted])
    assert.equal((await store.document('a', 'off'))?.active, false)
    assert.equal((await store.vectors([key], FINGERPRINT)).size, 1)
    assert.equal((await store.chunksOfDocument('a', 'off')).length, 3)
    await store.reviseDocuments('a', [{ id: 'off', active: true }])
    const together = { documents: 2, chunks: 4, vectors: 2, inactive: 0, pending: 1, failed: 1 }
    assert.deepEqual(await store.counts(), [{ collection: 'a', ...together }])
    await store.reviseDocuments('a', [{ id: 'off', active: false }])
    assert.deepEqual(await store.counts(), [counted])
    assert.deepEqual(await store.deleteDocuments('a', ['off']), 1)
  })

  check('vectors of a model that does not serve the side are left out', async (store) => {
    await store.createCollection(sampleCollection('a'))
    const document = sampleDocument('1', [['one', [1, 0, 0]]], { fingerprint: 'of before' })
    const [key = 0] = keysOf(await store.putDocuments('a', [document]))
    assert.equal((await store.vectors([key], 'of before')).size, 0)
    const [counts] = await store.counts()
    assert.deepEqual([counts?.vectors, counts?.pending], [0, 1])
    await rejectsWith('COLLECTION_MODEL_MISMATCH', store.putVectors('a', CODE.fingerprint, []))
  })
}
