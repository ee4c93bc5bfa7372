import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Metadata } from '../core/documents.ts'
import type { Storage } from '../core/parts.ts'
import type { Upkeep } from '../core/ports/upkeep.ts'
import { type Runner, rejectsWith, using } from './runner.ts'
import { NEW, sampleCollection, sampleDocument } from './samples.ts'

type Check = (title: string, body: (storage: Storage, upkeep: Upkeep) => Promise<void>) => void

export interface UpkeepExpectations {
  /** An empty storage in a file, of its own for each test. */
  create(): Promise<Storage>
  /** The storage in a file that `copyTo` made. */
  open(file: string): Promise<Storage>
}

/** What `Upkeep` promises, asserted of a new storage for each test. */
export function upkeepContract(name: string, expectations: UpkeepExpectations, { describe, test }: Runner): void {
  describe(`Upkeep: ${name}`, () => {
    const check: Check = (title, body) =>
      test(title, () => using(expectations.create, (storage) => body(storage, upkeepOf(storage))))
    contentsContract(check)
    copyContract(check, expectations.open)
    compactionContract(check)
    test('a storage that was closed says so', async () => {
      const storage = await expectations.create()
      const upkeep = upkeepOf(storage)
      await storage.close()
      await rejectsWith('STORE_CLOSED', upkeep.contents())
      await rejectsWith('STORE_CLOSED', upkeep.check())
      await rejectsWith('STORE_CLOSED', upkeep.shrink())
      await inFolder((folder) => rejectsWith('STORE_CLOSED', upkeep.copyTo(join(folder, 'copy.db'))))
    })
  })
}

function contentsContract(check: Check): void {
  check('what is held is counted row by row, inactive documents and models that fill too', async (storage, upkeep) => {
    const nothing = { sequence: 0, collections: 0, documents: 0, chunks: 0, vectors: 0, revisions: 0 }
    assert.deepEqual(await upkeep.contents(), nothing)
    await feed(storage, 3)
    const { records, migrations } = storage
    await records.reviseDocuments('a', [{ id: '1', active: false, revision: { change: 'x', at: 1 } }])
    await migrations.beginMigration('a', 'text', NEW, 1)
    const keys = (await records.chunksOfDocument('a', '2')).map(({ key }) => key)
    const vectors = keys.map((key) => ({ key, embeddingHash: 'h', vector: Float32Array.of(1, key) }))
    await records.putVectors('a', NEW.fingerprint, vectors)
    const { sequence, ...contents } = await upkeep.contents()
    assert.deepEqual(contents, { collections: 1, documents: 3, chunks: 6, vectors: 8, revisions: 1 })
    assert.equal(sequence, (await records.changes(0, 99)).at(-1)?.sequence)
  })

  check('nothing is wrong with what was written through the ports, and nothing in it is an orphan', async (storage) => {
    const upkeep = upkeepOf(storage)
    await feed(storage, 4)
    await storage.records.deleteDocuments('a', ['1', '2'])
    await storage.records.createCollection(sampleCollection('b'))
    await storage.records.putDocuments('b', [sampleDocument('1', [['x', [1, 0, 0, 0]]])])
    await storage.records.dropCollection('b')
    assert.deepEqual([await upkeep.check(), await upkeep.orphans()], [[], []])
  })

  check('a check that is broken off says so', async (storage, upkeep) => {
    await feed(storage, 3)
    await rejectsWith('ABORTED', upkeep.check({ signal: AbortSignal.abort() }))
    assert.deepEqual(await upkeep.check({ signal: new AbortController().signal }), [])
  })
}

function copyContract(check: Check, open: UpkeepExpectations['open']): void {
  check('a copy made under writes is of one moment, opens, is sound and is searched', async (storage, upkeep) => {
    // More than is copied in one go.
    await feed(storage, 60, { filler: 'x'.repeat(200_000) })
    await inFolder(async (folder) => {
      const file = join(folder, 'copy.db')
      const { made, written } = await whileWriting(storage, () => upkeep.copyTo(file))
      assert.ok(written > 0)
      assert.ok(made.documents >= 60 && made.documents <= 60 + written)
      assert.deepEqual([made.chunks, made.vectors], [2 * made.documents, 2 * made.documents])
      assert.deepEqual(await readdir(folder), ['copy.db'])
      await using(
        () => open(file),
        async (copy) => {
          assert.deepEqual([await upkeepOf(copy).contents(), await upkeepOf(copy).check()], [made, []])
          assert.equal((await copy.records.changes(0, 1_000)).at(-1)?.sequence, made.sequence)
          assert.deepEqual(await answers(copy, '7'), await answers(storage, '7'))
          assert.deepEqual(await copy.records.document('a', '59'), await storage.records.document('a', '59'))
        },
      )
    })
  })

  check('what is written into a copy is not in the original, nor the other way', async (storage, upkeep) => {
    await feed(storage, 3)
    await inFolder(async (folder) => {
      const file = join(folder, 'copy.db')
      await upkeep.copyTo(file)
      await storage.records.deleteDocuments('a', ['1'])
      await using(
        () => open(file),
        async (copy) => {
          await copy.records.deleteDocuments('a', ['0', '2'])
          assert.equal((await upkeepOf(copy).contents()).documents, 1)
        },
      )
    })
    assert.equal((await upkeep.contents()).documents, 2)
    assert.notEqual(await storage.records.document('a', '2'), null)
  })

  check('a copy that is broken off or has no place leaves the database as it was', async (storage, upkeep) => {
    await feed(storage, 3)
    const before = await upkeep.contents()
    await inFolder(async (folder) => {
      const signal = AbortSignal.abort()
      await rejectsWith('ABORTED', upkeep.copyTo(join(folder, 'copy.db'), { signal }))
      await assert.rejects(upkeep.copyTo(join(folder, 'none', 'copy.db')))
      await upkeep.copyTo(join(folder, 'another.db'))
    })
    assert.deepEqual([await upkeep.contents(), await upkeep.check()], [before, []])
    await storage.records.deleteDocuments('a', ['1'])
    assert.equal((await upkeep.contents()).documents, 2)
  })
}

function compactionContract(check: Check): void {
  check('the space of what was removed is given back, and no answer changes', async (storage, upkeep) => {
    await feed(storage, 1_400)
    const full = await upkeep.sizes()
    const names = Array.from({ length: 1_400 }, (_, i) => `${i}`)
    await storage.records.deleteDocuments(
      'a',
      names.filter((id) => Number(id) % 7 > 0),
    )
    const before = { found: await answers(storage, '700'), contents: await upkeep.contents() }
    await upkeep.sweep()
    const compacted = []
    for (const name of await upkeep.indexes()) if (await upkeep.compactIndex(name)) compacted.push(name)
    await upkeep.shrink()
    const after = await upkeep.sizes()
    assert.ok(compacted.length > 0)
    assert.ok(after.bytes < full.bytes / 2, `${after.bytes} bytes of ${full.bytes}`)
    assert.ok(after.liveBytes < full.liveBytes / 2, `${after.liveBytes} live bytes of ${full.liveBytes}`)
    assert.deepEqual(await answers(storage, '700'), before.found)
    assert.deepEqual([await upkeep.contents(), await upkeep.check()], [before.contents, []])
    for (const name of await upkeep.indexes()) assert.equal(await upkeep.compactIndex(name), false)
  })

  check('a sweep removes nothing that is used, and no newest change of a document', async (storage, upkeep) => {
    await feed(storage, 5)
    await storage.records.reviseDocuments('a', [{ id: '1', active: false, revision: { change: 'x', at: 1 } }])
    await storage.records.deleteDocuments('a', ['2'])
    const newest = async () => {
      const changes = await storage.records.changes(0, 99)
      return new Map(changes.map(({ documentId, kind, sequence }) => [documentId, { kind, sequence }]))
    }
    const before = [await upkeep.contents(), await newest(), await answers(storage, '3')]
    await upkeep.sweep()
    assert.deepEqual([await upkeep.contents(), await newest(), await answers(storage, '3')], before)
    assert.deepEqual([await upkeep.orphans(), await upkeep.sweep()], [[], []])
  })

  check('indexes come by name, and one that is not there has nothing to gain', async (storage, upkeep) => {
    await feed(storage, 3)
    const names = await upkeep.indexes()
    assert.deepEqual(names, [...names].sort())
    assert.equal(await upkeep.compactIndex('documents'), false)
    assert.equal(await upkeep.compactIndex('x"; drop table documents; --'), false)
    assert.equal((await upkeep.contents()).documents, 3)
  })

  check('reads and writes beside a shrink all succeed', async (storage, upkeep) => {
    await feed(storage, 200)
    const before = await answers(storage, '7')
    const { written } = await whileWriting(storage, async () => {
      const seen = await Promise.all([upkeep.shrink(), answers(storage, '7'), upkeep.shrink(), answers(storage, '7')])
      assert.deepEqual([seen[1], seen[3]], [before, before])
    })
    const { documents, vectors } = await upkeep.contents()
    assert.deepEqual([documents, vectors], [200 + written, 2 * (200 + written)])
  })
}

function upkeepOf({ upkeep }: Storage): Upkeep {
  assert.ok(upkeep, 'the storage has no upkeep')
  return upkeep
}

/** Documents of two chunks with vectors, numbered from 0. */
async function feed({ records }: Storage, count: number, metadata: Metadata = {}): Promise<void> {
  await records.createCollection(sampleCollection('a', { model: 'm' }))
  await records.putDocuments(
    'a',
    Array.from({ length: count }, (_, n) => ({ ...numbered(n), metadata })),
  )
}

function numbered(n: number) {
  return sampleDocument(`${n}`, [
    [`apple of number ${n}`, [1, n / 100, (n % 10) / 10, 0.5]],
    [`banana of number ${n}`, [1, (n % 10) / 10, n / 100, 0.25]],
  ])
}

/** What searches find for a document's own words and first vector, without keys and scores that others decide too. */
async function answers({ records, vectorIndex, lexicalIndex }: Storage, id: string) {
  const collection = await records.collection('a')
  assert.ok(collection)
  const [chunk] = await records.chunksOfDocument('a', id)
  const vector = Float32Array.of(1, Number(id) / 100, (Number(id) % 10) / 10, 0.5)
  const near = await vectorIndex(collection).search(vector, { limit: 2 })
  const { hits } = await lexicalIndex(collection).search(id, { limit: 2 })
  return { near, words: hits.map(({ key }) => key).sort(), text: chunk?.text ?? null }
}

/** Documents far from the others, one after another from before the work until after it. */
async function whileWriting<T>({ records }: Storage, work: () => Promise<T>): Promise<{ made: T; written: number }> {
  let [written, ends] = [0, false]
  const write = async () => {
    const id = `late-${written}`
    const far = sampleDocument(id, [
      ['late', [-1, 0, 0, 0]],
      ['later', [-1, -1, 0, 0]],
    ])
    await records.putDocuments('a', [far])
    written++
  }
  await write()
  const writing = (async () => {
    // A storage that works on this thread would let nothing else have its turn.
    for (; !ends; await nextTurn()) await write()
  })()
  try {
    const made = await work()
    return { made, written: await end() }
  } finally {
    await end()
  }
  async function end(): Promise<number> {
    ends = true
    await writing
    return written
  }
}

async function inFolder<T>(body: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'semdex-upkeep-'))
  try {
    return await body(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
