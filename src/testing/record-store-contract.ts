import assert from 'node:assert/strict'
import { SemdexError } from '../core/errors.ts'
import { parseFilter } from '../core/filter.ts'
import type { RecordStore } from '../core/ports/record-store.ts'
import { fileContract } from './record-store-files-contract.ts'
import { replacementContract } from './record-store-replacement-contract.ts'
import { revisionContract } from './record-store-revisions-contract.ts'
import { sidesContract } from './record-store-sides-contract.ts'
import { fillContract } from './record-store-vectors-contract.ts'
import { type Runner, rejectsWith, using } from './runner.ts'
import { DIMENSIONS, FINGERPRINT, keysOf, sampleCollection, sampleDocument, sampleFile } from './samples.ts'

/** What `RecordStore` promises, asserted of an empty store that `create` opens for each test. */
export function recordStoreContract(name: string, create: () => Promise<RecordStore>, runner: Runner): void {
  runner.describe(`RecordStore: ${name}`, () => {
    const check = (title: string, body: (store: RecordStore) => Promise<void>) =>
      runner.test(title, () => using(create, body))
    collectionContract(check)
    documentContract(check)
    replacementContract(check)
    vectorContract(check)
    fillContract(check)
    fileContract(check)
    sidesContract(check)
    revisionContract(check)
  })
}

type Check = (title: string, body: (store: RecordStore) => Promise<void>) => void

function collectionContract(check: Check): void {
  check('a cut is accepted for another chunker, of the named sides and that cut alone', async (store) => {
    await store.createCollection(sampleCollection('a'))
    const cut = (id: string, chunkingFingerprint: string, side: 'text' | 'code') =>
      sampleDocument(id, [['one', [1, 0, 0, 0]]], { chunkingFingerprint, side })
    await store.putDocuments('a', [cut('1', 'x', 'text'), cut('2', 'x', 'code'), cut('3', 'y', 'text')])
    assert.equal(await store.acceptCut('a', { sides: ['text'], from: 'x', to: 'z' }), 1)
    const documents = await store.documents('a', { limit: 10 })
    assert.deepEqual(
      documents.map(({ chunkingFingerprint }) => chunkingFingerprint),
      ['z', 'x', 'y'],
    )
    assert.equal(await store.acceptCut('a', { sides: ['text', 'code'], from: 'x', to: 'z' }), 1)
  })

  check('a collection comes back as it was made, and collections come by name', async (store) => {
    const made = await store.createCollection(sampleCollection('b', { model: 'm', roots: ['/x'] }))
    await store.createCollection(sampleCollection('a'))
    assert.deepEqual(await store.collection('b'), made)
    assert.deepEqual(
      { ...made, key: 0, createdAt: 0 },
      {
        ...{ key: 0, name: 'b', model: 'm', roots: ['/x'], createdAt: 0, lastRunAt: null },
        ...{ fingerprint: FINGERPRINT, dimensions: DIMENSIONS, code: null, layout: 'native' },
      },
    )
    assert.deepEqual(
      (await store.collections()).map(({ name }) => name),
      ['a', 'b'],
    )
    assert.equal(await store.collection('c'), null)
  })

  check('a name is taken once, and a missing collection is an error', async (store) => {
    await store.createCollection(sampleCollection('a'))
    await rejectsWith('COLLECTION_EXISTS', store.createCollection(sampleCollection('a')))
    await rejectsWith('COLLECTION_NOT_FOUND', store.putDocuments('b', [sampleDocument('1', [])]))
    await rejectsWith('COLLECTION_NOT_FOUND', store.document('b', '1'))
    await rejectsWith('COLLECTION_NOT_FOUND', store.updateCollection('b', {}))
  })

  check('an update adds a root once and sets the last run', async (store) => {
    await store.createCollection(sampleCollection('a', { roots: ['/x'] }))
    await store.updateCollection('a', { addRoot: '/y' })
    const updated = await store.updateCollection('a', { addRoot: '/y', lastRunAt: 5.5 })
    assert.deepEqual([updated.roots, updated.lastRunAt], [['/x', '/y'], 5.5])
    assert.deepEqual(await store.collection('a'), updated)
  })

  check('another fingerprint keeps old vectors, and makes chunks pending again', async (store) => {
    await store.createCollection(sampleCollection('a'))
    const [key = 0] = keysOf(await store.putDocuments('a', [sampleDocument('1', [['one', [1, 0, 0, 0]]])]))
    await store.updateCollection('a', { fingerprint: 'space-2', dimensions: 2 })
    assert.deepEqual((await store.vectors([key], FINGERPRINT)).get(key), Float32Array.of(1, 0, 0, 0))
    assert.equal((await store.vectors([key], 'space-2')).size, 0)
    const [counts] = await store.counts()
    assert.deepEqual([counts?.vectors, counts?.pending], [0, 1])
  })

  check('dropping a collection takes all that is in it, and nothing else', async (store) => {
    for (const name of ['a', 'b']) {
      await store.createCollection(sampleCollection(name))
      await store.putDocuments(name, [sampleDocument('1', [['one', [1, 0, 0, 0]]], { file: sampleFile(`/${name}`) })])
    }
    assert.deepEqual([await store.dropCollection('a'), await store.dropCollection('a')], [true, false])
    assert.equal(await store.documentByPath('/a'), null)
    assert.equal((await store.documentByPath('/b'))?.collection, 'b')
    assert.deepEqual(
      (await store.counts()).map(({ collection }) => collection),
      ['b'],
    )
  })

  check('after close every call is refused, and closing again is fine', async (store) => {
    await store.createCollection(sampleCollection('a'))
    await store.close()
    await store.close()
    await rejectsWith('STORE_CLOSED', store.collections())
    await rejectsWith('STORE_CLOSED', store.putDocuments('a', []))
  })
}

function documentContract(check: Check): void {
  check('a document comes back exactly, lone surrogates and NULs included', async (store) => {
    await store.createCollection(sampleCollection('a'))
    const odd = 'NUL \0, lone \ud800 and \udc00, pair \u{1f600}, tail \ud83d'
    const document = sampleDocument(odd, [[odd, [1, 2, 3, 4]]], {
      title: odd,
      metadata: { [odd]: [odd, 1.5, null, true, { deep: [odd] }], 'a.b': 1 },
      contentHash: odd,
      chunkingFingerprint: odd,
      ...{ side: 'text', active: true, version: 0 },
      file: sampleFile(`/${odd}`),
    })
    Object.assign(document.chunks[0]?.place ?? {}, { heading: [odd, 'x'], symbol: odd })
    const [result] = await store.putDocuments('a', [document])
    assert.ok(result?.ok)
    const { chunks, file, ...given } = document
    const stored = await store.document('a', odd)
    const { key, collection, path, createdAt, updatedAt, ...same } = stored ?? assert.fail()
    assert.deepEqual(same, given)
    assert.deepEqual([key, collection, path, createdAt === updatedAt], [result.key, 'a', file?.path, true])
    assert.deepEqual(await store.documentByPath(`/${odd}`), stored)
    const [chunk] = await store.chunks(result.chunkKeys)
    assert.deepEqual([chunk?.place, chunk?.text, chunk?.documentId], [chunks[0]?.place, odd, odd])
  })

  check('ids that differ only in a lone surrogate are two documents', async (store) => {
    await store.createCollection(sampleCollection('a'))
    await store.putDocuments('a', [
      sampleDocument('\ud800', []),
      sampleDocument('\ud801', []),
      sampleDocument('\ufffd', []),
    ])
    assert.equal(await store.countDocuments('a'), 3)
    assert.equal((await store.document('a', '\ud801'))?.id, '\ud801')
  })

  check('documents page in ascending order of key, filtered before the limit', async (store) => {
    await store.createCollection(sampleCollection('a'))
    const writes = Array.from({ length: 20 }, (_, n) => sampleDocument(`${n}`, [], { metadata: { even: n % 2 === 0 } }))
    await store.putDocuments('a', writes)
    const filter = parseFilter({ even: true })
    const first = await store.documents('a', { limit: 6, filter })
    const rest = await store.documents('a', { limit: 100, filter, after: first.at(-1)?.key ?? 0 })
    const ids = [...first, ...rest].map(({ id }) => id)
    assert.deepEqual(ids, ['0', '2', '4', '6', '8', '10', '12', '14', '16', '18'])
    assert.deepEqual([first.length, await store.countDocuments('a', filter)], [6, 10])
  })

  check('a listing is the same documents without their texts, with what became of their chunks', async (store) => {
    await store.createCollection(sampleCollection('a'))
    const chunks: [string, number[] | null][] = [
      ['one', [1, 0, 0, 0]],
      ['two', null],
      ['three', null],
    ]
    const failing = sampleDocument('1', chunks, { metadata: { n: 1 }, file: sampleFile('/1') })
    Object.assign(failing.chunks[2] ?? {}, { error: new SemdexError('EMBEDDING_FAILED', { message: 'no' }) })
    await store.putDocuments('a', [failing, sampleDocument('2', []), sampleDocument('3', [], { metadata: { n: 1 } })])
    const listed = await store.listDocuments('a', { limit: 1 })
    const { text: _, ...record } = (await store.document('a', '1')) ?? assert.fail()
    assert.deepEqual(listed, [{ ...record, chunks: 3, pending: 1, failed: 1 }])
    const after = listed[0]?.key ?? 0
    const rest = await store.listDocuments('a', { limit: 9, after, filter: parseFilter({ n: 1 }) })
    assert.deepEqual(
      rest.map(({ id, chunks: count }) => [id, count]),
      [['3', 0]],
    )
    await rejectsWith('COLLECTION_NOT_FOUND', store.listDocuments('b', { limit: 1 }))
  })

  check('chunks come in the order of the keys, and in document order for a document', async (store) => {
    await store.createCollection(sampleCollection('a'))
    const keys = keysOf(
      await store.putDocuments('a', [
        sampleDocument('1', [
          ['one', null],
          ['two', null],
        ]),
      ]),
    )
    const [one = 0, two = 0] = keys
    assert.deepEqual(
      (await store.chunks([two, 999_999, one])).map(({ text }) => text),
      ['two', 'one'],
    )
    assert.deepEqual(
      (await store.chunksOfDocument('a', '1')).map(({ key }) => key),
      keys,
    )
    assert.deepEqual(await store.chunksOfDocument('a', '2'), [])
  })

  check('work that has not begun stops with its signal', async (store) => {
    await store.createCollection(sampleCollection('a'))
    const signal = AbortSignal.abort()
    await rejectsWith('ABORTED', store.putDocuments('a', [sampleDocument('1', [])], { signal }))
    assert.equal(await store.countDocuments('a'), 0)
  })

  check('concurrent writers lose nothing', async (store) => {
    await store.createCollection(sampleCollection('a'))
    const put = (n: number) => store.putDocuments('a', [sampleDocument(`${n}`, [[`text ${n}`, [1, n, 0, 0]]])])
    const results = (await Promise.all(Array.from({ length: 20 }, (_, n) => put(n)))).flat()
    assert.equal(new Set(keysOf(results)).size, 20)
    assert.equal(await store.countDocuments('a'), 20)
  })
}

function vectorContract(check: Check): void {
  check('a document with a bad vector is rejected whole, and costs no other document', async (store) => {
    await store.createCollection(sampleCollection('a'))
    const good: [string, number[]] = ['good', [1, 0, 0, 0]]
    const bad: [string, number[]][] = [
      ['short', [1, 0]],
      ['long', [1, 0, 0, 0, 0]],
      ['zero', [0, 0, 0, 0]],
      ['nan', [1, Number.NaN, 0, 0]],
      ['infinite', [1, Number.POSITIVE_INFINITY, 0, 0]],
    ]
    await store.putDocuments('a', [sampleDocument('zero', [good])])
    const writes = bad.map((chunk) => sampleDocument(chunk[0], [good, chunk]))
    const results = await store.putDocuments('a', [
      sampleDocument('first', [good]),
      ...writes,
      sampleDocument('last', [good]),
    ])
    assert.deepEqual(
      results.map((result) => (result.ok ? 'ok' : result.error.code)),
      ['ok', 'DIMENSION_MISMATCH', 'DIMENSION_MISMATCH', 'VECTOR_INVALID', 'VECTOR_INVALID', 'VECTOR_INVALID', 'ok'],
    )
    assert.ok(results.every((result) => result.ok || result.error instanceof SemdexError))
    assert.deepEqual(
      (await store.documents('a', { limit: 9 })).map(({ id }) => id),
      ['zero', 'first', 'last'],
    )
    assert.equal((await store.chunksOfDocument('a', 'zero')).length, 1)
  })

  check('vectors come back bit by bit, by key and by hash', async (store) => {
    await store.createCollection(sampleCollection('a'))
    await store.createCollection(sampleCollection('b'))
    const vector = Float32Array.of(0.1, -1e-30, 3e18, 4)
    const big = Float32Array.of(9, ...vector, 9)
    const document = sampleDocument('1', [
      ['x', [1, 1, 1, 1]],
      ['y', null],
    ])
    Object.assign(document.chunks[0] ?? {}, { vector: big.subarray(1, 5), embeddingHash: 'h\ud800' })
    const keys = keysOf(await store.putDocuments('a', [document]))
    assert.deepEqual([...(await store.vectors([...keys, 999_999], FINGERPRINT))], [[keys[0], vector]])
    const hashes = ['h\ud800', 'h\ud801', 'hash of y']
    assert.deepEqual([...(await store.vectorsByHash('a', FINGERPRINT, hashes))], [['h\ud800', vector]])
    assert.equal((await store.vectorsByHash('b', FINGERPRINT, hashes)).size, 0)
    assert.equal((await store.vectorsByHash('a', 'space-2', hashes)).size, 0)
  })
}
