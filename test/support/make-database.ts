/**
 * Writes the database file of a schema version that `test/fixtures/databases` keeps:
 * `node test/support/make-database.ts <version> <file>`. Made once, when the version is new; never made again.
 */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import storageModule from '../../src/compose/storage-module.ts'
import { recordWrites } from '../../src/records/sqlite/writes.ts'
import type { StorageModule } from '../../src/sqlite/procedures.ts'
import { openSession } from '../../src/sqlite/session.ts'
import { sampleCollection, sampleDocument, sampleFile } from '../../src/testing/samples.ts'

const [version = 0, file = ''] = [Number(process.argv[2]), resolve(process.argv[3] ?? '')]
if (existsSync(file)) throw new Error(`${file} is there already`)
const session = openSession(moduleOf(version), { file })
const write = (name: string, args: unknown) => session.run('write', `records.${name}`, args)

write('createCollection', sampleCollection('notes', { model: 'a-model', roots: ['/notes'] }))
write('createCollection', sampleCollection('odd \ud800'))
const documents = Array.from({ length: 20 }, (_, n) => {
  const chunks: [string, number[] | null][] = [
    [`apple number ${n}`, [1, n, 0, 0]],
    ['pear', n % 5 === 0 ? null : [0, 0, 1, n]],
  ]
  const file = sampleFile(`/notes/${n}.md`)
  return sampleDocument(`/notes/${n}.md`, chunks, { title: `Note ${n}`, metadata: { n, even: n % 2 === 0 }, file })
})
put('notes', documents)
put('odd \ud800', [sampleDocument('\udc00', [['NUL \0 and lone \ud83d', [1, 2, 3, 4]]], { metadata: { 'a"b': '\0' } })])
put('notes', [sampleDocument('/notes/3.md', [['cherry instead', [0, 1, 0, 0]]], { file: sampleFile('/notes/3.md') })])
write('deleteDocuments', { collection: 'notes', ids: ['/notes/7.md'] })
if (version >= 3) serve()
session.close()

/** A key, a job that waits for a runner that is gone, and one that ended. */
function serve(): void {
  const key = {
    id: 'k1',
    name: 'CI \ud800',
    access: 'write',
    digest: 'ab'.repeat(32),
    createdAt: 1_000,
    expiresAt: null,
  }
  const job = { operation: 'index', input: { paths: ['/notes'] }, owner: 'k1', runner: 'gone', createdAt: 2_000 }
  session.run('write', 'keys.create', key)
  for (const id of ['j1', 'j2']) session.run('write', 'jobs.add', { job: { ...job, id }, unfinished: 9 })
  session.run('write', 'jobs.claim', { runner: 'gone', at: 3_000 })
  const outcome = { state: 'succeeded', result: { reports: [] }, resultBytes: 14 }
  session.run('write', 'jobs.finish', { id: 'j1', runner: 'gone', outcome, at: 4_000 })
}

function put(collection: string, documents: ReturnType<typeof sampleDocument>[]): void {
  const messages = documents.map((document) => ({
    ...document,
    chunks: document.chunks.map((chunk) => ({ ...chunk, error: null })),
  }))
  write('putDocuments', { collection, documents: messages })
}

/** The first version has no indexes. */
function moduleOf(version: number): StorageModule {
  const migrations = storageModule.migrations.slice(0, version)
  if (version >= 2) return { ...storageModule, migrations }
  return { ...storageModule, migrations, writes: recordWrites([]), prepare: () => undefined }
}
