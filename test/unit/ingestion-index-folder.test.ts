import { renameSync, rmSync, symlinkSync, truncateSync, unlinkSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { SemdexError } from '../../src/core/errors.ts'
import type { RecordStore } from '../../src/core/ports/record-store.ts'
import { type IndexOptions, indexFolder } from '../../src/ingestion/index-folder.ts'
import {
  DIMENSIONS,
  FINGERPRINT,
  hashVector,
  openTestRecords,
  putFiles,
  type TestParts,
  temporaryFolder,
  testParts,
} from '../support/ingestion.ts'

const COLLECTION = 'docs'
const LONG = 'One sentence of prose that is long enough to matter. '.repeat(12)

let root: string
let base: string
let records: RecordStore
let parts: TestParts

beforeEach(async () => {
  base = temporaryFolder()
  root = `${base}/files`
  putFiles(root, { 'guide.md': '# Guide\n\nHello.\n\n## Install\n\nRun it.\n', 'src/a.ts': 'export const a = 1\n' })
  records = await openTestRecords(join(base, 'test.db'))
  await records.createCollection({ name: COLLECTION, model: 'm', fingerprint: FINGERPRINT, dimensions: DIMENSIONS })
  parts = testParts(records)
})
afterEach(async () => {
  await records.close()
  rmSync(base, { recursive: true, force: true })
})

describe('indexFolder', () => {
  test('stores every file with its chunks and their vectors', async () => {
    const report = await run()
    expect(report).toMatchObject({ root, added: 2, changed: 0, failed: 0, chunks: 3, embedded: 3, pending: 0 })
    expect(report.degraded).toBeNull()
    const document = await records.document(COLLECTION, `${root}/guide.md`)
    expect(document).toMatchObject({ path: `${root}/guide.md`, title: 'Guide', format: 'markdown' })
    const chunks = await records.chunksOfDocument(COLLECTION, `${root}/guide.md`)
    expect(chunks.map(({ place }) => [place.heading, place.lines])).toEqual([
      [['Guide'], [1, 3]],
      [
        ['Guide', 'Install'],
        [5, 7],
      ],
    ])
    const second = chunks[1] as (typeof chunks)[0]
    const vectors = await records.vectors([second.key], FINGERPRINT)
    expect(vectors.get(second.key)).toEqual(hashVector('Guide > Install\n## Install\n\nRun it.'))
    expect((await records.collection(COLLECTION))?.roots).toEqual([root])
  })

  test('opens nothing where nothing changed', async () => {
    age()
    await run()
    const opened = { ...parts.opened }
    const report = await run()
    expect(report).toMatchObject({ added: 0, changed: 0, refreshed: 0, unchanged: 2, chunks: 0, embedded: 0 })
    expect(parts.opened).toEqual(opened)
  })

  test('embeds only the text that changed', async () => {
    putFiles(root, { 'long.txt': `${LONG}\n\nThe end.` })
    await run()
    parts.embedded.length = 0
    putFiles(root, { 'long.txt': `${LONG}\n\nAnother end.` })
    const report = await run()
    expect(report).toMatchObject({ changed: 1, unchanged: 2 })
    expect(parts.embedded).toEqual([expect.stringContaining('Another end.')])
    expect(report.reused).toBe(report.chunks - 1)
  })

  test('a moved file keeps its document, and nothing is embedded', async () => {
    const before = await afterRun(`${root}/guide.md`)
    parts.embedded.length = 0
    putFiles(root, { 'sub/.keep': '' })
    renameSync(`${root}/guide.md`, `${root}/sub/guide.md`)
    expect(await run()).toMatchObject({ moved: 1, added: 0, deleted: 0, chunks: 0 })
    const after = await records.document(COLLECTION, `${root}/sub/guide.md`)
    expect(after?.key).toBe(before?.key)
    expect(parts.embedded).toEqual([])
    expect(await records.document(COLLECTION, `${root}/guide.md`)).toBeNull()
  })

  test('a renamed file whose title was its name gets the new one', async () => {
    await run()
    renameSync(`${root}/src/a.ts`, `${root}/src/b.ts`)
    expect(await run()).toMatchObject({ moved: 1, deleted: 0 })
    expect((await records.document(COLLECTION, `${root}/src/b.ts`))?.title).toBe('b.ts')
    expect(await records.countDocuments(COLLECTION)).toBe(2)
  })

  test('removes the documents of files that are gone or ignored now', async () => {
    await run()
    unlinkSync(`${root}/guide.md`)
    putFiles(root, { '.semdexignore': 'src/\n' })
    expect(await run()).toMatchObject({ deleted: 2, unchanged: 0 })
    expect(await records.countDocuments(COLLECTION)).toBe(0)
    expect(await records.files(COLLECTION, root)).toEqual([])
  })

  test('a new time alone only renews the stamp', async () => {
    await run()
    utimesSync(`${root}/guide.md`, 1_000, 1_000)
    parts.embedded.length = 0
    expect(await run()).toMatchObject({ unchanged: 2, changed: 0, chunks: 0 })
    const [file] = await records.files(COLLECTION, root)
    expect(file?.modifiedAt).toBe(1_000_000)
  })

  test('sees an edit of the same size in the tick of the last look', async () => {
    await run()
    const now = new Date()
    putFiles(root, { 'src/a.ts': 'export const a = 2\n' })
    utimesSync(`${root}/src/a.ts`, now, now)
    expect(await run()).toMatchObject({ changed: 1 })
    expect((await records.document(COLLECTION, `${root}/src/a.ts`))?.text).toBe('export const a = 2\n')
  })

  test('cuts again under other rules, and embeds only what is cut in another way', async () => {
    putFiles(root, { 'long.txt': LONG })
    await run()
    const opened = parts.embedded.length
    parts = testParts(records, { maxTokens: 80, overlapTokens: 8 })
    const report = await run()
    expect(report).toMatchObject({ refreshed: 3, unchanged: 0 })
    expect(parts.embedded.length).toBeLessThan(opened)
    expect(report.reused).toBeGreaterThanOrEqual(3)
  })

  test('force does everything again', async () => {
    await run()
    expect(await run({ force: true })).toMatchObject({ refreshed: 2, chunks: 3, reused: 3 })
  })

  test('a part of a known root is no root of its own, and keeps to its ignore files', async () => {
    putFiles(root, { '.semdexignore': 'b.ts\n', 'src/b.ts': '' })
    await run()
    const report = await indexFolder(`${root}/src`, parts, { collection: COLLECTION })
    expect(report).toMatchObject({ root: `${root}/src`, unchanged: 1, added: 0, deleted: 0, skipped: { ignored: 1 } })
    expect((await records.collection(COLLECTION))?.roots).toEqual([root])
    expect(await records.countDocuments(COLLECTION)).toBe(2)
  })
})

describe('bad input', () => {
  test('binary files are skipped, counted, and not read again', async () => {
    putFiles(root, {
      'core.dump': new Uint8Array([1, 0, 2]),
      'noise.txt': Uint8Array.from({ length: 300 }, (_, i) => 128 + (i % 64)),
    })
    age()
    expect((await run()).skipped).toEqual({ binary: 2 })
    const opened = parts.opened.chunker
    expect(await run()).toMatchObject({ skipped: { binary: 2 }, unchanged: 2, failed: 0 })
    expect(parts.opened.chunker).toBe(opened)
    expect((await records.counts())[0]).toMatchObject({ documents: 2, failed: 0 })
  })

  test('a document whose file became binary goes', async () => {
    await run()
    putFiles(root, { 'guide.md': new Uint8Array([0, 0, 0]) })
    expect(await run()).toMatchObject({ deleted: 1, skipped: { binary: 1 } })
    expect(await records.document(COLLECTION, `${root}/guide.md`)).toBeNull()
  })

  test('invalid UTF-8 in a text is replaced, kept and told', async () => {
    putFiles(root, { 'latin.txt': Buffer.from('caf\xe9 au lait, na\xefve and long enough', 'latin1') })
    const report = await run()
    expect(report.replaced).toEqual([{ path: `${root}/latin.txt`, places: 2 }])
    expect((await records.document(COLLECTION, `${root}/latin.txt`))?.text).toContain('caf\uFFFD au lait')
  })

  test('a file of 200 MB is skipped without being read', async () => {
    putFiles(root, { 'huge.txt': '' })
    truncateSync(`${root}/huge.txt`, 200_000_000)
    const report = await run()
    expect(report).toMatchObject({ added: 2, failed: 0, skipped: { oversized: 1 } })
    await expect(indexFolder(`${root}/huge.txt`, parts, { collection: COLLECTION })).rejects.toMatchObject({
      code: 'FILE_TOO_LARGE',
    })
  })

  test('an empty folder, an empty file, and no such path', async () => {
    putFiles(base, { 'empty/none/.keep': '', 'one.txt': '' })
    expect(await indexFolder(`${base}/empty`, parts, { collection: COLLECTION })).toMatchObject({ added: 0, failed: 0 })
    expect(await indexFolder(`${base}/one.txt`, parts, { collection: COLLECTION })).toMatchObject({
      added: 1,
      chunks: 0,
    })
    const missing = indexFolder(`${base}/nothing`, parts, { collection: COLLECTION })
    await expect(missing).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' })
    await expect(indexFolder(root, parts, { collection: 'other' })).rejects.toMatchObject({
      code: 'COLLECTION_NOT_FOUND',
    })
  })

  test('a name that is no file any more when it is read is passed over', async () => {
    symlinkSync(`${base}/outside`, `${root}/dangling.md`)
    expect(await run()).toMatchObject({ added: 2, failed: 0, failures: [] })
  })
})

describe('without a usable model', () => {
  const unavailable = new SemdexError('RUNTIME_UNAVAILABLE', { message: 'No runtime.', fix: 'Install it' })

  test('texts are stored, wait for their vectors, and the report says why; a model makes up for it', async () => {
    parts.failure.open = unavailable
    expect(await run()).toMatchObject({
      added: 2,
      chunks: 3,
      pending: 3,
      embedded: 0,
      degraded: { code: 'RUNTIME_UNAVAILABLE' },
    })
    expect((await records.counts())[0]).toMatchObject({ documents: 2, pending: 2, failed: 0 })
    age()
    expect(await run()).toMatchObject({ unchanged: 2, pending: 3, degraded: { code: 'RUNTIME_UNAVAILABLE' } })
    parts.failure = {}
    expect(await run()).toMatchObject({ refreshed: 2, embedded: 3, pending: 0, degraded: null })
    expect((await records.counts())[0]).toMatchObject({ pending: 0, vectors: 3 })
  })

  test('the same where embeddings are switched off', async () => {
    const off = { ...parts, embedding: null }
    const report = await indexFolder(root, off, { collection: COLLECTION })
    expect(report).toMatchObject({ added: 2, pending: 3, degraded: { code: 'EMBEDDING_UNAVAILABLE' } })
    age()
    await indexFolder(root, off, { collection: COLLECTION })
    expect(await indexFolder(root, off, { collection: COLLECTION })).toMatchObject({
      unchanged: 2,
      pending: 3,
      degraded: { code: 'EMBEDDING_UNAVAILABLE' },
    })
    expect(parts.opened.embedder).toBe(0)
  })

  test('a model that breaks midway leaves the rest waiting', async () => {
    parts.failure.call = unavailable
    expect(await run()).toMatchObject({ added: 2, pending: 3, degraded: { code: 'RUNTIME_UNAVAILABLE' } })
  })

  test('a text that cannot be embedded costs no other its vector, and is told', async () => {
    const error = new SemdexError('NAN_EMBEDDING', { message: 'The model answered NaN.' })
    parts.failure.text = (text) => (text.includes('Run it') ? error : null)
    const report = await run()
    expect(report).toMatchObject({ added: 1, failed: 1, embedded: 3, pending: 0, degraded: null })
    expect(report.failures).toEqual([
      { path: `${root}/guide.md`, code: 'NAN_EMBEDDING', message: 'The model answered NaN.' },
    ])
    expect((await records.counts())[0]).toMatchObject({ documents: 2, vectors: 2, failed: 1 })
  })

  test('another model than the collection has is refused', async () => {
    const other = { ...parts, embedding: { ...parts.embedding, fingerprint: 'other' } as never }
    await expect(indexFolder(root, other, { collection: COLLECTION })).rejects.toMatchObject({
      code: 'COLLECTION_MODEL_MISMATCH',
    })
  })
})

async function run(options: Partial<IndexOptions> = {}) {
  return indexFolder(root, parts, { collection: COLLECTION, ...options })
}

async function afterRun(id: string) {
  await run()
  return records.document(COLLECTION, id)
}

/** Makes the files older than the granularity of time stamps, as they are when nobody edits them. */
function age(): void {
  for (const name of ['guide.md', 'src/a.ts', 'core.dump', 'noise.txt']) {
    try {
      utimesSync(`${root}/${name}`, 1_700_000_000, 1_700_000_000)
    } catch {
      // Not in this test.
    }
  }
}
