import { renameSync, rmSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { SemdexError } from '../../src/core/errors.ts'
import type { RecordStore } from '../../src/core/ports/record-store.ts'
import { type Side, sideModel } from '../../src/core/sides.ts'
import { addDocuments } from '../../src/ingestion/add-documents.ts'
import { dryRun } from '../../src/ingestion/dry-run.ts'
import { embedWaiting } from '../../src/ingestion/embed-waiting.ts'
import { indexFolder } from '../../src/ingestion/index-folder.ts'
import type { DocumentInput } from '../../src/ingestion/prepare.ts'
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
const CODE = { model: 'code-m', fingerprint: 'hash-vectors, of code', dimensions: 6 }
const PROSE = 'Knead the dough, let it rise overnight, then bake the loaf in a hot oven until it sounds hollow.\n'
const PYTHON = 'def bake(dough):\n    for loaf in dough.split():\n        oven.put(loaf)\n    return oven.open()\n'

let base: string
let root: string
let records: RecordStore
let text: TestParts
let code: TestParts
let parts: TestParts

beforeEach(async () => {
  base = temporaryFolder()
  root = `${base}/files`
  putFiles(root, { 'bread.md': `# Bread\n\n${PROSE}`, 'src/bake.py': PYTHON })
  records = await openTestRecords(join(base, 'test.db'))
  const own = { model: 'm', fingerprint: FINGERPRINT, dimensions: DIMENSIONS }
  await records.createCollection({ name: COLLECTION, ...own, code: CODE })
  text = testParts(records)
  code = testParts(records, { maxTokens: 60, overlapTokens: 8 }, CODE)
  parts = { ...text, code }
})
afterEach(async () => {
  await records.close()
  rmSync(base, { recursive: true, force: true })
})

const run = (options: { force?: boolean } = {}) => indexFolder(root, parts, { collection: COLLECTION, ...options })
const add = (inputs: DocumentInput[]) => addDocuments(inputs, COLLECTION, parts)

/** What is stored of a document: its side, and the length and origin of each chunk's vector. */
async function stored(id: string) {
  const document = await records.document(COLLECTION, id)
  const chunks = await records.chunksOfDocument(COLLECTION, id)
  const keys = chunks.map(({ key }) => key)
  const [ofText, ofCode] = [await records.vectors(keys, FINGERPRINT), await records.vectors(keys, CODE.fingerprint)]
  return { side: document?.side, chunking: document?.chunkingFingerprint, chunks: keys.length, ofText, ofCode }
}

/** As if the files had been there for long. */
function age(): void {
  const before = new Date(Date.now() - 60_000)
  for (const name of ['bread.md', 'src/bake.py']) utimesSync(`${root}/${name}`, before, before)
}

describe('a run over prose and code', () => {
  test('cuts and embeds each with the model of its side', async () => {
    expect(await run()).toMatchObject({ added: 2, chunks: 2, embedded: 2, pending: 0, failed: 0, degraded: null })
    expect([text.embedded.length, code.embedded.length]).toEqual([1, 1])
    expect(code.embedded[0]).toContain('def bake')
    const bread = await stored(`${root}/bread.md`)
    expect(bread).toMatchObject({ side: 'text', chunking: text.chunking.fingerprint })
    expect([bread.ofText.size, bread.ofCode.size]).toEqual([1, 0])
    const bake = await stored(`${root}/src/bake.py`)
    expect(bake).toMatchObject({ side: 'code', chunking: code.chunking.fingerprint })
    expect([bake.ofText.size, [...bake.ofCode.values()]]).toEqual([0, [hashVector(code.embedded[0] as string, 6)]])
    expect(await records.counts()).toMatchObject([{ documents: 2, chunks: 2, vectors: 2, pending: 0, failed: 0 }])
  })

  test('opens nothing where nothing changed', async () => {
    age()
    await run()
    const opened = structuredClone([text.opened, code.opened])
    expect(await run()).toMatchObject({ added: 0, refreshed: 0, unchanged: 2, chunks: 0 })
    expect([text.opened, code.opened]).toEqual(opened)
  })

  test('opens nothing of a side that has no documents', async () => {
    rmSync(`${root}/src`, { recursive: true })
    await run()
    expect(code.opened).toEqual({ chunker: 0, embedder: 0 })
  })

  test('other rules of one side cut only its files again', async () => {
    age()
    await run()
    parts = { ...parts, code: testParts(records, { maxTokens: 50, overlapTokens: 8 }, CODE) }
    expect(await run()).toMatchObject({ refreshed: 1, unchanged: 1, reused: 1, embedded: 0 })
  })

  test('a file that moves to the other side is embedded by the other model, and leaves nothing behind', async () => {
    await run()
    renameSync(`${root}/src/bake.py`, `${root}/bake.md`)
    expect(await run()).toMatchObject({ moved: 1, embedded: 1, unchanged: 1 })
    const moved = await stored(`${root}/bake.md`)
    expect([moved.side, moved.ofText.size, moved.ofCode.size]).toEqual(['text', 1, 0])
    expect(await stored(`${root}/src/bake.py`)).toMatchObject({ side: undefined, chunks: 0 })
  })

  test('a dry run counts what each model would have to read', async () => {
    const plan = () => dryRun(root, parts, { collection: COLLECTION })
    expect(await plan()).toMatchObject({ files: 2, chunks: 2, toEmbed: 2, basis: { kind: 'sample', texts: 2 } })
    await run()
    putFiles(root, {
      'src/more.py': 'def eat(loaf):\n    return loaf.slices\n',
      'copy.md': `# Bread\n\n${PROSE}`,
    })
    expect(await plan()).toMatchObject({ toEmbed: 1, basis: { kind: 'sample', texts: 1 } })
  })
})

describe('with the model of one side alone', () => {
  const missing = new SemdexError('MODEL_NOT_INSTALLED', { message: 'not here' })

  test.each<[Side, string, string]>([
    ['code', 'src/bake.py', 'bread.md'],
    ['text', 'bread.md', 'src/bake.py'],
  ])('what the missing model of %s reads waits, the rest has its vectors', async (side, waits, has) => {
    const broken = side === 'code' ? code : text
    age()
    broken.failure.open = missing
    expect(await run()).toMatchObject({ added: 2, embedded: 1, pending: 1, degraded: { code: 'MODEL_NOT_INSTALLED' } })
    const left = await stored(`${root}/${waits}`)
    expect([left.ofText.size, left.ofCode.size]).toEqual([0, 0])
    const made = await stored(`${root}/${has}`)
    expect(made.ofText.size + made.ofCode.size).toBe(1)
    const chunkers = broken.opened.chunker
    expect(await run()).toMatchObject({ unchanged: 2, pending: 1, degraded: { code: 'MODEL_NOT_INSTALLED' } })
    expect(broken.opened.chunker).toBe(chunkers)
    delete broken.failure.open
    expect(await run()).toMatchObject({ refreshed: 1, unchanged: 1, embedded: 1, pending: 0, degraded: null })
  })

  test('chunks that wait are filled in place, each by the model of its side', async () => {
    const off = { ...parts, embedding: null, code: { ...code, embedding: null } }
    await addDocuments(
      [
        { id: 'a', text: PROSE },
        { id: 'b', text: PYTHON },
      ],
      COLLECTION,
      off,
    )
    const collection = await records.collection(COLLECTION)
    if (!collection) throw new Error('no collection')
    const ids = [{ id: 'a' }, { id: 'b' }]
    expect(await embedWaiting(ids, collection, parts)).toMatchObject({
      results: [
        { chunks: 1, filled: 1, error: null },
        { chunks: 1, filled: 1, error: null },
      ],
      embedded: 2,
    })
    expect([(await stored('a')).ofText.size, (await stored('b')).ofCode.size]).toEqual([1, 1])
    expect(await embedWaiting(ids, collection, parts)).toMatchObject({ embedded: 0 })
  })
})

describe('documents that are added', () => {
  test('one text on both sides is read once by each model, and no vector is taken for the other', async () => {
    const both: DocumentInput[] = [
      { id: 'as text', text: PYTHON, side: 'text' },
      { id: 'as code', text: PYTHON, side: 'code' },
    ]
    expect(await add(both)).toMatchObject({ embedded: 2, reused: 0 })
    const [asText, asCode] = [await stored('as text'), await stored('as code')]
    expect([asText.ofText.size, asText.ofCode.size, asCode.ofText.size, asCode.ofCode.size]).toEqual([1, 0, 0, 1])
    expect(await add([{ id: 'again', text: PYTHON, side: 'code' }])).toMatchObject({ embedded: 0, reused: 1 })
  })

  test('a document that is replaced by one of the other side leaves no vector of the old model', async () => {
    await add([{ id: 'x', text: PROSE }])
    expect((await stored('x')).side).toBe('text')
    expect(await add([{ id: 'x', text: PYTHON }])).toMatchObject({ embedded: 1, degraded: null })
    const now = await stored('x')
    expect([now.side, now.ofText.size, now.ofCode.size]).toEqual(['code', 0, 1])
    expect(await records.counts()).toMatchObject([{ documents: 1, chunks: 1, vectors: 1, pending: 0 }])
  })

  test('the side that is said wins over the kind, and that over name and content', async () => {
    const inputs: DocumentInput[] = [
      { id: 'said', text: PROSE, metadata: { kind: 'note' }, side: 'code' },
      { id: 'kind', text: PROSE, metadata: { kind: 'code_template' } },
      { id: 'name', text: PROSE, fileName: 'notes/bread.md' },
      { id: 'prose', text: PROSE },
      { id: 'code', text: PYTHON },
    ]
    await add(inputs)
    const sides = await Promise.all(inputs.map(async ({ id }) => (await stored(id)).side))
    expect(sides).toEqual(['code', 'code', 'text', 'text', 'code'])
  })
})

test('a collection with one model stores the sides, and embeds both with it', async () => {
  await records.createCollection({ name: 'one', model: 'm', fingerprint: FINGERPRINT, dimensions: DIMENSIONS })
  const one = { ...parts, code: null }
  await addDocuments(
    [
      { id: 'a', text: PROSE },
      { id: 'b', text: PYTHON },
    ],
    'one',
    one,
  )
  const documents = await Promise.all(['a', 'b'].map((id) => records.document('one', id)))
  expect(documents.map((document) => document?.side)).toEqual(['text', 'code'])
  expect([text.embedded.length, code.embedded.length]).toEqual([2, 0])
})

test('another code model than the collection has is refused before anything is written', async () => {
  parts = { ...parts, code: testParts(records, undefined, { fingerprint: 'another', dimensions: 6 }) }
  await expect(run()).rejects.toMatchObject({ code: 'COLLECTION_MODEL_MISMATCH', details: { side: 'code' } })
  expect(await records.countDocuments(COLLECTION)).toBe(0)
})

test('a chunker that cannot be opened stops the run; no file is blamed', async () => {
  const broken = new SemdexError('MODEL_DAMAGED', { message: 'the tokenizer is broken' })
  parts = { ...parts, code: { ...code, chunking: { ...code.chunking, open: () => Promise.reject(broken) } } }
  await expect(run()).rejects.toBe(broken)
  const files = await records.files(COLLECTION, root)
  expect(files.filter(({ error }) => error !== null)).toEqual([])
})

test('a code side of its own is the collection’s only where it says so', async () => {
  const collection = await records.collection(COLLECTION)
  if (!collection) throw new Error('no collection')
  expect(sideModel(collection, 'code')).toEqual(CODE)
  expect(sideModel({ ...collection, code: null }, 'code').fingerprint).toBe(FINGERPRINT)
})
