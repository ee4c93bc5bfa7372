import { fork } from 'node:child_process'
import { readFileSync, renameSync, rmSync, unlinkSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { RecordStore } from '../../src/core/ports/record-store.ts'
import { indexFolder } from '../../src/ingestion/index-folder.ts'
import type { IndexReport } from '../../src/ingestion/report.ts'
import {
  DIMENSIONS,
  FINGERPRINT,
  hashVector,
  openTestRecords,
  putFiles,
  temporaryFolder,
  testParts,
} from '../support/ingestion.ts'

const COLLECTION = 'docs'
const SCRIPT = fileURLToPath(new URL('../support/index-and-wait.ts', import.meta.url))

let base: string
let root: string
let database: string

beforeEach(() => {
  base = temporaryFolder()
  root = `${base}/files`
  database = `${base}/test.db`
})
afterEach(() => rmSync(base, { recursive: true, force: true }))

test('ten kills at random moments lose nothing and leave no duplicate', async () => {
  for (let i = 0; i < 400; i++) putFiles(root, { [`d${i % 7}/f${i}.md`]: text(i, 'first') })
  const records = await openTestRecords(database)
  await records.createCollection({ name: COLLECTION, model: 'm', fingerprint: FINGERPRINT, dimensions: DIMENSIONS })
  await records.close()
  const full = await start(null)
  expect(full.report?.added).toBe(400)
  const seen = new Set<string>()
  for (let round = 0; round < 10; round++) {
    edit(round)
    const { killed } = await start(Math.random() * full.elapsed)
    seen.add(killed ? 'killed' : 'finished')
    const store = await openTestRecords(database)
    await expectWhole(store)
    await store.close()
  }
  expect(seen).toContain('killed')
  const store = await openTestRecords(database)
  await indexFolder(root, testParts(store), { collection: COLLECTION })
  await expectWhole(store)
  await expectCurrent(store)
  await store.close()
}, 120_000)

function text(i: number, word: string): string {
  return `# File ${i}\n\n${word} ${i}. ${`Sentence ${i} of prose. `.repeat(20)}\n\n## Part\n\nMore of ${i}.\n`
}

/** Edits, adds, removes and moves files, so that a run has something of each to do. */
function edit(round: number): void {
  for (let i = round; i < 400; i += 9) putFiles(root, { [`d${i % 7}/f${i}.md`]: text(i, `round ${round}`) })
  for (let i = 0; i < 40; i++) putFiles(root, { [`new${round}/n${i}.md`]: text(i, `new ${round}`) })
  if (round === 0) return
  for (let i = 0; i < 20; i++) unlinkSync(`${root}/new${round - 1}/n${i}.md`)
  for (let i = 20; i < 40; i++) renameSync(`${root}/new${round - 1}/n${i}.md`, `${root}/new${round}/m${i}.md`)
}

/** Runs the process; kills it after some milliseconds of work, where a number is given. */
function start(killAfter: number | null): Promise<{ killed: boolean; elapsed: number; report: IndexReport | null }> {
  return new Promise((resolve, reject) => {
    const child = fork(SCRIPT, [database, root, COLLECTION], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
    let errors = ''
    child.stderr?.on('data', (data) => {
      errors += data
    })
    let begun = 0
    let report: IndexReport | null = null
    child.on('message', (message) => {
      if (message !== 'ready') report = message as IndexReport
      else {
        begun = performance.now()
        if (killAfter !== null) setTimeout(() => child.kill('SIGKILL'), killAfter)
      }
    })
    child.on('exit', (code, signal) => {
      if (code !== 0 && signal !== 'SIGKILL') reject(new Error(`exit ${code}: ${errors}`))
      else resolve({ killed: signal !== null, elapsed: performance.now() - begun, report })
    })
  })
}

/** Whatever is stored is whole: each path once, every chunk with the vector of its text. */
async function expectWhole(records: RecordStore): Promise<void> {
  const documents = await records.documents(COLLECTION, { limit: 10_000 })
  const paths = documents.map(({ path }) => path)
  expect(new Set(paths).size).toBe(paths.length)
  for (const document of documents) {
    const chunks = await records.chunksOfDocument(COLLECTION, document.id)
    expect(chunks.length).toBeGreaterThan(1)
    const vectors = await records.vectors(
      chunks.map(({ key }) => key),
      FINGERPRINT,
    )
    for (const { key, text: chunk, place } of chunks) {
      const heading = [document.title, ...place.heading.filter((name) => name !== document.title)].join(' > ')
      expect(vectors.get(key)).toEqual(hashVector(`${heading}\n${chunk}`))
    }
  }
}

/** The store holds exactly the files that are there, as they are. */
async function expectCurrent(records: RecordStore): Promise<void> {
  const files = await records.files(COLLECTION, root)
  const documents = await records.documents(COLLECTION, { limit: 10_000 })
  expect(documents.map(({ path }) => path).sort()).toEqual(files.map(({ path }) => path))
  for (const { path, text: stored } of documents) expect(stored).toBe(readFileSync(path as string, 'utf8'))
  expect(documents.length).toBe(400 + 40 + 9 * 20)
}
