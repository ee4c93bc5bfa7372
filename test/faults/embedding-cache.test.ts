import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { DiskStoreOptions } from '../../src/embedding/cache/disk-store.ts'
import { createResultCaches } from '../../src/embedding/cache/result-caches.ts'
import { createEmbedder } from '../../src/embedding/embedder.ts'
import type { ResultCache } from '../../src/embedding/result-cache.ts'
import { countedEngine, specOf } from '../support/embedding.ts'
import { runScript } from '../support/run-script.ts'

const MODES = ['inline', 'threads'] as const
const entry = (seed: number) => ({
  text: `text ${seed}`,
  result: {
    vector: Float32Array.from({ length: 384 }, (_, i) => Math.sin(seed * 31 + i)),
    tokens: 3,
    truncated: false,
  },
})
const entries = (count: number) => Array.from({ length: count }, (_, at) => entry(at))

let folder: string
const file = () => join(folder, 'vectors.db')
const opened: ResultCache[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'semdex-cache-'))
})
afterEach(async () => {
  await Promise.all(opened.splice(0).map((cache) => cache.close()))
  rmSync(folder, { recursive: true, force: true })
})

function open(options: Partial<DiskStoreOptions> & { mode: (typeof MODES)[number] }): ResultCache {
  const cache = createResultCaches({ entries: 0, disk: { file: file(), ...options } }).of('print')
  opened.push(cache)
  return cache
}

/** Whether what is set is found afterwards. */
async function keeps(cache: ResultCache, seed = 99): Promise<boolean> {
  await cache.set('query', [entry(seed)])
  await cache.set('query', [])
  const [found] = await cache.get('query', [entry(seed).text])
  if (found) expect(found).toEqual(entry(seed).result)
  return found !== null
}

async function fill(count: number): Promise<void> {
  const cache = createResultCaches({ entries: 0, disk: { file: file(), mode: 'inline' } }).of('print')
  await cache.set('query', entries(count))
  await cache.close()
}

describe.each(MODES)('a damaged file (%s) is made anew', (mode) => {
  test('where it is no database', async () => {
    writeFileSync(file(), 'no database at all '.repeat(1_000))
    const cache = open({ mode })
    expect(await cache.get('query', ['text 1'])).toEqual([null])
    expect(await keeps(cache)).toBe(true)
  })

  test('where its end is missing', async () => {
    await fill(500)
    truncateSync(file(), statSync(file()).size / 2)
    const cache = open({ mode })
    const found = await cache.get(
      'query',
      entries(500).map(({ text }) => text),
    )
    for (const [at, result] of found.entries()) if (result) expect(result).toEqual(entry(at).result)
    expect(await keeps(cache)).toBe(true)
  })

  test('where a bit of a vector was turned', async () => {
    await fill(1)
    const bytes = readFileSync(file())
    const place = bytes.indexOf(Buffer.from(entry(0).result.vector.slice(100, 104).buffer))
    expect(place).toBeGreaterThan(0)
    bytes[place] = (bytes[place] as number) ^ 1
    writeFileSync(file(), bytes)
    const cache = open({ mode })
    expect(await cache.get('query', ['text 0'])).toEqual([null])
    expect(await keeps(cache, 0)).toBe(true)
  })
})

test('a file that was damaged under several users is made anew once, and both go on', async () => {
  await fill(200)
  const [one, two] = [open({ mode: 'threads' }), open({ mode: 'threads' })]
  const texts = entries(200).map(({ text }) => text)
  expect((await one.get('query', texts)).every(Boolean)).toBe(true)
  const bytes = readFileSync(file())
  writeFileSync(file(), bytes.fill(0x5a, 8_192))
  // What SQLite has read before it need not read again: the damage shows with the first write at the latest.
  for (const seed of [300, 301, 302]) for (const cache of [one, two]) await keeps(cache, seed)
  expect(await keeps(one, 500)).toBe(true)
  expect(await keeps(two, 501)).toBe(true)
  const later = open({ mode: 'inline' })
  const found = await later.get('query', ['text 500', 'text 501'])
  for (const [at, result] of found.entries()) if (result) expect(result).toEqual(entry(500 + at).result)
})

describe.each(MODES)('a file that cannot be used (%s) costs nobody an answer', (mode) => {
  test('where it cannot be made', async () => {
    writeFileSync(join(folder, 'plain'), '')
    const cache = open({ mode, file: join(folder, 'plain/vectors.db') })
    expect(await keeps(cache)).toBe(false)
    const folderInstead = open({ mode, file: folder })
    expect(await keeps(folderInstead)).toBe(false)
    expect(statSync(folder).isDirectory()).toBe(true)
  })

  test('where another process holds it, and is used when that is over', async () => {
    await fill(1)
    const holder = new Database(file())
    holder.pragma('locking_mode = exclusive')
    holder.exec('begin exclusive; update vectors set used = used + 1; commit')
    const cache = open({ mode, restFor: 50 })
    expect(await keeps(cache)).toBe(false)
    holder.close()
    await new Promise((resolve) => setTimeout(resolve, 60))
    expect(await keeps(cache)).toBe(true)
  }, 30_000)

  test('where another process writes for long: what is known is found all the same', async () => {
    await fill(1)
    const writer = new Database(file())
    writer.exec('begin immediate')
    const cache = open({ mode })
    await cache.get('query', [])
    expect(await keeps(cache)).toBe(false)
    expect(await cache.get('query', ['text 0'])).toEqual([entry(0).result])
    writer.exec('rollback')
    writer.close()
    expect(await keeps(cache, 100)).toBe(true)
  }, 30_000)

  test('where it is the database of another program, which stays as it is', async () => {
    const other = new Database(file())
    other.exec("create table notes (text); insert into notes values ('keep me')")
    other.close()
    const before = readFileSync(file())
    expect(await keeps(open({ mode }))).toBe(false)
    expect(readFileSync(file()).equals(before)).toBe(true)
  })

  test('where the disk is full: texts are embedded, and what was kept is found', async (context) => {
    const disk = join(folder, 'disk')
    mkdirSync(disk)
    const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=600k', 'tmpfs', disk])
    if (status !== 0) return context.skip('only root may mount a small disk')
    try {
      const engine = countedEngine()
      const cache = open({ mode, file: join(disk, 'vectors.db') })
      const embedder = createEmbedder(specOf('all-MiniLM-L6-v2'), 'print', engine, cache)
      await embedder.embed(['known'], { kind: 'passage' })
      for (let from = 0; from < 600; from += 60) {
        const texts = Array.from({ length: 60 }, (_, at) => `text ${from + at}`)
        const results = await embedder.embed(texts, { kind: 'passage' })
        expect(results.every(({ ok }) => ok)).toBe(true)
      }
      const calls = engine.calls.length
      const [known] = await embedder.embed(['known'], { kind: 'passage' })
      expect(known?.ok).toBe(true)
      expect(engine.calls.length).toBe(calls)
      expect(embedder.metrics().texts).toBe(602)
      await embedder.close()
    } finally {
      spawnSync('umount', ['-l', disk])
    }
  }, 60_000)
})

test('four processes that begin at once share a new file', async () => {
  const script = (name: number) => `
    import { createResultCaches } from './src/embedding/cache/result-caches.ts'
    const caches = createResultCaches({ entries: 0, disk: { file: ${JSON.stringify(file())}, mode: 'threads' } })
    const cache = caches.of('print')
    const vector = (seed) => Float32Array.from({ length: 384 }, (_, i) => Math.sin(seed * 31 + i))
    for (let n = 0; n < 40; n++) {
      const entries = [n, ${name} * 1000 + n].map((seed) => ({
        text: 'text ' + seed, result: { vector: vector(seed), tokens: 3, truncated: false },
      }))
      await cache.set('query', entries)
      for (const [at, found] of (await cache.get('query', entries.map(({ text }) => text))).entries()) {
        if (found && found.vector.some((value, i) => value !== entries[at].result.vector[i])) process.exit(7)
      }
    }
    await cache.close()
  `
  const ended = await Promise.all([1, 2, 3, 4].map((name) => runScript(script(name))))
  expect(ended.map(({ code, stderr }) => ({ code, stderr }))).toEqual(ended.map(() => ({ code: 0, stderr: '' })))
  expect(existsSync(`${file()}-wal`)).toBe(false)
  const texts = Array.from({ length: 40 }, (_, n) => [n, 1_000 + n, 2_000 + n, 3_000 + n, 4_000 + n]).flat()
  const found = await open({ mode: 'inline' }).get(
    'query',
    texts.map((seed) => `text ${seed}`),
  )
  expect(found.filter(Boolean).length).toBeGreaterThan(190)
  for (const [at, result] of found.entries()) if (result) expect(result).toEqual(entry(texts[at] as number).result)
}, 120_000)

test('a process that is killed while it writes leaves a file that answers', async () => {
  const ended = await runScript(`
    import { createResultCaches } from './src/embedding/cache/result-caches.ts'
    const caches = createResultCaches({ entries: 0, disk: { file: ${JSON.stringify(file())}, mode: 'threads' } })
    const cache = caches.of('print')
    const vector = (seed) => Float32Array.from({ length: 384 }, (_, i) => Math.sin(seed * 31 + i))
    for (let seed = 0; seed < 200; seed++) {
      await cache.set('query', [{ text: 'text ' + seed, result: { vector: vector(seed), tokens: 3, truncated: false } }])
    }
    process.kill(process.pid, 'SIGKILL')
  `)
  expect(ended.signal ?? ended.code).toBe(process.platform === 'win32' ? 1 : 'SIGKILL')
  const cache = open({ mode: 'threads' })
  const found = await cache.get(
    'query',
    entries(200).map(({ text }) => text),
  )
  expect(found.filter(Boolean).length).toBeGreaterThanOrEqual(198)
  for (const [at, result] of found.entries()) if (result) expect(result).toEqual(entry(at).result)
  expect(await keeps(cache, 500)).toBe(true)
}, 60_000)

test('in threads the event loop is free while the file is waited for', async () => {
  await fill(1)
  const cache = open({ mode: 'threads' })
  await cache.get('query', ['text 0'])
  const writer = new Database(file())
  writer.exec('begin immediate')
  let ticks = 0
  const timer = setInterval(() => ticks++, 5)
  const began = performance.now()
  await keeps(cache)
  clearInterval(timer)
  expect(performance.now() - began).toBeGreaterThan(400)
  expect(ticks).toBeGreaterThan(10)
  writer.exec('rollback')
  writer.close()
}, 30_000)
