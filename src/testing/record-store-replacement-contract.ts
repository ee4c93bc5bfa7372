import assert from 'node:assert/strict'
import type { RecordStore } from '../core/ports/record-store.ts'
import { rejectsWith } from './runner.ts'
import { FINGERPRINT, sampleCollection, sampleDocument, sampleFile } from './samples.ts'

type Check = (title: string, body: (store: RecordStore) => Promise<void>) => void

/** The part of the record store's contract that is about documents that are replaced, moved and removed. */
export function replacementContract(check: Check): void {
  check('a replaced document keeps its key and loses its chunks and vectors', async (store) => {
    await store.createCollection(sampleCollection('a'))
    const [before] = await store.putDocuments('a', [sampleDocument('1', [['old', [1, 0, 0, 0]]])])
    const [after] = await store.putDocuments('a', [sampleDocument('1', [['new', [0, 1, 0, 0]]], { title: 'new' })])
    assert.ok(before?.ok && after?.ok)
    assert.equal(after.key, before.key)
    assert.deepEqual(await store.chunks(before.chunkKeys), [])
    assert.equal((await store.vectors(before.chunkKeys, FINGERPRINT)).size, 0)
    assert.deepEqual(
      (await store.chunksOfDocument('a', '1')).map(({ text }) => text),
      ['new'],
    )
    assert.equal((await store.document('a', '1'))?.title, 'new')
  })

  check('what must not exist yet is rejected where it does, within one call too', async (store) => {
    await store.createCollection(sampleCollection('a'))
    await store.putDocuments('a', [sampleDocument('1', [['old', [1, 0, 0, 0]]])])
    const writes = ['1', '2', '2'].map((id) => sampleDocument(id, [[`new ${id}`, [0, 1, 0, 0]]]))
    const results = await store.putDocuments('a', writes, { ifExists: 'fail' })
    assert.deepEqual(
      results.map((result) => (result.ok ? 'ok' : result.error.code)),
      ['DOCUMENT_EXISTS', 'ok', 'DOCUMENT_EXISTS'],
    )
    assert.deepEqual(
      (await store.chunksOfDocument('a', '1')).map(({ text }) => text),
      ['old'],
    )
  })

  check('keys are never used again', async (store) => {
    await store.createCollection(sampleCollection('a'))
    const seen = new Set<number>()
    const documents = new Set<number>()
    for (let round = 0; round < 3; round++) {
      const [result] = await store.putDocuments('a', [sampleDocument('1', [['x', [1, 0, 0, 0]]])])
      assert.ok(result?.ok)
      for (const key of result.chunkKeys) assert.ok(!seen.has(key) && seen.add(key))
      assert.ok(!documents.has(result.key) && documents.add(result.key))
      assert.equal(await store.deleteDocuments('a', ['1', 'none']), 1)
    }
  })

  check('a moved document keeps its key, chunks and vectors', async (store) => {
    await store.createCollection(sampleCollection('a'))
    const document = sampleDocument('/old', [['x', [1, 0, 0, 0]]], { file: sampleFile('/old') })
    const [put] = await store.putDocuments('a', [document, sampleDocument('other', [])])
    assert.ok(put?.ok)
    const to = { id: '/new', file: sampleFile('/new', { inode: 7 }) }
    assert.deepEqual(
      [await store.moveDocument('a', '/old', to), await store.moveDocument('a', '/old', to)],
      [true, false],
    )
    const moved = await store.document('a', '/new')
    assert.deepEqual([moved?.key, moved?.path], [put.key, '/new'])
    assert.deepEqual(
      (await store.chunksOfDocument('a', '/new')).map(({ key }) => key),
      put.chunkKeys,
    )
    assert.equal((await store.vectors(put.chunkKeys, FINGERPRINT)).size, 1)
    assert.deepEqual(
      (await store.files('a', '/')).map(({ path, inode }) => [path, inode]),
      [['/new', 7]],
    )
    await rejectsWith('INVALID_INPUT', store.moveDocument('a', '/new', { id: 'other', file: sampleFile('/o') }))
  })

  check('every change is in the sequence, ascending', async (store) => {
    await store.createCollection(sampleCollection('a'))
    await store.putDocuments('a', [sampleDocument('1', []), sampleDocument('2', [])])
    await store.putDocuments('a', [sampleDocument('1', [])])
    await store.moveDocument('a', '2', { id: '3', file: sampleFile('/3') })
    await store.deleteDocuments('a', ['3'])
    await store.dropCollection('a')
    const changes = await store.changes(0, 100)
    const shown = changes.map(({ kind, documentId }) => `${kind} ${documentId}`)
    assert.deepEqual(shown, ['put 1', 'put 2', 'put 1', 'delete 2', 'put 3', 'delete 3', 'delete 1'])
    const sequences = changes.map(({ sequence }) => sequence)
    assert.deepEqual(
      sequences,
      [...new Set(sequences)].sort((a, b) => a - b),
    )
    assert.deepEqual(await store.changes(sequences[1] ?? 0, 2), changes.slice(2, 4))
  })
}
