import assert from 'node:assert/strict'
import type { Storage } from '../core/parts.ts'
import type { SideModel } from '../core/sides.ts'
import { rejectsWith } from './runner.ts'
import { CODE, FINGERPRINT, keysOf, NEW, sampleCollection, sampleDocument } from './samples.ts'

type Check = (title: string, body: (storage: Storage) => Promise<void>) => void

/** Migrations of one side beside the other. */
export function sharedContract(check: Check): void {
  check('code without a model of its own moves with the text', async (storage) => {
    const { records, migrations } = storage
    const keys = await feed(storage, null)
    await migrations.beginMigration('a', 'text', NEW, 1)
    await rejectsWith('MIGRATION_EXISTS', migrations.beginMigration('a', 'code', CODE, 2))
    await rejectsWith('MIGRATION_EXISTS', records.updateCollection('a', { code: CODE }))
    await fill(storage, NEW, keys)
    assert.equal((await migrations.switchMigration('a', 'text', 'new', 2)).waiting, 0)
    assert.equal((await records.collection('a'))?.code, null)
    assert.deepEqual(await found(storage, NEW), keys)
  })

  check('a migration of code gives it a model of its own, and takes it back', async (storage) => {
    const { records, migrations } = storage
    const [text = 0, code = 0] = await feed(storage, null)
    await migrations.beginMigration('a', 'code', CODE, 1)
    await rejectsWith('MIGRATION_EXISTS', migrations.beginMigration('a', 'text', NEW, 2))
    assert.deepEqual(await waitingFor(storage, CODE), [code])
    await fill(storage, CODE, [text, code])
    assert.equal((await records.vectors([text], CODE.fingerprint)).size, 0)
    assert.equal((await migrations.switchMigration('a', 'code', 'new', 2)).waiting, 0)
    assert.deepEqual((await records.collection('a'))?.code, CODE)
    assert.deepEqual([await found(storage, TEXT), await found(storage, CODE)], [[text], [code]])
    assert.equal((await migrations.switchMigration('a', 'code', 'old', 3)).waiting, 0)
    assert.equal((await records.collection('a'))?.code, null)
    assert.deepEqual(await found(storage, TEXT), [text, code])
    await migrations.endMigration('a', 'code')
    assert.deepEqual(await found(storage, TEXT), [text, code])
    assert.equal((await records.vectors([code], CODE.fingerprint)).size, 0)
  })

  check('the end leaves what the other side still uses', async (storage) => {
    const { records, migrations } = storage
    const [text = 0, code = 0] = await feed(storage, null)
    await migrations.beginMigration('a', 'code', CODE, 1)
    await fill(storage, CODE, [code])
    await migrations.switchMigration('a', 'code', 'new', 2)
    await migrations.endMigration('a', 'code')
    assert.deepEqual([...(await records.vectors([text, code], FINGERPRINT)).keys()], [text])
    assert.deepEqual([await found(storage, TEXT), await found(storage, CODE)], [[text], [code]])
  })

  check('text may move to the model of the code side, and an index holds its own side alone', async (storage) => {
    const { records, migrations, waiting } = storage
    const [text = 0, code = 0] = await feed(storage, CODE)
    await migrations.beginMigration('a', 'text', CODE, 1)
    assert.deepEqual(await waitingFor(storage, CODE), [text])
    assert.equal((await migrations.switchMigration('a', 'text', 'new', 2)).waiting, 1)
    await fill(storage, CODE, [text])
    assert.deepEqual(await found(storage, CODE), [code])
    await migrations.switchMigration('a', 'text', 'new', 2)
    assert.deepEqual(await found(storage, CODE), [text, code])
    await migrations.switchMigration('a', 'text', 'old', 3)
    assert.deepEqual([await found(storage, TEXT), await found(storage, CODE)], [[text], [code]])
    await migrations.endMigration('a', 'text')
    assert.deepEqual([...(await records.vectors([text, code], CODE.fingerprint)).keys()], [code])
    assert.deepEqual(await waiting.countWaiting({ at: 0 }), [])
  })

  check('both sides may move at once where each has its model', async (storage) => {
    const { migrations } = storage
    const [text = 0, code = 0] = await feed(storage, CODE)
    const other = { model: 'o', fingerprint: 'code-2', dimensions: 3 }
    await migrations.beginMigration('a', 'text', NEW, 1)
    await migrations.beginMigration('a', 'code', other, 2)
    assert.deepEqual(
      (await migrations.migrations()).map(({ side }) => side),
      ['code', 'text'],
    )
    await fill(storage, NEW, [text, code])
    await fill(storage, other, [text, code])
    await migrations.switchMigration('a', 'code', 'new', 3)
    assert.deepEqual([await found(storage, TEXT), await found(storage, other)], [[text], [code]])
    await migrations.switchMigration('a', 'text', 'new', 4)
    assert.deepEqual([await found(storage, NEW), await found(storage, other)], [[text], [code]])
  })
}

const TEXT: SideModel = { model: null, fingerprint: FINGERPRINT, dimensions: 4 }

/** The keys of a chunk of text and of a chunk of code, which have their vectors. */
async function feed({ records }: Storage, code: SideModel | null): Promise<number[]> {
  await records.createCollection(sampleCollection('a', { code }))
  const vector = code ? [1, 0] : [1, 1, 0, 0]
  return keysOf(
    await records.putDocuments('a', [
      sampleDocument('1', [['one', [1, 0, 0, 0]]]),
      sampleDocument('2', [['two', vector]], { side: 'code' }),
    ]),
  )
}

async function fill({ records }: Storage, { fingerprint, dimensions }: SideModel, keys: number[]): Promise<void> {
  const vectors = keys.map((key, at) => {
    const vector = Float32Array.from({ length: dimensions }, (_, index) => (index === 0 ? 10 : at))
    return { key, embeddingHash: 'h', vector }
  })
  await records.putVectors('a', fingerprint, vectors)
}

async function waitingFor({ waiting }: Storage, { fingerprint }: SideModel): Promise<number[]> {
  return (await waiting.waitingChunks('a', fingerprint, { limit: 9, at: 0 })).map(({ key }) => key)
}

/** All that an index holds, by key. */
async function found({ records, vectorIndex }: Storage, model: SideModel): Promise<number[]> {
  const collection = await records.collection('a')
  assert.ok(collection)
  const query = Float32Array.from({ length: model.dimensions }, () => 1)
  const index = vectorIndex(collection, model)
  const hits = await index.search(query, { limit: 9 })
  assert.equal((await index.distribution(query)).count, hits.length)
  return hits.map(({ key }) => key).sort((a, b) => a - b)
}
