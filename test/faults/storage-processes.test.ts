import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openSqliteStorage } from '../../src/compose/storage.ts'
import type { DocumentWrite } from '../../src/core/ports/record-store.ts'
import { sampleCollection, sampleDocument } from '../../src/testing/samples.ts'
import { inRepository } from '../support/assets.ts'

let folder = ''
let file = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'semdex-processes-'))
  file = join(folder, 'semdex.db')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('two processes and this one write one database at the same time, and nothing is lost', async () => {
  await prepare()
  const here = await openSqliteStorage({ file, mode: 'threads' })
  const others = ['x', 'y'].map((prefix) => run('writer-process.ts', file, prefix, '60'))
  for (let n = 0; n < 20; n++) {
    const [result] = await here.records.putDocuments('a', [sampleDocument(`here-${n}`, [['apple', [1, 1, 1, 1]]])])
    expect(result?.ok).toBe(true)
  }
  for (const { output } of await Promise.all(others)) expect(output.trim().split('\n')).toHaveLength(60)
  const [counts] = await here.records.counts()
  expect(counts).toMatchObject({ documents: 120, chunks: 820, vectors: 820 })
  await here.close()
  await expectWhole(120, 820)
})

test('keys only grow, whoever writes, whatever is refused, and when what had them is gone', async () => {
  await prepare()
  const open = () => openSqliteStorage({ file, mode: 'inline' })
  const [first, second] = [await open(), await open()]
  const chunks: [string, number[]][] = [
    ['apple', [1, 0, 0, 0]],
    ['pear', [0, 1, 0, 0]],
  ]
  const tooShort = sampleDocument('refused', [['apple', [1]]])
  const keys: { documents: number[]; chunks: number[] } = { documents: [], chunks: [] }
  let written = 0
  const write = async ({ records }: typeof first, refused: DocumentWrite[] = []) => {
    const id = `${written++}`
    const results = await records.putDocuments('a', [...refused, sampleDocument(id, chunks)])
    expect(results.map(({ ok }) => ok)).toEqual([...refused.map(() => false), true])
    const result = results.at(-1)
    if (!result?.ok) throw new Error('it was not written')
    keys.documents.push(result.key)
    keys.chunks.push(...result.chunkKeys)
    await records.deleteDocuments('a', [id])
  }
  for (const turns of [9, 1, 3, 80, 2]) {
    for (const storage of [first, second]) {
      for (let turn = 0; turn < turns; turn++) await write(storage)
      expect((await storage.records.putDocuments('a', [tooShort]))[0]?.ok).toBe(false)
      await write(storage, [tooShort])
      for (let turn = 0; turn < turns; turn++) await write(storage)
    }
    const third = await open()
    await write(third)
    await third.close()
  }
  const sequences = (await second.records.changes(0, 10_000)).map(({ sequence }) => sequence)
  expect(sequences).toHaveLength(2 * written)
  for (const all of [keys.documents, keys.chunks, sequences]) {
    expect(all).toEqual([...new Set(all)].sort((a, b) => a - b))
  }
  await first.close()
  await second.close()
})

test('keys that a refused document had are not given out beside those of another process', async () => {
  await prepare()
  const [first, second] = await Promise.all([1, 2].map(() => openSqliteStorage({ file, mode: 'inline' })))
  const of = (id: string, chunks: number) =>
    sampleDocument(
      id,
      Array.from({ length: chunks }, (_, n): [string, number[]] => [`apple ${n}`, [1, 0, 0, n]]),
    )
  const put = async (storage: typeof first, ...documents: DocumentWrite[]) =>
    (await storage?.records.putDocuments('a', documents))?.map(({ ok }) => ok)
  for (const id of ['1', '2', '3']) expect(await put(first, of(id, 1))).toEqual([true])
  const refused = { ...of('4', 1), also: [{ id: 'not there', metadata: {} }] }
  const sooner = sampleDocument('4', [['apple', [1]]])
  expect(await put(first, sooner, refused)).toEqual([false, false])
  expect(await put(second, of('5', 4))).toEqual([true])
  expect(await put(first, of('6', 1))).toEqual([true])
  expect((await second?.records.counts())?.[0]).toMatchObject({ documents: 5, chunks: 8 })
  await first?.close()
  await second?.close()
})

test.for(['inline', 'threads'])(
  'killed in the middle of writes (%s), nothing acknowledged is lost and no document is half there',
  async (mode) => {
    await prepare()
    const acknowledged = new Map<string, string>()
    for (let round = 0; round < 4; round++) {
      const child = start('writer-process.ts', file, 'k', '100000', mode)
      const output = await collect(child, (text) => text.split('\n').length > 20 + round * 17)
      for (const line of output.split('\n').slice(0, -1)) acknowledged.set(...(line.split(' ') as [string, string]))
    }
    const storage = await openSqliteStorage({ file, mode: 'inline' })
    for (const [id, title] of acknowledged) {
      const document = await storage.records.document('a', id)
      expect(Number(document?.title)).toBeGreaterThanOrEqual(Number(title))
    }
    const [counts] = await storage.records.counts()
    await storage.close()
    expect(acknowledged.size).toBeGreaterThan(20)
    await expectWhole(counts?.documents ?? 0, (counts?.documents ?? 0) * 8)
  },
)

describe.skipIf(process.platform === 'win32')('where the database cannot be written', () => {
  test.for(['inline', 'threads'])(
    'a file, and a folder, are still searched (%s)',
    { timeout: 60_000 },
    async (mode) => {
      await prepare([sampleDocument('1', [['apple', [1, 0, 0, 0]]])])
      const found = { readOnly: true, lexical: 1, vectors: 1, refused: 'DATABASE_READ_ONLY', warnings: [] }
      chmodSync(folder, 0o777)
      chmodSync(file, 0o444)
      expect(await readAsNobody(file, mode)).toEqual(found)
      for (const name of readdirSync(folder)) if (name !== 'semdex.db') rmSync(join(folder, name))
      chmodSync(folder, 0o555)
      expect(await readAsNobody(file, mode)).toEqual(found)
      expect(readdirSync(folder)).toEqual(['semdex.db'])
      chmodSync(folder, 0o777)
    },
  )

  test('changes that were never merged are seen', async () => {
    await prepare([sampleDocument('1', [['apple', [1, 0, 0, 0]]])])
    const writer = await openSqliteStorage({ file, mode: 'inline' })
    await writer.records.putDocuments('a', [sampleDocument('2', [['apple', [1, 0, 0, 0]]])])
    const copy = join(folder, 'copy')
    cpSync(file, join(copy, 'semdex.db'))
    cpSync(`${file}-wal`, join(copy, 'semdex.db-wal'))
    await writer.close()
    chmodSync(folder, 0o755)
    chmodSync(copy, 0o555)
    expect(await readAsNobody(join(copy, 'semdex.db'), 'inline')).toMatchObject({
      readOnly: true,
      lexical: 2,
      vectors: 2,
    })
    chmodSync(copy, 0o777)
  })

  test('a file that is not there cannot be made', async () => {
    chmodSync(folder, 0o555)
    expect(await readAsNobody(join(folder, 'deeper', 'new.db'), 'inline')).toMatchObject({
      error: 'DATABASE_READ_ONLY',
    })
    chmodSync(folder, 0o777)
  })
})

async function prepare(documents: DocumentWrite[] = []): Promise<void> {
  const storage = await openSqliteStorage({ file, mode: 'inline' })
  await storage.records.createCollection(sampleCollection('a'))
  await storage.records.putDocuments('a', documents)
  await storage.close()
}

/** Every document has its eight chunks or its one, each with its vector, and both indexes know exactly these. */
async function expectWhole(documents: number, chunks: number): Promise<void> {
  const storage = await openSqliteStorage({ file, mode: 'inline' })
  const collection = (await storage.records.collection('a')) ?? expect.fail()
  expect((await storage.records.counts())[0]).toMatchObject({
    documents,
    chunks,
    vectors: chunks,
    pending: 0,
    failed: 0,
  })
  for (const { id, text } of await storage.records.documents('a', { limit: 1_000 })) {
    const parts = await storage.records.chunksOfDocument('a', id)
    expect(parts.map((part) => part.text).join('\n')).toBe(text)
  }
  const { hits } = await storage.lexicalIndex(collection).search('apple', { limit: 4_000 })
  const query = Float32Array.of(1, 0, 0, 0)
  const vectors = storage.vectorIndex(collection)
  expect(hits).toHaveLength(chunks)
  expect(await vectors.search(query, { limit: 4_000 })).toHaveLength(chunks)
  const spread = await vectors.distribution(query)
  await vectors.rebuild()
  const anew = await vectors.distribution(query)
  await storage.close()
  expect(spread.count).toBe(chunks)
  expect(spread.mean).toBeCloseTo(anew.mean, 9)
  expect(spread.deviation).toBeCloseTo(anew.deviation, 9)
}

function start(script: string, ...args: string[]): ChildProcess {
  return spawn(process.execPath, [inRepository(`test/support/${script}`), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

async function run(script: string, ...args: string[]): Promise<{ code: number | null; output: string }> {
  const child = start(script, ...args)
  const output = collect(child, () => false)
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  expect(code).toBe(0)
  return { code, output: await output }
}

/** What the process printed until it ended, or until it was killed since it had printed enough. */
function collect(child: ChildProcess, enough: (output: string) => boolean): Promise<string> {
  let output = ''
  child.stdout?.on('data', (part) => {
    output += part
    if (enough(output)) child.kill('SIGKILL')
  })
  return new Promise((resolve) => child.once('close', () => resolve(output)))
}

/** Where the tests run as root, permissions bind only the process that gives up being root. */
async function readAsNobody(path: string, mode: string): Promise<unknown> {
  const user = process.getuid?.() === 0 ? '65534' : ''
  return JSON.parse((await run('reader-process.ts', path, mode, user)).output)
}
