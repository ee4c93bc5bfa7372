import assert from 'node:assert/strict'
import { SemdexError } from '../core/errors.ts'
import type { Storage } from '../core/parts.ts'
import type { StoredDocument, TransferStore } from '../core/ports/transfer-store.ts'
import { type Runner, rejectsWith, using } from './runner.ts'
import { CODE, FINGERPRINT, NEW, sampleCollection, sampleDocument, sampleFile } from './samples.ts'

type Create = () => Promise<Storage>
type Check = (title: string, body: (storage: Storage, transfer: TransferStore) => Promise<void>) => void

/** What `TransferStore` promises, asserted of empty storages that `create` opens for each test. */
export function transferStoreContract(name: string, create: Create, { describe, test }: Runner): void {
  describe(`TransferStore: ${name}`, () => {
    const check: Check = (title, body) =>
      test(title, () => using(create, (storage) => body(storage, transferOf(storage))))
    roundTripContract(check, create)
    pagesContract(check)
    writingContract(check)
    historiesContract(check)
    test('a store that was closed says so', async () => {
      const storage = await create()
      const transfer = transferOf(storage)
      await storage.close()
      await rejectsWith('STORE_CLOSED', transfer.readDocuments('a', { after: 0, bytes: 1 }))
      await rejectsWith('STORE_CLOSED', transfer.writeDocuments('a', [], { ifExists: 'fail' }))
    })
  })
}

function roundTripContract(check: Check, create: Create): void {
  check('documents, vectors, revisions and sides come out as they went in', async (from, transfer) => {
    await feed(from)
    const documents = await readAll(transfer)
    assert.deepEqual(
      documents.map(({ id, side, active, version }) => [id, side, active, version]),
      [
        ['text', 'text', true, 2],
        ['code', 'code', true, 0],
        ['old', 'text', false, 1],
      ],
    )
    await using(create, async (to) => {
      await to.records.createCollection(sampleCollection('a', { model: 'm', code: CODE }))
      await to.records.createCollection(sampleCollection('other'))
      const written = await transferOf(to).writeDocuments('a', documents, { ifExists: 'fail' })
      assert.ok(written.every(({ ok }) => ok))
      assert.deepEqual(await readAll(transferOf(to)), documents)
      assert.deepEqual((await to.records.counts())[0], (await from.records.counts())[0])
      for (const { id } of documents) {
        assert.deepEqual(await to.records.revisions('a', id), await from.records.revisions('a', id))
      }
      assert.deepEqual(await found(to, FINGERPRINT, [1, 0, 0, 0]), ['one', 'two'])
      assert.deepEqual(await found(to, CODE.fingerprint, [0, 1]), ['let x'])
    })
  })

  check('what a migration fills goes along, and goes on to serve', async (from, transfer) => {
    await feed(from)
    await from.migrations.beginMigration('a', 'text', NEW, 1)
    const chunks = await from.records.chunksOfDocument('a', 'text')
    const vectors = chunks.map(({ key }, n) => ({ key, embeddingHash: 'h', vector: Float32Array.of(1, n) }))
    await from.records.putVectors('a', NEW.fingerprint, vectors)
    const [document] = await readAll(transfer)
    assert.ok(document)
    assert.deepEqual(document.chunks[0]?.vectors.map(({ fingerprint }) => fingerprint).sort(), [
      NEW.fingerprint,
      FINGERPRINT,
    ])
    await from.records.deleteDocuments('a', ['text', 'old'])
    await transfer.writeDocuments('a', [document], { ifExists: 'fail' })
    assert.equal((await from.migrations.switchMigration('a', 'text', 'new', 2)).waiting, 0)
    assert.deepEqual(await found(from, NEW.fingerprint, [1, 2]), ['three \ud800', 'two', 'one'])
  })
}

function pagesContract(check: Check): void {
  check('pages are in ascending order of key, hold at least one, and leave none out', async (storage, transfer) => {
    await storage.records.createCollection(sampleCollection('a'))
    const ids = ['c', 'a', 'd', 'b', 'e']
    const large = 'x'.repeat(1_000)
    const documents = ids.map((id) => sampleDocument(id, [[large, [1, 0, 0, 0]]]))
    await storage.records.putDocuments('a', documents)
    await storage.records.createCollection(sampleCollection('b'))
    await storage.records.putDocuments('b', [sampleDocument('of another', [])])
    for (const [bytes, most] of [
      [1, 1],
      [1_500, 2],
      [1_000_000, 5],
    ] as const) {
      const pages: string[][] = []
      for (let after: number | null = 0; after !== null; ) {
        const page = await transfer.readDocuments('a', { after, bytes })
        pages.push(page.documents.map(({ id }) => id))
        after = page.next
      }
      assert.deepEqual(pages.flat(), ids)
      const sizes = pages.map(({ length }) => length)
      assert.ok(sizes.slice(0, -1).every((size) => size >= 1) && Math.max(...sizes) <= most, `pages of ${sizes}`)
    }
  })

  check('what is written between two pages is read by the later one', async (storage, transfer) => {
    await storage.records.createCollection(sampleCollection('a'))
    await storage.records.putDocuments('a', [sampleDocument('1', [['one', null]]), sampleDocument('2', [])])
    const first = await transfer.readDocuments('a', { after: 0, bytes: 1 })
    assert.deepEqual(
      first.documents.map(({ id }) => id),
      ['1'],
    )
    await storage.records.deleteDocuments('a', ['2'])
    await storage.records.putDocuments('a', [sampleDocument('3', [['three', null]])])
    const { documents } = await transfer.readDocuments('a', { after: first.next ?? 0, bytes: 1_000_000 })
    assert.deepEqual(
      documents.map(({ id, text }) => [id, text]),
      [['3', 'three']],
    )
  })

  check('a collection that is not there is told by each call', async (_, transfer) => {
    await rejectsWith('COLLECTION_NOT_FOUND', transfer.readDocuments('a', { after: 0, bytes: 1 }))
    await rejectsWith('COLLECTION_NOT_FOUND', transfer.readHistories('a', { after: null, limit: 1 }))
    await rejectsWith('COLLECTION_NOT_FOUND', transfer.writeDocuments('a', [stored('1')], { ifExists: 'fail' }))
    await rejectsWith('COLLECTION_NOT_FOUND', transfer.writeHistories('a', [{ id: '1', revisions: [] }]))
  })
}

function writingContract(check: Check): void {
  check('a document takes the place of another with its revisions, or is refused', async (storage, transfer) => {
    await feed(storage)
    const [first] = await readAll(transfer)
    const again = { ...stored('text', [5, 6, 7, 8]), version: 7, revisions: [{ ...REVISION, version: 7 }] }
    const [refused, taken] = await transfer.writeDocuments('a', [again, stored('new')], { ifExists: 'fail' })
    assert.equal(refused?.ok === false && refused.error.code, 'DOCUMENT_EXISTS')
    assert.equal(taken?.ok, true)
    assert.deepEqual((await readAll(transfer))[0], first)
    await transfer.writeDocuments('a', [again], { ifExists: 'replace' })
    assert.deepEqual(
      (await storage.records.revisions('a', 'text')).map(({ version }) => version),
      [7],
    )
    const document = await storage.records.document('a', 'text')
    assert.deepEqual([document?.version, document?.text, document?.createdAt], [7, 'stored', 11])
    assert.deepEqual((await found(storage, FINGERPRINT, [5, 6, 7, 8])).slice(0, 1), ['stored'])
    assert.equal((await storage.records.counts())[0]?.vectors, 3)
  })

  check('one that cannot be written costs itself alone, and nothing of it stays', async (storage, transfer) => {
    await feed(storage)
    const bad = (id: string, vector: number[]) => ({ ...stored(id, vector), revisions: [REVISION] })
    const given = [stored('good'), bad('long', [1, 2, 3, 4, 5]), bad('nan', [Number.NaN, 0, 0, 0]), stored('last')]
    given.push(bad('text', [0, 0, 0, 0]))
    const before = (await readAll(transfer))[0]
    const results = await transfer.writeDocuments('a', given, { ifExists: 'replace' })
    assert.deepEqual(
      results.map((result) => (result.ok ? 'ok' : result.error.code)),
      ['ok', 'DIMENSION_MISMATCH', 'VECTOR_INVALID', 'ok', 'VECTOR_INVALID'],
    )
    assert.deepEqual(
      [await storage.records.document('a', 'long'), await storage.records.revisions('a', 'nan')],
      [null, []],
    )
    assert.deepEqual((await readAll(transfer))[0], before)
  })

  check('vectors of a model that is not used are left out, and their chunks wait', async (storage, transfer) => {
    await feed(storage)
    const document = stored('1', [1, 0, 0, 0])
    const vectors = [{ fingerprint: 'nobody’s', vector: Float32Array.of(1, 2, 3, 4, 5) }]
    const foreign = { ...document, chunks: document.chunks.map((chunk) => ({ ...chunk, vectors })) }
    const [result] = await transfer.writeDocuments('a', [foreign], { ifExists: 'fail' })
    assert.ok(result?.ok)
    const waiting = await storage.waiting.waitingChunks('a', FINGERPRINT, { limit: 9, at: 0 })
    assert.deepEqual(
      waiting.map(({ key }) => key),
      result.chunkKeys,
    )
    assert.equal((await storage.records.vectors(result.chunkKeys, 'nobody’s')).size, 0)
  })

  check('what is written is a change that others see', async (storage, transfer) => {
    await feed(storage)
    const { length } = await storage.records.changes(0, 999)
    await transfer.writeDocuments('a', [stored('1'), stored('2')], { ifExists: 'fail' })
    const changes = (await storage.records.changes(0, 999)).slice(length)
    assert.deepEqual(
      changes.map(({ documentId, kind }) => [documentId, kind]),
      [
        ['1', 'put'],
        ['2', 'put'],
      ],
    )
  })
}

function historiesContract(check: Check): void {
  check(
    'histories are of documents that are gone, by id, and are written where an id is free',
    async (storage, transfer) => {
      await feed(storage)
      for (const id of ['z', 'gone', 'b']) {
        await storage.records.putDocuments('a', [sampleDocument(id, [], { revision: { change: 'put', at: 5 } })])
      }
      await storage.records.deleteDocuments('a', ['z', 'gone', 'b'], { revision: { change: 'forgotten', at: 9 } })
      const histories = await transfer.readHistories('a', { after: null, limit: 9 })
      assert.deepEqual(
        histories.map(({ id, revisions }) => [id, revisions.map(({ change, text }) => [change, text])]),
        ['b', 'gone', 'z'].map((id) => [
          id,
          [
            ['put', null],
            ['forgotten', null],
          ],
        ]),
      )
      const after = await transfer.readHistories('a', { after: 'b', limit: 1 })
      assert.deepEqual(after, histories.slice(1, 2))
      await storage.records.createCollection(sampleCollection('b'))
      await storage.records.putDocuments('b', [sampleDocument('z', [], { revision: { change: 'own', at: 1 } })])
      assert.equal(await transfer.writeHistories('b', histories), 2)
      assert.equal(await transfer.writeHistories('b', histories), 0)
      assert.deepEqual(await storage.records.revisions('b', 'gone'), await storage.records.revisions('a', 'gone'))
      assert.deepEqual(
        (await storage.records.revisions('b', 'z')).map(({ change }) => change),
        ['own'],
      )
    },
  )
}

const REVISION = { version: 1, change: 'put', at: 3, note: { by: 'x' }, title: null, text: 'stored', metadata: {} }

/** A document of one chunk, as another database had it. */
function stored(id: string, vector = [1, 1, 1, 1]): StoredDocument {
  const place = { start: 0, end: 6, lines: [1, 1] as [number, number], heading: [], symbol: null }
  const vectors = [{ fingerprint: FINGERPRINT, vector: Float32Array.from(vector) }]
  return {
    ...{ id, title: null, format: 'text', text: 'stored', metadata: { n: 1 }, contentHash: 'c', side: 'text' },
    ...{ chunkingFingerprint: 'f', active: true, version: 0, createdAt: 11, updatedAt: 12, file: null, revisions: [] },
    chunks: [{ place, embeddingHash: 'h', error: null, vectors }],
  }
}

function transferOf({ transfer }: Storage): TransferStore {
  assert.ok(transfer, 'the storage has no transfer')
  return transfer
}

/** A document of each side, one of a file with two revisions and a chunk that failed, and one that is not active. */
async function feed({ records }: Storage): Promise<void> {
  await records.createCollection(sampleCollection('a', { model: 'm', code: CODE }))
  const odd = { title: 'T \0', metadata: { n: { deep: ['x\ud800'] } }, file: sampleFile('/x') }
  const text = sampleDocument(
    'text',
    [
      ['one', [1, 0, 0, 0]],
      ['two', [0, 1, 0, 0]],
      ['three \ud800', null],
    ],
    { ...odd, revision: { change: 'put', at: 1, note: { by: 'y' } } },
  )
  const failed = text.chunks[2]
  assert.ok(failed)
  failed.error = new SemdexError('EMPTY_EMBEDDING', { message: 'There is nothing in it.' })
  const code = sampleDocument('code', [['let x', [0, 1]]], { side: 'code', format: 'code' })
  const old = sampleDocument('old', [['was', [0, 0, 1, 0]]], { active: false, revision: { change: 'put', at: 2 } })
  for (const result of await records.putDocuments('a', [text, code, old])) assert.ok(result.ok)
  await records.reviseDocuments('a', [{ id: 'text', metadata: { n: 2 }, revision: { change: 'revised', at: 2.5 } }])
}

async function readAll(transfer: TransferStore): Promise<StoredDocument[]> {
  const { documents, next } = await transfer.readDocuments('a', { after: 0, bytes: 1_000_000 })
  assert.equal(next, null)
  return documents
}

/** The texts that a search of a model finds, nearest first. */
async function found({ records, vectorIndex }: Storage, fingerprint: string, query: number[]): Promise<string[]> {
  const collection = await records.collection('a')
  assert.ok(collection)
  const index = vectorIndex(collection, { model: null, fingerprint, dimensions: query.length })
  const hits = await index.search(Float32Array.from(query), { limit: 9 })
  return (await records.chunks(hits.map(({ key }) => key))).map(({ text }) => text)
}
