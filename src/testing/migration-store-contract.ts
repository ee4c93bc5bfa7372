import assert from 'node:assert/strict'
import { SemdexError } from '../core/errors.ts'
import type { Storage } from '../core/parts.ts'
import { sharedContract } from './migration-store-sides-contract.ts'
import { type Runner, rejectsWith, using } from './runner.ts'
import { FINGERPRINT, keysOf, NEW, sampleCollection, sampleDocument } from './samples.ts'

/** What `MigrationStore` promises, asserted of a new storage that `create` opens for each test. */
export function migrationStoreContract(name: string, create: () => Promise<Storage>, { describe, test }: Runner): void {
  describe(`MigrationStore: ${name}`, () => {
    const check = (title: string, body: (storage: Storage) => Promise<void>) => test(title, () => using(create, body))

    check('a migration is begun once, and is there until its end', async ({ records, migrations }) => {
      await records.createCollection(sampleCollection('a', { model: 'm' }))
      assert.equal(await migrations.migration('a', 'text'), null)
      const begun = await migrations.beginMigration('a', 'text', NEW, 10.5)
      assert.deepEqual(begun, {
        ...{ collection: 'a', side: 'text', old: OLD, new: NEW, serving: 'old' },
        ...{ startedAt: 10.5, switchedAt: null, comparison: null },
      })
      await rejectsWith('MIGRATION_EXISTS', migrations.beginMigration('a', 'text', { ...NEW, fingerprint: 'x' }, 11))
      await migrations.putComparison('a', 'text', { overlap: [0.5], note: 'x\ud800' })
      assert.deepEqual(await migrations.migration('a', 'text'), {
        ...begun,
        comparison: { overlap: [0.5], note: 'x\ud800' },
      })
      assert.deepEqual(await migrations.migrations(), [await migrations.migration('a', 'text')])
      assert.deepEqual(
        [await migrations.endMigration('a', 'text'), await migrations.endMigration('a', 'text')],
        [true, false],
      )
      assert.deepEqual(await migrations.migrations(), [])
    })

    check('what is not there, or is the same, is refused', async ({ records, migrations }) => {
      await records.createCollection(sampleCollection('a', { model: 'm' }))
      await rejectsWith('INVALID_INPUT', migrations.beginMigration('a', 'text', OLD, 1))
      await rejectsWith('INVALID_INPUT', migrations.beginMigration('a', 'code', OLD, 1))
      await rejectsWith('MIGRATION_NOT_FOUND', migrations.switchMigration('a', 'text', 'new', 1))
      await rejectsWith('MIGRATION_NOT_FOUND', migrations.putComparison('a', 'text', {}))
      await rejectsWith('COLLECTION_NOT_FOUND', migrations.beginMigration('b', 'text', NEW, 1))
      await rejectsWith('COLLECTION_NOT_FOUND', migrations.migration('b', 'text'))
      await rejectsWith('COLLECTION_NOT_FOUND', migrations.endMigration('b', 'text'))
      await migrations.beginMigration('a', 'text', NEW, 1)
      await rejectsWith('MIGRATION_EXISTS', records.updateCollection('a', { fingerprint: 'files changed' }))
      assert.equal((await records.collection('a'))?.fingerprint, FINGERPRINT)
    })

    check('the new index fills while the old one serves', async (storage) => {
      const { records, migrations, waiting } = storage
      const [one = 0, two = 0] = await feed(storage)
      await migrations.beginMigration('a', 'text', NEW, 1)
      assert.deepEqual(await waitingFor(storage), [one, two])
      assert.equal(await records.putVectors('a', NEW.fingerprint, [fill(one, [1, 2])]), 1)
      assert.deepEqual(await waitingFor(storage), [two])
      const refused = await migrations.switchMigration('a', 'text', 'new', 2)
      assert.deepEqual([refused.waiting, refused.migration.serving, refused.migration.switchedAt], [1, 'old', null])
      const [count] = await waiting.countWaiting({ at: 0 })
      assert.deepEqual([count?.fingerprint, count?.use, count?.waiting], [NEW.fingerprint, 'migration', 1])
      const [counts] = await records.counts()
      assert.deepEqual([counts?.vectors, counts?.pending], [2, 0])
      assert.deepEqual(await found(storage, [1, 0, 0, 0]), [one, two])
    })

    check('the switch changes model, counts and reasons together, and back', async (storage) => {
      const { records, migrations } = storage
      const [one = 0, two = 0] = await feed(storage)
      await migrations.beginMigration('a', 'text', NEW, 5)
      const reason = { key: two, embeddingHash: 'h', vector: null, error: empty() }
      await records.putVectors('a', NEW.fingerprint, [fill(one, [1, 2]), reason])
      assert.equal((await records.chunks([two]))[0]?.error, null)
      const { migration, waiting } = await migrations.switchMigration('a', 'text', 'new', 3)
      assert.deepEqual([waiting, migration.serving, migration.switchedAt], [0, 'new', 5])
      const after = await records.collection('a')
      assert.deepEqual([after?.model, after?.fingerprint, after?.dimensions], ['n', NEW.fingerprint, NEW.dimensions])
      assert.deepEqual(await countsOf(storage), { vectors: 1, pending: 0, failed: 1 })
      assert.equal((await records.chunks([two]))[0]?.error?.code, 'EMPTY_EMBEDDING')
      assert.deepEqual(await found(storage, [1, 1]), [one])
      await migrations.switchMigration('a', 'text', 'old', 9)
      assert.deepEqual((await records.collection('a'))?.model, 'm')
      assert.deepEqual(await countsOf(storage), { vectors: 2, pending: 0, failed: 0 })
      assert.equal((await records.chunks([two]))[0]?.error, null)
      assert.deepEqual(await found(storage, [1, 0, 0, 0]), [one, two])
      assert.equal((await migrations.migration('a', 'text'))?.switchedAt, 9)
    })

    check('what is written meanwhile waits in the other index, and a deletion clears both', async (storage) => {
      const { records, migrations } = storage
      const keys = await feed(storage)
      await migrations.beginMigration('a', 'text', NEW, 1)
      await records.putVectors(
        'a',
        NEW.fingerprint,
        keys.map((key) => fill(key, [1, key])),
      )
      await migrations.switchMigration('a', 'text', 'new', 2)
      const late = sampleDocument('2', [['late', [3, 4]]])
      const [key = 0] = keysOf(await records.putDocuments('a', [late]))
      assert.equal((await migrations.switchMigration('a', 'text', 'old', 3)).waiting, 1)
      await records.putVectors('a', FINGERPRINT, [fill(key, [0, 0, 1, 0])])
      await records.deleteDocuments('a', ['1'])
      assert.equal((await migrations.switchMigration('a', 'text', 'old', 3)).waiting, 0)
      assert.deepEqual(await found(storage, [0, 0, 1, 0]), [key])
      const before = sampleDocument('3', [['of the other model', [5, 6]]], { fingerprint: NEW.fingerprint })
      const [other = 0] = keysOf(await records.putDocuments('a', [before]))
      assert.deepEqual([...(await records.vectors([other], NEW.fingerprint)).keys()], [other])
      assert.deepEqual(await countsOf(storage), { vectors: 1, pending: 1, failed: 0 })
    })

    check(
      'what waited in the index that served goes on waiting there, and no longer than it has to',
      async (storage) => {
        const { records, migrations, waiting } = storage
        await records.createCollection(sampleCollection('a', { model: 'm' }))
        const [key = 0] = keysOf(await records.putDocuments('a', [sampleDocument('1', [['one', null]])]))
        await migrations.beginMigration('a', 'text', NEW, 1)
        await records.putVectors('a', NEW.fingerprint, [{ key, embeddingHash: 'h', vector: null, error: empty() }])
        assert.equal(await waiting.retryWaiting('a', NEW.fingerprint), 1)
        await records.putVectors('a', NEW.fingerprint, [fill(key, [1, 2])])
        assert.equal((await migrations.switchMigration('a', 'text', 'new', 2)).waiting, 0)
        const uses = (await waiting.countWaiting({ at: 0 })).map(({ use, waiting, failed }) => [use, waiting, failed])
        assert.deepEqual(uses, [['migration', 1, 0]])
        await records.putVectors('a', FINGERPRINT, [fill(key, [1, 0, 0, 0])])
        assert.equal((await migrations.switchMigration('a', 'text', 'old', 3)).waiting, 0)
        assert.deepEqual(await waiting.countWaiting({ at: 0 }), [])
        assert.deepEqual(await waiting.waitingChunks('a', FINGERPRINT, { limit: 9, at: 0 }), [])
      },
    )

    check('a vector ends what was the reason against it', async (storage) => {
      const { records, migrations, waiting } = storage
      const [one = 0, two = 0] = await feed(storage)
      await migrations.beginMigration('a', 'text', NEW, 1)
      await records.putVectors('a', NEW.fingerprint, [{ key: one, embeddingHash: 'h', vector: null, error: empty() }])
      await records.putVectors('a', NEW.fingerprint, [fill(one, [1, 2])])
      assert.deepEqual(await waitingFor(storage), [two])
      const [count] = await waiting.countWaiting({ at: 0 })
      assert.deepEqual([count?.waiting, count?.failed], [1, 0])
      assert.equal((await migrations.switchMigration('a', 'text', 'new', 2)).waiting, 1)
    })

    check('the end removes the index that does not serve, and its vectors', async (storage) => {
      const { records, migrations } = storage
      const [one = 0, two = 0] = await feed(storage)
      await migrations.beginMigration('a', 'text', NEW, 1)
      await records.putVectors('a', NEW.fingerprint, [fill(one, [1, 2]), fill(two, [2, 1])])
      await migrations.switchMigration('a', 'text', 'new', 2)
      await migrations.endMigration('a', 'text')
      assert.equal((await records.vectors([one, two], FINGERPRINT)).size, 0)
      assert.equal((await records.vectors([one, two], NEW.fingerprint)).size, 2)
      await rejectsWith('COLLECTION_MODEL_MISMATCH', records.putVectors('a', FINGERPRINT, []))
      await migrations.beginMigration('a', 'text', OLD, 3)
      await records.putVectors('a', FINGERPRINT, [fill(one, [1, 0, 0, 0])])
      await migrations.endMigration('a', 'text')
      assert.equal((await records.vectors([one, two], FINGERPRINT)).size, 0)
      assert.deepEqual(await found(storage, [1, 2]), [one, two])
      assert.deepEqual(await countsOf(storage), { vectors: 2, pending: 0, failed: 0 })
    })

    check('what is not active does not hold a migration up', async (storage) => {
      const { records, migrations } = storage
      await feed(storage)
      await records.reviseDocuments('a', [{ id: '1', active: false }])
      await migrations.beginMigration('a', 'text', NEW, 1)
      assert.deepEqual(await waitingFor(storage), [])
      assert.equal((await migrations.switchMigration('a', 'text', 'new', 2)).waiting, 0)
      await records.reviseDocuments('a', [{ id: '1', active: true }])
      assert.equal((await waitingFor(storage)).length, 2)
      assert.deepEqual(await countsOf(storage), { vectors: 0, pending: 1, failed: 0 })
    })

    sharedContract(check)
  })
}

const OLD = { model: 'm', fingerprint: FINGERPRINT, dimensions: 4 }

/** The keys of a document's two chunks, which have their vectors. */
async function feed({ records }: Storage): Promise<number[]> {
  await records.createCollection(sampleCollection('a', { model: 'm' }))
  const document = sampleDocument('1', [
    ['one', [1, 0, 0, 0]],
    ['two', [0, 1, 0, 0]],
  ])
  return keysOf(await records.putDocuments('a', [document]))
}

function fill(key: number, vector: number[]) {
  return { key, embeddingHash: 'h', vector: Float32Array.from(vector) }
}

async function waitingFor({ waiting }: Storage): Promise<number[]> {
  return (await waiting.waitingChunks('a', NEW.fingerprint, { limit: 9, at: 0 })).map(({ key }) => key)
}

/** What a search of the collection's present index finds, nearest first. */
async function found({ records, vectorIndex }: Storage, query: number[]): Promise<number[]> {
  const collection = await records.collection('a')
  assert.ok(collection)
  const hits = await vectorIndex(collection).search(Float32Array.from(query), { limit: 9 })
  return hits.map(({ key }) => key)
}

async function countsOf({ records }: Storage) {
  const [{ vectors, pending, failed } = { vectors: -1, pending: -1, failed: -1 }] = await records.counts()
  return { vectors, pending, failed }
}

function empty(): SemdexError {
  return new SemdexError('EMPTY_EMBEDDING', { message: 'There is nothing in it.' })
}
