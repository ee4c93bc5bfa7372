import {
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openSqliteStorage, type SqliteStorageOptions } from '../../src/compose/storage.ts'
import type { SemdexError } from '../../src/core/errors.ts'
import { sampleCollection, sampleDocument } from '../../src/testing/samples.ts'

let folder = ''
let file = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'semdex-files-'))
  file = join(folder, 'semdex.db')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const MODES = ['inline', 'threads'] as const

describe.each(MODES)('opening (%s)', (mode) => {
  const refused = (options: Partial<SqliteStorageOptions> = {}) =>
    openSqliteStorage({ file, mode, ...options }).then(
      (storage) => storage.close().then(() => 'opened'),
      ({ code, fix }: SemdexError) => [code, fix !== undefined],
    )

  test('a file of a newer version says to update', async () => {
    await prepare()
    withDriver((db) => db.pragma('user_version = 999'))
    expect(await refused()).toEqual(['DATABASE_NEWER', true])
  })

  test('a database of another program is left alone', async () => {
    withDriver((db) => db.exec('create table theirs (x); insert into theirs values (1)'))
    const before = readFileSync(file)
    expect(await refused()).toEqual(['DATABASE_FOREIGN', true])
    expect(readFileSync(file).equals(before)).toBe(true)
  })

  test('a file that is no database is left alone', async () => {
    writeFileSync(file, 'Dear diary, '.repeat(1_000))
    expect(await refused()).toEqual(['DATABASE_CORRUPT', true])
    expect(readFileSync(file, 'utf8')).toMatch(/^Dear diary/)
  })

  test('a file that was cut is damaged', async () => {
    await prepare()
    truncateSync(file, 5_000)
    expect(await refused()).toEqual(['DATABASE_CORRUPT', true])
  })

  test('an empty file becomes a database', async () => {
    writeFileSync(file, '')
    expect(await refused()).toBe('opened')
  })

  test('a folder is no database, and what is not there is not read', async () => {
    expect(await refused({ file: folder })).toEqual(['PATH_UNREADABLE', false])
    expect(await refused({ readOnly: true })).toEqual(['PATH_NOT_FOUND', false])
    expect(existsSync(file)).toBe(false)
  })
})

test('damage inside is a typed error where it is met', async () => {
  await prepare(200)
  const bytes = statSync(file).size
  const handle = openSync(file, 'r+')
  for (let at = 8_192 * 2; at < bytes; at += 8_192) writeSync(handle, Buffer.alloc(64, 0xee), 0, 64, at)
  const work = openSqliteStorage({ file, mode: 'inline' }).then((storage) =>
    storage.records.documents('a', { limit: 1_000 }).finally(() => storage.close()),
  )
  await expect(work).rejects.toMatchObject({ code: 'DATABASE_CORRUPT' })
})

test.each(MODES)(
  'a full disk loses no acknowledged document, and writing goes on where there is space again (%s)',
  async (mode) => {
    await prepare()
    const small = await openSqliteStorage({ file, mode, maxPages: statSync(file).size / 8_192 + 20 })
    const text = 'lorem ipsum '.repeat(2_000)
    let written = 0
    const writing = async () => {
      for (;;) {
        const [result] = await small.records.putDocuments('a', [sampleDocument(`d${written}`, [[text, [1, 0, 0, 0]]])])
        if (!result?.ok) throw result?.error
        written++
      }
    }
    await expect(writing()).rejects.toMatchObject({ code: 'DISK_FULL' })
    expect(await small.records.countDocuments('a')).toBe(written)
    await small.close()
    const storage = await openSqliteStorage({ file, mode })
    const collection = (await storage.records.collection('a')) ?? expect.fail()
    await storage.records.putDocuments('a', [sampleDocument('last', [[text, [1, 0, 0, 0]]])])
    expect(written).toBeGreaterThan(0)
    expect((await storage.lexicalIndex(collection).search('lorem', { limit: 99 })).hits).toHaveLength(written + 1)
    expect(await storage.vectorIndex(collection).search(QUERY, { limit: 99 })).toHaveLength(written + 1)
    await storage.close()
  },
)

test.each(MODES)('a document that fails when it is half written leaves what was there (%s)', async (mode) => {
  await prepare(2)
  const storage = await openSqliteStorage({ file, mode })
  const collection = (await storage.records.collection('a')) ?? expect.fail()
  const half = sampleDocument('d0', [
    ['fresh words', [0, 0, 0, 1]],
    ['fresh words', [0, 0, 1, 0]],
  ])
  half.chunks[1]?.place.lines.fill(Number.NaN)
  const results = await storage.records.putDocuments('a', [half, { ...half, id: 'd9' }, sampleDocument('d8', [])])
  expect(results.map(({ ok }) => ok)).toEqual([false, false, true])
  expect(await storage.records.countDocuments('a')).toBe(3)
  expect((await storage.records.chunksOfDocument('a', 'd0')).map(({ text }) => text)).toEqual(['some words'])
  expect((await storage.lexicalIndex(collection).search('words', { limit: 9 })).hits).toHaveLength(2)
  expect((await storage.lexicalIndex(collection).search('fresh', { limit: 9 })).hits).toEqual([])
  expect(await storage.vectorIndex(collection).search(QUERY, { limit: 9 })).toHaveLength(2)
  expect((await storage.vectorIndex(collection).distribution(QUERY)).count).toBe(2)
  await storage.close()
})

test('a lock that another process keeps is DATABASE_BUSY, and nothing is written', async () => {
  await prepare()
  const storage = await openSqliteStorage({ file, mode: 'inline', busyTimeout: 50 })
  const other = new Database(file)
  other.exec('begin immediate')
  await expect(storage.records.putDocuments('a', [sampleDocument('1', [])])).rejects.toMatchObject({
    code: 'DATABASE_BUSY',
  })
  expect(await storage.records.countDocuments('a')).toBe(0)
  other.exec('rollback')
  other.close()
  expect((await storage.records.putDocuments('a', [sampleDocument('1', [])]))[0]?.ok).toBe(true)
  await storage.close()
})

describe('without sqlite-vec', () => {
  test.each(MODES)('one warning says so, and the exact scan answers (%s)', async (mode) => {
    const warnings: SemdexError[] = []
    const vecPath = join(folder, 'missing')
    await prepare(3)
    const storage = await openSqliteStorage({ file, mode, vecPath, warn: (warning) => warnings.push(warning) })
    const collection = (await storage.records.collection('a')) ?? expect.fail()
    const search = () => storage.vectorIndex(collection).search(QUERY, { limit: 9 })
    expect(await search()).toHaveLength(3)
    await Promise.all([search(), search(), search()])
    await storage.close()
    expect(warnings.map(({ code }) => code)).toEqual(['INDEX_UNAVAILABLE'])
    expect(warnings[0]?.message).toMatch(/exact scan/)
  })

  test('what was written without it is made up for by the next open with it', async () => {
    await prepare(3)
    const reader = await openSqliteStorage({ file, mode: 'inline', readOnly: true })
    const collection = (await reader.records.collection('a')) ?? expect.fail()
    const without = await openSqliteStorage({ file, mode: 'inline', sqliteVec: false })
    await without.records.putDocuments('a', [sampleDocument('new', [['x', [1, 0, 0, 0]]])])
    await without.records.deleteDocuments('a', ['d0', 'd1'])
    const search = async (storage: typeof reader) =>
      (await storage.vectorIndex(collection).search(QUERY, { limit: 9 })).map(({ key }) => key)
    const expected = await search(without)
    expect(expected).toHaveLength(2)
    expect(await search(reader)).toEqual(expected)
    expect(countIndexed(collection.key)).toBe(3)
    await without.close()
    const writer = await openSqliteStorage({ file, mode: 'inline' })
    expect(countIndexed(collection.key)).toBe(2)
    expect(await search(writer)).toEqual(expected)
    await Promise.all([writer.close(), reader.close()])
  })

  test('an index that missed a change is not trusted after later changes that it saw', async () => {
    await prepare(3)
    const indexing = await openSqliteStorage({ file, mode: 'inline' })
    const without = await openSqliteStorage({ file, mode: 'inline', sqliteVec: false })
    await without.records.putDocuments('a', [sampleDocument('missed', [['x', [1, 0, 0, 0]]])])
    await without.records.deleteDocuments('a', ['d0'])
    await indexing.records.putDocuments('a', [sampleDocument('seen', [['x', [2, 0, 0, 0]]])])
    const collection = (await indexing.records.collection('a')) ?? expect.fail()
    const hits = await indexing.vectorIndex(collection).search(QUERY, { limit: 9 })
    const chunks = await indexing.records.chunks(hits.map(({ key }) => key))
    expect(chunks.map(({ documentId }) => documentId)).toEqual(['missed', 'd1', 'seen', 'd2'])
    await indexing.vectorIndex(collection).rebuild()
    expect(countIndexed(collection.key)).toBe(4)
    await Promise.all([indexing.close(), without.close()])
  })

  test('a collection dropped without it leaves no table behind for long', async () => {
    await prepare(1)
    const without = await openSqliteStorage({ file, mode: 'inline', sqliteVec: false })
    expect(await without.records.dropCollection('a')).toBe(true)
    await without.close()
    await (await openSqliteStorage({ file, mode: 'inline' })).close()
    const tables = withDriver((db) =>
      db.prepare("select name from sqlite_schema where name like 'vectors_%' and type = 'table'").pluck().all(),
    )
    expect(tables).toEqual([])
  })
})

const QUERY = Float32Array.of(1, 0, 0, 0)

async function prepare(documents = 0): Promise<void> {
  const storage = await openSqliteStorage({ file, mode: 'inline' })
  await storage.records.createCollection(sampleCollection('a'))
  const writes = Array.from({ length: documents }, (_, n) => sampleDocument(`d${n}`, [['some words', [1, n, 0, 0]]]))
  await storage.records.putDocuments('a', writes)
  await storage.close()
}

function withDriver<T>(work: (db: Database.Database) => T): T {
  const db = new Database(file)
  try {
    return work(db)
  } finally {
    db.close()
  }
}

/** The rows that vec0 holds of the only space, from its shadow table. */
function countIndexed(collection: number): unknown {
  return withDriver((db) => db.prepare(`select count(*) from vectors_${collection}_1_rowids`).pluck().get())
}
