import assert from 'node:assert/strict'
import type { RecordStore, RevisionWrite } from '../core/ports/record-store.ts'
import { rejectsWith } from './runner.ts'
import { FINGERPRINT, keysOf, sampleCollection, sampleDocument } from './samples.ts'

type Check = (title: string, body: (store: RecordStore) => Promise<void>) => void

/** What a document was, and changes that cut and embed nothing. */
export function revisionContract(check: Check): void {
  check('a revision tells what the document was after each change', async (store) => {
    await put(store, { at: 10, note: { by: 'x\ud800' } })
    await store.reviseDocuments('a', [{ id: '1', metadata: { n: 2 }, ifVersion: 1, revision: change('changed', 20) }])
    assert.deepEqual(await store.revisions('a', '1'), [
      {
        ...{ version: 1, change: 'put', at: 10, note: { by: 'x\ud800' } },
        ...{ title: 'T', text: 'one', metadata: { n: 1 } },
      },
      { version: 2, change: 'changed', at: 20, note: {}, title: 'T', text: 'one', metadata: { n: 2 } },
    ])
    const document = await store.document('a', '1')
    assert.deepEqual([document?.version, document?.metadata], [2, { n: 2 }])
    assert.deepEqual(await store.revisions('a', 'none'), [])
    await rejectsWith('COLLECTION_NOT_FOUND', store.revisions('b', '1'))
  })

  check('a change keeps chunks and vectors, and is a change of the document', async (store) => {
    const key = await put(store)
    const before = (await store.changes(0, 99)).length
    await store.reviseDocuments('a', [{ id: '1', metadata: { n: 9 } }])
    assert.equal((await store.vectors([key], FINGERPRINT)).size, 1)
    assert.deepEqual(
      (await store.chunksOfDocument('a', '1')).map((chunk) => [chunk.key, chunk.metadata]),
      [[key, { n: 9 }]],
    )
    const changes = await store.changes(0, 99)
    assert.deepEqual([changes.length - before, changes.at(-1)?.documentId, changes.at(-1)?.kind], [1, '1', 'put'])
    assert.deepEqual([(await store.document('a', '1'))?.version, (await store.revisions('a', '1')).length], [1, 1])
  })

  check('times never go backwards, and versions have no gaps', async (store) => {
    await put(store, { at: 1_000 })
    await store.reviseDocuments('a', [
      { id: '1', revision: change('x', 5) },
      { id: '1', ifVersion: 2, revision: change('y', 2_000) },
    ])
    await put(store, { at: 0 })
    assert.deepEqual(await times(store), [
      [1, 1_000],
      [2, 1_000],
      [3, 2_000],
      [4, 2_000],
    ])
  })

  check('changes are made together or not at all', async (store) => {
    await put(store)
    const good = { id: '1', metadata: { n: 5 }, active: false, revision: change('x', 1) }
    await rejectsWith('DOCUMENT_NOT_FOUND', store.reviseDocuments('a', [good, { id: 'none' }]))
    await rejectsWith('REVISION_CONFLICT', store.reviseDocuments('a', [good, { id: '1', ifVersion: 1 }]))
    const document = await store.document('a', '1')
    assert.deepEqual([document?.metadata, document?.active, document?.version], [{ n: 1 }, true, 1])
    assert.equal((await store.revisions('a', '1')).length, 1)
  })

  check('what was written says which version it has', async (store) => {
    await store.createCollection(sampleCollection('a'))
    const revised = (id: string) => sampleDocument(id, [], { revision: change('put', 1) })
    const versions = async (...documents: ReturnType<typeof sampleDocument>[]) =>
      (await store.putDocuments('a', documents)).map((result) => result.ok && result.version)
    assert.deepEqual(await versions(sampleDocument('1', []), revised('2'), revised('2')), [0, 1, 2])
    assert.deepEqual(await versions(revised('1'), sampleDocument('2', [])), [1, 2])
    await store.deleteDocuments('a', ['1'], { revision: change('forgotten', 2) })
    await store.deleteDocuments('a', ['2'])
    assert.deepEqual(await versions(sampleDocument('1', []), sampleDocument('2', [])), [2, 0])
    const read = await Promise.all(['1', '2'].map(async (id) => (await store.document('a', id))?.version))
    assert.deepEqual(read, [2, 0])
  })

  check('a document is replaced only in the version that is meant', async (store) => {
    const key = await put(store)
    const again = sampleDocument('1', [['two', null]], { ifVersion: 7 })
    const fresh = sampleDocument('2', [], { ifVersion: 7 })
    const [conflict, made] = await store.putDocuments('a', [again, fresh])
    assert.equal(conflict?.ok === false && conflict.error.code, 'REVISION_CONFLICT')
    assert.equal(made?.ok, true)
    assert.equal((await store.chunks([key]))[0]?.text, 'one')
    const [right] = await store.putDocuments('a', [{ ...again, ifVersion: 1 }])
    assert.equal(right?.ok, true)
    assert.equal((await store.document('a', '1'))?.version, 1)
  })

  check('changes beside a document are made with it or not at all', async (store) => {
    await put(store)
    const also = [{ id: '1', active: false, revision: change('superseded', 3) }]
    const results = await store.putDocuments('a', [
      sampleDocument('2', [['two', null]], { also, revision: change('put', 2) }),
      sampleDocument('3', [['three', null]], { also: [{ id: '2', metadata: { n: 3 } }, { id: 'none' }] }),
      sampleDocument('4', [], { also: [{ id: '2', ifVersion: 0 }] }),
    ])
    assert.deepEqual(
      results.map((result) => (result.ok ? 'ok' : result.error.code)),
      ['ok', 'DOCUMENT_NOT_FOUND', 'REVISION_CONFLICT'],
    )
    const [one, two] = await store.documents('a', { limit: 9 })
    assert.deepEqual([one?.active, one?.version, two?.metadata], [false, 2, {}])
    assert.equal(await store.countDocuments('a'), 2)
  })

  check('content that another wrote meanwhile is not taken for new', async (store) => {
    await put(store)
    const alike = (id: string, ifLastAlike: number) =>
      sampleDocument(id, [['two', null]], { contentHash: 'content of 1', ifLastAlike })
    const known = (await store.document('a', '1'))?.key ?? 0
    const file = { path: '/x', size: 1, modifiedAt: 1, inode: 1, checkedAt: 1 }
    const results = await store.putDocuments('a', [
      alike('2', 0),
      alike('3', known),
      alike('4', known),
      sampleDocument('5', [], { contentHash: 'of a file', file }),
      sampleDocument('6', [], { contentHash: 'of a file', ifLastAlike: 0 }),
    ])
    assert.deepEqual(
      results.map((result) => (result.ok ? 'ok' : result.error.code)),
      ['REVISION_CONFLICT', 'ok', 'REVISION_CONFLICT', 'ok', 'ok'],
    )
    assert.deepEqual([await store.document('a', '2'), await store.document('a', '4')], [null, null])
    const [again] = await store.putDocuments('a', [alike('3', known)])
    assert.equal(again?.ok, true, 'a document is not its own double')
    await store.deleteDocuments('a', ['3'])
    const [free] = await store.putDocuments('a', [alike('4', known)])
    assert.equal(free?.ok, true)
  })

  deletionContract(check)
}

function deletionContract(check: Check): void {
  check('what is deleted leaves nothing, or that it was there', async (store) => {
    await put(store)
    assert.equal(await store.deleteDocuments('a', ['1']), 1)
    assert.deepEqual(await store.revisions('a', '1'), [])
    await put(store, { note: { secret: true } })
    const revision = { ...change('forgotten', 50), note: { why: 'asked' } }
    assert.equal(await store.deleteDocuments('a', ['1', 'none'], { revision }), 1)
    assert.deepEqual(await store.revisions('a', 'none'), [])
    const gone = { title: null, text: null, metadata: null }
    assert.deepEqual(await store.revisions('a', '1'), [
      { version: 1, change: 'put', at: 1, note: {}, ...gone },
      { version: 2, change: 'forgotten', at: 50, note: { why: 'asked' }, ...gone },
    ])
  })

  check('a new document under an id of before goes on counting', async (store) => {
    await put(store)
    await store.deleteDocuments('a', ['1'], { revision: change('forgotten', 50) })
    await store.putDocuments('a', [sampleDocument('1', [])])
    assert.equal((await store.document('a', '1'))?.version, 2)
    await put(store, { at: 7 })
    assert.deepEqual(await times(store), [
      [1, 1],
      [2, 50],
      [3, 50],
    ])
  })

  check('revisions move with their document, and go with their collection', async (store) => {
    await put(store)
    const file = { path: '/x', size: 1, modifiedAt: 1, inode: 1, checkedAt: 1 }
    await store.moveDocument('a', '1', { id: '2', file })
    assert.deepEqual(await store.revisions('a', '1'), [])
    assert.equal((await store.revisions('a', '2')).length, 1)
    await store.dropCollection('a')
    await store.createCollection(sampleCollection('a'))
    assert.deepEqual(await store.revisions('a', '2'), [])
  })
}

/** Puts document `1` with one chunk and a revision; answers the chunk's key. */
async function put(store: RecordStore, revision: Partial<RevisionWrite> = {}): Promise<number> {
  if (!(await store.collection('a'))) await store.createCollection(sampleCollection('a'))
  const document = sampleDocument('1', [['one', [1, 0, 0, 0]]], {
    ...{ title: 'T', metadata: { n: 1 } },
    revision: { ...change('put', 1), ...revision },
  })
  return keysOf(await store.putDocuments('a', [document]))[0] ?? 0
}

async function times(store: RecordStore): Promise<[version: number, at: number][]> {
  return (await store.revisions('a', '1')).map(({ version, at }) => [version, at])
}

function change(name: string, at: number): RevisionWrite {
  return { change: name, at }
}
