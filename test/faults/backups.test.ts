import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createBackup, createDailyBackup, dueIn } from '../../src/maintenance/backup/create.ts'
import { backupFolder, backupName, listBackups } from '../../src/maintenance/backup/folder.ts'
import { restoreBackup } from '../../src/maintenance/backup/restore.ts'
import { verifyBackup } from '../../src/maintenance/backup/verify.ts'
import { inRepository } from '../support/assets.ts'
import { documentsFrom, fill, openTestParts, type TestParts } from '../support/upkeep-parts.ts'

let place: TestParts
beforeEach(() => {
  place = openTestParts()
})
afterEach(() => place.remove())

const never = new AbortController().signal
const documents = async () => (await (await place.parts.storage()).records.counts())[0]?.documents

describe('a backup', () => {
  test('made while others write is of one moment, checked, and one file alone', async () => {
    await fill(place.parts, 2_000)
    const { records } = await place.parts.storage()
    let writing = true
    let written = 0
    const writer = (async () => {
      while (writing) {
        await records.putDocuments('own', documentsFrom(10_000 + written, 1))
        written++
      }
    })()
    const made = await createBackup(place.parts)
    writing = false
    await writer
    const { documents, chunks, vectors } = made.contents
    expect(documents).toBeGreaterThanOrEqual(2_000)
    expect(documents).toBeLessThanOrEqual(2_000 + written)
    expect([chunks, vectors]).toEqual([documents * 2, documents * 2])
    expect(written).toBeGreaterThan(0)
    expect(made.searches).toBe(6)
    expect(readdirSync(backupFolder(place.parts.configuration))).toEqual([basename(made.path)])
    expect(await verifyBackup(place.parts, made.path)).toEqual({ contents: made.contents, searches: 6 })
    expect(readdirSync(backupFolder(place.parts.configuration))).toEqual([basename(made.path)])
    expect(await listBackups(place.parts.configuration)).toEqual([
      { path: made.path, kind: 'manual', bytes: statSync(made.path).size, createdAt: made.createdAt },
    ])
  })

  test('overwrites nothing, and goes into a folder', async () => {
    await fill(place.parts, 3)
    const path = `${place.folder}/copy.db`
    await createBackup(place.parts, { path })
    await expect(createBackup(place.parts, { path })).rejects.toMatchObject({ code: 'BACKUP_EXISTS' })
    const { path: inFolder } = await createBackup(place.parts, { path: `${place.folder}/usb/` })
    expect(inFolder).toMatch(/\/usb\/semdex-\d{8}T\d{9}Z\.manual\.db$/)
  })

  test('that is broken off leaves nothing', async () => {
    await fill(place.parts, 500)
    const path = `${place.folder}/copies/copy.db`
    const signal = AbortSignal.timeout(60)
    const outcome = await createBackup(place.parts, { path, signal }).catch((error) => error)
    expect(signal.aborted ? outcome : { code: 'ABORTED' }).toMatchObject({ code: 'ABORTED' })
    if (signal.aborted) expect(readdirSync(`${place.folder}/copies`)).toEqual([])
    expect(await documents()).toBe(500)
  })

  test.each(['truncated', 'overwritten in the middle', 'another kind of file', 'with vectors that are gone'])(
    '%s is found out, and not restored',
    async (damage) => {
      await fill(place.parts, 200)
      const { path } = await createBackup(place.parts)
      harm(path, damage)
      const invalid = {
        code: 'BACKUP_INVALID',
        message: expect.stringMatching(/^The backup \S+\.manual\.db is damaged: (?!.*(\.restoring|\.\.$))/),
      }
      await expect(verifyBackup(place.parts, path)).rejects.toMatchObject(invalid)
      await place.reopen()
      const before = readFileSync(place.database)
      const restoring = restoreBackup(place.parts, path, { force: true })
      await expect(restoring).rejects.toMatchObject(invalid)
      expect(readdirSync(`${place.folder}/data`).sort()).toEqual([
        '.semdex.db.backup.lock',
        'semdex.db',
        'semdex.db.backups',
      ])
      expect(readFileSync(place.database).length).toBe(before.length)
      expect(await documents()).toBe(200)
    },
  )
})

function harm(path: string, damage: string): void {
  const bytes = readFileSync(path)
  if (damage === 'truncated') writeFileSync(path, bytes.subarray(0, bytes.length / 2))
  else if (damage === 'another kind of file') writeFileSync(path, 'a text')
  else if (damage === 'overwritten in the middle') writeFileSync(path, bytes.fill(7, 30_000, 90_000))
  else {
    const db = new Database(path)
    db.exec('pragma foreign_keys = off; delete from chunks')
    db.close()
  }
}

describe('restoring', () => {
  test('puts the backup in place, and keeps what was there', async () => {
    await fill(place.parts, 20)
    const { path } = await createBackup(place.parts)
    const { records } = await place.parts.storage()
    await records.deleteDocuments('own', ['d1', 'd2'])
    await place.reopen()
    await expect(restoreBackup(place.parts, path)).rejects.toMatchObject({ code: 'DATABASE_EXISTS' })
    const { keptAs } = await restoreBackup(place.parts, path, { force: true })
    expect(await documents()).toBe(20)
    const kept = new Database(keptAs ?? expect.fail(), { readonly: true })
    expect(kept.prepare('select count(*) from documents').pluck().get()).toBe(18)
    kept.close()
    expect((await listBackups(place.parts.configuration)).map(({ kind }) => kind)).toEqual(['replaced', 'manual'])
    const restored = await (await place.parts.storage()).records.document('own', 'd1')
    expect(restored?.text).toBe(documentsFrom(1, 1)[0]?.text)
  })

  test('is refused while anything has the database open, and changes nothing', async () => {
    await fill(place.parts, 5)
    const { path } = await createBackup(place.parts)
    await expect(restoreBackup(place.parts, path, { force: true })).rejects.toMatchObject({ code: 'DATABASE_BUSY' })
    expect(await documents()).toBe(5)
    await place.reopen()
    const other = new Database(place.database, { readonly: true })
    other.prepare('select count(*) from documents').get()
    await expect(restoreBackup(place.parts, path, { force: true })).rejects.toMatchObject({ code: 'DATABASE_BUSY' })
    other.close()
    expect((await restoreBackup(place.parts, path, { force: true })).contents.documents).toBe(5)
  })

  test('where there is no database makes one', async () => {
    await fill(place.parts, 5)
    const { path } = await createBackup(place.parts, { path: `${place.folder}/copy.db` })
    await place.reopen()
    rmSync(`${place.folder}/data`, { recursive: true })
    expect(await restoreBackup(place.parts, path)).toMatchObject({ keptAs: null, contents: { documents: 5 } })
    expect(await documents()).toBe(5)
  })

  test('brings one of an older schema to the newest', async () => {
    const path = `${place.folder}/v3.db`
    copyFileSync(inRepository('test/fixtures/databases/v3.db'), path)
    expect((await verifyBackup(place.parts, path)).contents.documents).toBe(20)
    const before = readFileSync(path)
    await restoreBackup(place.parts, path)
    expect(readFileSync(path).equals(before)).toBe(true)
    const { records } = await place.parts.storage()
    expect((await records.counts()).map(({ documents }) => documents)).toEqual([19, 1])
    expect(readdirSync(`${place.folder}/data`).filter((name) => !/-(wal|shm)$/.test(name))).toEqual(['semdex.db'])
  })

  test.each([
    ['at its head, with a log of nonsense', 0, 'nonsense'],
    ['inside, with a log that holds its last changes', 30_000, null],
  ])('takes the place of a database that is damaged %s', async (_, from, log) => {
    await fill(place.parts, 50)
    const { path } = await createBackup(place.parts)
    const { records } = await (await place.reopen()).storage()
    await records.deleteDocuments('own', ['d1'])
    const files = ['', '-wal'].map((name) => readFileSync(`${place.database}${name}`)) as [Buffer, Buffer]
    await place.reopen()
    writeFileSync(place.database, files[0].fill(9, from, from + 60_000))
    writeFileSync(`${place.database}-wal`, log ?? files[1])
    const { keptAs } = await restoreBackup(place.parts, path, { force: true })
    expect(await documents()).toBe(50)
    if (log) expect(readFileSync(keptAs ?? expect.fail())[from]).toBe(9)
    if (log) expect(readFileSync(`${keptAs}-wal`, 'utf8')).toBe(log)
    expect(await (await place.parts.storage()).upkeep?.check()).toEqual([])
  })
})

describe('daily backups', () => {
  test('are a day apart, also over restarts, and the last seven stay', async () => {
    await fill(place.parts, 3)
    const folder = backupFolder(place.parts.configuration)
    const made = await createDailyBackup(place.parts, never)
    expect(made).toMatchObject({ kind: 'automatic' })
    await place.reopen()
    expect(await createDailyBackup(place.parts, never)).toBe(null)
    rmSync(made?.path ?? expect.fail())
    const day = (n: number) => Date.now() - n * 86_400_000 - 1_000
    for (let n = 1; n <= 9; n++)
      copyFileSync(place.database, join(folder, backupName(place.database, 'automatic', day(n))))
    copyFileSync(place.database, join(folder, backupName(place.database, 'manual', day(30))))
    writeFileSync(join(folder, `${backupName(place.database, 'automatic', day(2))}.partial-7-abc-journal`), '')
    writeFileSync(join(folder, 'notes.txt'), '')
    const again = await createDailyBackup(place.parts, never)
    const left = await listBackups(place.parts.configuration)
    expect(left.filter(({ kind }) => kind === 'automatic').map(({ createdAt }) => createdAt)).toEqual([
      again?.createdAt,
      ...[1, 2, 3, 4, 5, 6].map((n) => expect.closeTo(day(n), -5)),
    ])
    expect(left.filter(({ kind }) => kind === 'manual')).toHaveLength(1)
    expect(readdirSync(folder)).toHaveLength(9)
  })

  test('are due a day after the newest, whatever a wrong clock has made', () => {
    const at = (createdAt: number, kind: 'automatic' | 'manual' = 'automatic') => ({
      path: '',
      kind,
      bytes: 1,
      createdAt,
    })
    const day = 86_400_000
    expect(dueIn([], 5)).toBe(0)
    expect(dueIn([at(10 * day)], 10.25 * day)).toBe(0.75 * day)
    expect(dueIn([at(10.2 * day, 'manual'), at(9 * day)], 10.25 * day)).toBe(0)
    expect(dueIn([at(20 * day), at(10 * day)], 10.25 * day)).toBe(0.75 * day)
    expect(dueIn([at(20 * day)], 10.25 * day)).toBe(0)
  })

  test('also list what was made before a newer schema, by its time', async () => {
    await fill(place.parts, 1)
    const path = `${place.database}.v3.backup`
    copyFileSync(place.database, path)
    utimesSync(path, 1_000, 1_000)
    expect(await listBackups(place.parts.configuration)).toMatchObject([
      { path, kind: 'migration', createdAt: 1_000_000 },
    ])
    expect(existsSync(backupFolder(place.parts.configuration))).toBe(false)
    mkdirSync(backupFolder(place.parts.configuration))
  })
})
