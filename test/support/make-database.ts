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
const indexed = version >= 2
const session = openSession(indexed ? storageModule : withoutIndexes(), { file })
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
session.close()

function put(collection: string, documents: ReturnType<typeof sampleDocument>[]): void {
  const messages = documents.map((document) => ({
    ...document,
    chunks: document.chunks.map((chunk) => ({ ...chunk, error: null })),
  }))
  write('putDocuments', { collection, documents: messages })
}

function withoutIndexes(): StorageModule {
  const migrations = storageModule.migrations.slice(0, version)
  return { ...storageModule, migrations, writes: recordWrites([]), prepare: () => undefined }
}
