import assert from 'node:assert/strict'
import { SemdexError } from '../core/errors.ts'
import type { RecordStore } from '../core/ports/record-store.ts'
import { sampleCollection, sampleDocument, sampleFile } from './samples.ts'

type Check = (title: string, body: (store: RecordStore) => Promise<void>) => void

/** What `RecordStore` promises of files and counts. */
export function fileContract(check: Check): void {
  check('a file below a root comes with its document', async (store) => {
    await store.createCollection(sampleCollection('a'))
    const file = sampleFile('/r/a.md', { inode: 2 ** 52 + 1 })
    await store.putDocuments('a', [
      sampleDocument(
        '1',
        [
          ['x', null],
          ['y', [1, 0, 0, 0]],
        ],
        { file },
      ),
    ])
    await store.putDocuments('a', [sampleDocument('2', [], { file: sampleFile('/root/b.md') })])
    assert.deepEqual(await store.files('a', '/r'), [
      {
        ...file,
        ...{ documentId: '1', contentHash: 'content of 1', chunkingFingerprint: 'chunking-1', pending: 1, error: null },
        side: 'text',
      },
    ])
    assert.equal((await store.files('a', '/r/a.md')).length, 1)
    assert.equal((await store.files('a', '/')).length, 2)
  })

  check('documents without a file are found by their content hash', async (store) => {
    for (const name of ['a', 'b']) await store.createCollection(sampleCollection(name))
    const same = { contentHash: 'odd \ud800' }
    await store.putDocuments('a', [
      sampleDocument('2', [['x', null]], { ...same, active: false }),
      sampleDocument('1', [['y', [1, 0, 0, 0]]], same),
      sampleDocument('3', [], { ...same, file: sampleFile('/3') }),
      sampleDocument('4', []),
    ])
    const found = await store.documentsByContent('a', 'odd \ud800')
    assert.deepEqual(found, await store.listDocuments('a', { limit: 2 }))
    assert.deepEqual(
      found.map(({ id, active }) => [id, active]),
      [
        ['2', false],
        ['1', true],
      ],
    )
    assert.deepEqual(await store.documentsByContent('b', 'odd \ud800'), [])
    await store.deleteDocuments('a', ['1', '2'])
    assert.deepEqual(await store.documentsByContent('a', 'odd \ud800'), [])
  })

  check('a failed file keeps its document, and a new stamp forgets the error', async (store) => {
    await store.createCollection(sampleCollection('a'))
    await store.putDocuments('a', [sampleDocument('1', [], { file: sampleFile('/a') })])
    const error = new SemdexError('FILE_BINARY', { message: 'binary' })
    await store.putFiles(
      'a',
      [sampleFile('/a', { size: 11 }), sampleFile('/b')].map((file) => ({ ...file, error })),
    )
    const failed = await store.files('a', '/')
    assert.deepEqual(
      failed.map(({ path, size, documentId, error }) => [path, size, documentId, error?.code]),
      [
        ['/a', 11, '1', 'FILE_BINARY'],
        ['/b', 10, null, 'FILE_BINARY'],
      ],
    )
    await store.putFiles('a', [sampleFile('/a')])
    assert.deepEqual((await store.files('a', '/a'))[0]?.error, null)
    assert.equal((await store.files('a', '/a'))[0]?.documentId, '1')
  })

  check('a file goes with its document; one without a document is forgotten by name', async (store) => {
    await store.createCollection(sampleCollection('a'))
    await store.putDocuments('a', [
      sampleDocument('1', [], { file: sampleFile('/1') }),
      sampleDocument('2', [], { file: sampleFile('/2') }),
    ])
    await store.putFiles('a', [{ ...sampleFile('/3'), error: new SemdexError('FILE_BINARY', { message: 'x' }) }])
    await store.deleteFiles('a', ['/2', '/3'])
    await store.deleteDocuments('a', ['1'])
    assert.deepEqual(
      (await store.files('a', '/')).map(({ path }) => path),
      ['/2'],
    )
  })

  check('a document that comes from another file now leaves the old one', async (store) => {
    await store.createCollection(sampleCollection('a'))
    for (const path of ['/old', '/new']) {
      await store.putDocuments('a', [sampleDocument('1', [], { file: sampleFile(path) })])
    }
    assert.deepEqual(
      (await store.files('a', '/')).map(({ path }) => path),
      ['/new'],
    )
    await store.putDocuments('a', [sampleDocument('1', [])])
    assert.deepEqual([await store.files('a', '/'), (await store.document('a', '1'))?.path], [[], null])
  })

  check('counts tell vectors, pending and failed apart', async (store) => {
    await store.createCollection(sampleCollection('b'))
    await store.createCollection(sampleCollection('a'))
    const error = new SemdexError('NAN_EMBEDDING', { message: 'x' })
    const failing = sampleDocument('3', [
      ['x', null],
      ['y', [1, 0, 0, 0]],
    ])
    Object.assign(failing.chunks[0] ?? {}, { error })
    await store.putDocuments('a', [
      sampleDocument('1', [
        ['x', [1, 0, 0, 0]],
        ['y', [1, 0, 0, 0]],
      ]),
      sampleDocument('2', [
        ['x', null],
        ['y', null],
        ['z', [1, 0, 0, 0]],
      ]),
      failing,
    ])
    await store.putFiles('a', [{ ...sampleFile('/x'), error }])
    assert.deepEqual(await store.counts(), [
      { collection: 'a', documents: 3, chunks: 7, vectors: 4, inactive: 0, pending: 1, failed: 2 },
      { collection: 'b', documents: 0, chunks: 0, vectors: 0, inactive: 0, pending: 0, failed: 0 },
    ])
  })
}
