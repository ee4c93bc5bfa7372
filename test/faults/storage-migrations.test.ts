import { copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openSqliteStorage } from '../../src/compose/storage.ts'
import storageModule from '../../src/compose/storage-module.ts'
import { openConnection } from '../../src/sqlite/connection.ts'
import { backupPath, migrate, schemaVersion } from '../../src/sqlite/migrate.ts'
import { immediately } from '../../src/sqlite/transactions.ts'
import { inRepository } from '../support/assets.ts'

const FIXTURES = inRepository('test/fixtures/databases')
const { migrations } = storageModule

let folder = ''
let file = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'semdex-migrations-'))
  file = join(folder, 'semdex.db')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('a file of every schema version is kept, and versions have no gaps', () => {
  expect(migrations.map(({ version }) => version)).toEqual(migrations.map((_, index) => index + 1))
  expect(
    readdirSync(FIXTURES)
      .filter((name) => name.endsWith('.db'))
      .sort(),
  ).toEqual(migrations.map(({ version }) => `v${version}.db`).sort())
})

describe.each(migrations)('a file of version $version', ({ version }) => {
  beforeEach(() => copyFileSync(join(FIXTURES, `v${version}.db`), file))

  test('opens with all that is in it, and both indexes find it', async () => {
    const storage = await openSqliteStorage({ file, mode: 'inline' })
    const { records } = storage
    expect(await records.counts()).toEqual([
      { collection: 'notes', documents: 19, chunks: 37, vectors: 33, inactive: 0, pending: 4, failed: 0 },
      { collection: 'odd \ud800', documents: 1, chunks: 1, vectors: 1, inactive: 0, pending: 0, failed: 0 },
    ])
    expect(await records.document('odd \ud800', '\udc00')).toMatchObject({
      text: 'NUL \0 and lone \ud83d',
      metadata: { 'a"b': '\0' },
    })
    expect((await records.files('notes', '/notes')).length).toBe(19)
    expect((await records.changes(0, 99)).length).toBe(23)
    const notes = (await records.collection('notes')) ?? expect.fail()
    expect(notes).toMatchObject({ model: 'a-model', roots: ['/notes'], dimensions: 4 })
    const index = storage.vectorIndex(notes)
    const query = Float32Array.of(1, 0, 0, 0)
    const [nearest] = await index.search(query, { limit: 1 })
    expect((await records.chunks([nearest?.key ?? 0]))[0]).toMatchObject({
      documentId: '/notes/0.md',
      text: 'apple number 0',
    })
    expect((await index.distribution(query)).count).toBe(33)
    const { hits } = await storage.lexicalIndex(notes).search('cherries', { limit: 9 })
    expect((await records.chunks(hits.map(({ key }) => key)))[0]?.documentId).toBe('/notes/3.md')
    await storage.close()
  })

  test('is copied before each migration, and not when there is none', async () => {
    await (await openSqliteStorage({ file, mode: 'threads' })).close()
    const later = migrations.filter((migration) => migration.version > version)
    for (const { version: next } of later) {
      const backup = new Database(backupPath(file, next - 1), { readonly: true })
      expect(backup.pragma('user_version', { simple: true })).toBe(next - 1)
      expect(backup.prepare('select count(*) from documents').pluck().get()).toBe(20)
      backup.close()
    }
    expect(readdirSync(folder).filter((name) => name.endsWith('.backup'))).toHaveLength(later.length)
  })

  test('gets the schema that a new file has', async () => {
    await (await openSqliteStorage({ file, mode: 'inline' })).close()
    const fresh = join(folder, 'fresh.db')
    await (await openSqliteStorage({ file: fresh, mode: 'inline' })).close()
    expect(readSchema(file)).toEqual(readSchema(fresh))
  })
})

test('a file of version 3 keeps its keys and jobs', async () => {
  copyFileSync(join(FIXTURES, 'v3.db'), file)
  const { keys, jobs, close } = await openSqliteStorage({ file, mode: 'inline' })
  expect(await keys.keys()).toMatchObject([{ id: 'k1', name: 'CI \ud800', access: 'write', revokedAt: null }])
  expect(await jobs.job('j1')).toMatchObject({ state: 'succeeded', result: { reports: [] }, finishedAt: 4_000 })
  expect(await jobs.jobs({ limit: 9, states: ['queued'] })).toMatchObject([{ id: 'j2', owner: 'k1', runner: 'gone' }])
  await close()
})

test('each migration can run again', () => {
  const connection = openConnection({ file })
  migrate(connection, migrations)
  const before = readSchema(file)
  for (const { up } of migrations) immediately(connection, () => up(connection))
  connection.close()
  expect(readSchema(file)).toEqual(before)
})

test('a migration that fails leaves the version before it, and the next open goes on', () => {
  const connection = openConnection({ file })
  migrate(connection, migrations.slice(0, 1))
  const broken = migrations.map((migration) => ({
    ...migration,
    up: (given: typeof connection) => {
      migration.up(given)
      if (migration.version === 2) throw new Error('power cut')
    },
  }))
  expect(() => migrate(connection, broken)).toThrow('power cut')
  expect(schemaVersion(connection)).toBe(1)
  expect(readSchema(file).some((sql) => sql.includes('index_states'))).toBe(false)
  migrate(connection, migrations)
  expect(schemaVersion(connection)).toBe(migrations.length)
  connection.close()
})

test('a new file that cannot be made whole stays new', () => {
  const connection = openConnection({ file })
  const broken = migrations.map((migration) => ({
    ...migration,
    up(given: typeof connection) {
      migration.up(given)
      if (migration.version === migrations.length) throw new Error('power cut')
    },
  }))
  expect(() => migrate(connection, broken)).toThrow('power cut')
  expect(schemaVersion(connection)).toBe(0)
  migrate(connection, migrations)
  expect(schemaVersion(connection)).toBe(migrations.length)
  connection.close()
})

test('connections that make the same file at once agree', async () => {
  const storages = await Promise.all([1, 2, 3].map(() => openSqliteStorage({ file, mode: 'threads' })))
  const [first, second] = storages
  await first?.records.createCollection({ name: 'a', model: null, fingerprint: 'f', dimensions: 4 })
  expect(await second?.records.collections()).toHaveLength(1)
  for (const storage of storages) await storage.close()
  expect(existsSync(backupPath(file, 1))).toBe(false)
})

/** The statements of the tables and indexes that migrations make; what belongs to one collection is left out. */
function readSchema(path: string): string[] {
  const db = new Database(path, { readonly: true })
  const sql = 'select sql from sqlite_schema where sql is not null order by name'
  const statements = db.prepare<[], string>(sql).pluck().all()
  db.close()
  return statements.filter((statement) => !/(vectors|lexical)_\d/.test(statement))
}
