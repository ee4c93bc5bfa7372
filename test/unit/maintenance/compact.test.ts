import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import Database from 'better-sqlite3'
import { getLoadablePath } from 'sqlite-vec'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { backupFolder } from '../../../src/maintenance/backup/folder.ts'
import { compact } from '../../../src/maintenance/compact.ts'
import { examineBackups, examineIntegrity, examineOrphans } from '../../../src/maintenance/doctor-database.ts'
import { DIMENSIONS, documentsFrom, fill, openTestParts, type TestParts } from '../../support/upkeep-parts.ts'

let place: TestParts
beforeEach(() => {
  place = openTestParts()
})
afterEach(() => place.remove())

const ids = (first: number, count: number) => documentsFrom(first, count).map(({ id }) => id)

async function hits(vector: Float32Array) {
  const { records, vectorIndex, lexicalIndex } = await place.parts.storage()
  const collection = (await records.collection('own')) ?? expect.fail()
  const near = await vectorIndex(collection).search(vector, { limit: 20 })
  const words = await lexicalIndex(collection).search('apple number 1400', { limit: 20 })
  return { near: near.map(({ key, similarity }) => [key, similarity]), words: words.hits.map(({ key }) => key) }
}

test('gives the space of what was deleted back, and searches answer the same', { timeout: 60_000 }, async () => {
  await fill(place.parts, 1_500)
  const { records, upkeep } = await place.parts.storage()
  for (let n = 0; n < 1_500; n += 3) await records.deleteDocuments('own', ids(n, 2))
  const query = documentsFrom(1_400, 1)[0]?.chunks[0]?.vector ?? expect.fail()
  const before = await hits(query)
  const contents = await upkeep?.contents()
  const steps: number[] = []
  const done = await compact(place.parts, { onProgress: (at) => steps.push(at) })
  expect(done.after.bytes).toBeLessThan(done.before.bytes * 0.6)
  expect(done.after.bytes).toBe(statSync(place.database).size)
  expect(done.indexes).toBe(2)
  expect(steps).toEqual([1, 2, 3, 4])
  expect(await hits(query)).toEqual(before)
  expect(await upkeep?.contents()).toEqual(contents)
  expect(await upkeep?.check()).toEqual([])
  expect(await records.changes(0, 10_000)).toHaveLength(1_500)
  expect(await compact(place.parts)).toMatchObject({ removed: [], indexes: 0 })
})

test('goes on beside reads and writes, which all succeed', { timeout: 60_000 }, async () => {
  await fill(place.parts, 600)
  const { records } = await place.parts.storage()
  await records.deleteDocuments('own', ids(0, 500))
  let busy = true
  let calls = 0
  const others = (async () => {
    while (busy) {
      await records.putDocuments('own', documentsFrom(9_000 + calls, 1))
      expect((await records.document('own', `d${9_000 + calls}`))?.id).toBe(`d${9_000 + calls}`)
      calls++
    }
  })()
  await compact(place.parts)
  busy = false
  await others
  expect((await records.counts())[0]).toMatchObject({ documents: 100 + calls, vectors: (100 + calls) * 2 })
})

describe('what belongs to nothing', () => {
  /** As a program without foreign keys would: they are on in every connection of ours. */
  function vandalise(sql: string): void {
    const db = new Database(place.database)
    db.loadExtension(getLoadablePath())
    db.pragma('foreign_keys = off')
    db.exec(sql)
    db.close()
  }

  test('is found by doctor, removed by compact, and nothing else is', async () => {
    await fill(place.parts, 30)
    await place.reopen()
    vandalise(`
      delete from chunks where document in (select key from documents where id = 'd1');
      delete from documents where id = 'd2';
      insert into spaces (fingerprint, dimensions) values ('unused', 3);
      insert into vectors (chunk, collection, space, vector) select key, collection, 2, vector from chunks
        join (select vector from vectors limit 1) limit 1;
      create virtual table vectors_99 using vec0 (embedding float[3]);
      create virtual table lexical_99 using fts5 (body, content = '', contentless_delete = 1)`)
    mkdirSync(backupFolder(place.parts.configuration))
    const partial = `${backupFolder(place.parts.configuration)}/semdex-20260101T000000000Z.manual.db.partial-1-a`
    writeFileSync(partial, '')
    expect(await examineIntegrity(place.parts)).toMatchObject({
      status: 'failed',
      message: expect.stringContaining('2 rows of vectors belong to no row of chunks'),
    })
    expect(await examineOrphans(place.parts)).toMatchObject({ status: 'warning', fix: 'semdex compact removes them' })
    const { removed } = await compact(place.parts)
    const counts = Object.fromEntries(removed.map(({ what, count }) => [what, count]))
    expect(counts).toMatchObject({
      'texts of no document': 1,
      'chunks of no document': 2,
      'vectors of no chunk': 2,
      'vectors of models that are not used': 1,
      'models without use': 1,
      'indexes of collections that are gone': 2,
      'files of backups that were broken off': 1,
    })
    expect(existsSync(partial)).toBe(false)
    expect(await examineIntegrity(place.parts)).toMatchObject({ status: 'ok' })
    expect(await examineOrphans(place.parts)).toMatchObject({ status: 'ok' })
    const { upkeep } = await place.parts.storage()
    expect(await upkeep?.contents()).toMatchObject({ documents: 29, chunks: 56, vectors: 56 })
    const { near, words } = await hits(documentsFrom(2, 1)[0]?.chunks[0]?.vector ?? expect.fail())
    const { records } = await place.parts.storage()
    const found = await records.chunks([...near.map(([key]) => key as number), ...words])
    expect(found).toHaveLength(near.length + words.length)
  })

  test('can come to no vector: foreign keys refuse one without its chunk, and take it with its chunk', async () => {
    await fill(place.parts, 3)
    await place.reopen()
    const db = new Database(place.database)
    db.pragma('foreign_keys = on')
    const insert = db.prepare('insert into vectors (chunk, collection, space, vector) values (999, 1, 1, ?)')
    expect(() => insert.run(Buffer.alloc(DIMENSIONS * 4))).toThrow(/FOREIGN KEY/)
    db.exec("delete from documents where id = 'd1'")
    expect(db.prepare('select count(*) from vectors').pluck().get()).toBe(4)
    db.exec('delete from collections')
    expect(db.prepare('select count(*) from vectors').pluck().get()).toBe(0)
    db.close()
  })
})

test('doctor says when the last backup was made', async () => {
  await fill(place.parts, 1)
  expect(await examineBackups(place.parts)).toMatchObject({ status: 'ok', message: expect.stringContaining('none') })
  const folder = backupFolder(place.parts.configuration)
  mkdirSync(folder)
  writeFileSync(`${folder}/semdex-20260102T030405678Z.automatic.db`, '')
  const at = Date.UTC(2026, 0, 9)
  expect(await examineBackups(place.parts, at)).toMatchObject({
    status: 'ok',
    message: `1 in ${folder}, the last of 2026-01-02 03:04`,
  })
  expect(await examineBackups(place.parts, at + 3 * 86_400_000)).toMatchObject({
    status: 'warning',
    fix: 'semdex backup',
  })
})
