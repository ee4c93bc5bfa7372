import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { DEFAULT_FOLDER, openTestEmbedder, specOf, vectorsOf } from '../support/embedding.ts'

const TEXTS = ['hello world', 'How do I return early from a loop?']

let cacheDirectory: string
beforeEach(() => {
  cacheDirectory = mkdtempSync(join(tmpdir(), 'semdex-derived-'))
})
afterEach(() => rmSync(cacheDirectory, { recursive: true }))

async function embedInline(folder = DEFAULT_FOLDER, cache: string | null = cacheDirectory): Promise<number[][]> {
  const embedder = await openTestEmbedder({ mode: 'inline', cacheDirectory: cache, folder })
  const vectors: number[][] = []
  for (const text of TEXTS) {
    vectors.push(...vectorsOf(await embedder.embed([text], { kind: 'query' })).map((vector) => [...vector]))
  }
  await embedder.close()
  return vectors
}

const derived = (kind: string) => {
  const name = readdirSync(join(cacheDirectory, 'derived')).find(
    (file) => file.startsWith(kind) && !file.endsWith('.ok'),
  )
  return join(cacheDirectory, 'derived', name as string)
}

/** Makes a file pass for the one that was written. */
function stamp(file: string): void {
  const { size, mtimeNs, ino } = statSync(file, { bigint: true })
  writeFileSync(`${file}.ok`, `${size}-${mtimeNs}-${ino}`)
}

test('the second start reads the copies, not the model’s files, and gives the very same vectors', async () => {
  const plain = await embedInline(DEFAULT_FOLDER, null)
  expect(await embedInline()).toEqual(plain)
  expect(await embedInline('/nowhere')).toEqual(plain)
})

test.each([
  ['cut short', (file: string) => truncateSync(file, 1_000)],
  ['emptied', (file: string) => truncateSync(file, 0)],
  ['overwritten', (file: string) => writeFileSync(file, 'not what it was')],
])('copies that are %s are made again', async (_, damage) => {
  const plain = await embedInline()
  for (const kind of ['graph', 'vocabulary']) damage(derived(kind))
  expect(await embedInline()).toEqual(plain)
  expect(await embedInline('/nowhere')).toEqual(plain)
})

test('a copy that cannot be loaded although it looks unchanged is left aside, then made again', async () => {
  const plain = await embedInline()
  for (const kind of ['graph', 'vocabulary']) {
    writeFileSync(derived(kind), 'not what it was')
    stamp(derived(kind))
  }
  expect(await embedInline()).toEqual(plain)
  await embedInline()
  expect(await embedInline('/nowhere')).toEqual(plain)
})

test('no temporary file is left behind', async () => {
  await embedInline()
  const sha256 = specOf('all-MiniLM-L6-v2').files.map((file) => file.sha256 as string)
  const files = readdirSync(join(cacheDirectory, 'derived'))
  expect(files).toHaveLength(4)
  for (const file of files) expect(sha256.some((digest) => file.includes(digest))).toBe(true)
  expect(files.filter((file) => file.endsWith('.tmp'))).toEqual([])
  expect(readFileSync(`${derived('graph')}.ok`, 'utf8')).toMatch(/^\d+-\d+-\d+$/)
})
