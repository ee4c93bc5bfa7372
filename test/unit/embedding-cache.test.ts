import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { EmbedderMetrics, EmbedOptions, EmbedResult } from '../../src/core/ports/embedder.ts'
import type { DiskStoreOptions } from '../../src/embedding/cache/disk-store.ts'
import { createMemoryStore } from '../../src/embedding/cache/memory-store.ts'
import { createResultCaches } from '../../src/embedding/cache/result-caches.ts'
import { createEmbedder } from '../../src/embedding/embedder.ts'
import type { ResultCache } from '../../src/embedding/result-cache.ts'
import { countedEngine, openTestEmbedder, specOf } from '../support/embedding.ts'

const result = (seed: number, dimensions = 4) => ({
  vector: Float32Array.from({ length: dimensions }, (_, i) => Math.sin(seed * 31 + i)),
  tokens: seed,
  truncated: seed % 2 === 0,
})
const vectors = (results: readonly EmbedResult[]) =>
  results.map((each) => (each.ok ? [...each.vector] : each.error.code))

describe('the memory', () => {
  test('keeps what was used last', async () => {
    const memory = createMemoryStore(3)
    await memory.set(['a', 'b', 'c'].map((key, at) => ({ key, result: result(at) })))
    await memory.get(['a'])
    await memory.set([{ key: 'd', result: result(3) }])
    expect((await memory.get(['a', 'b', 'c', 'd'])).map((found) => found?.tokens)).toEqual([0, undefined, 2, 3])
    await memory.set([{ key: 'a', result: result(9) }])
    expect((await memory.get(['a', 'c', 'd'])).map((found) => found?.tokens)).toEqual([9, 2, 3])
  })

  test('gives and takes copies', async () => {
    const memory = createMemoryStore(3)
    const given = result(1)
    await memory.set([{ key: 'a', result: given }])
    given.vector.fill(7)
    const [first] = await memory.get(['a'])
    first?.vector.fill(8)
    expect((await memory.get(['a']))[0]).toEqual(result(1))
  })

  test('of no entries keeps nothing', async () => {
    const memory = createMemoryStore(0)
    await memory.set([{ key: 'a', result: result(1) }])
    expect(await memory.get(['a'])).toEqual([null])
  })
})

describe('a cache', () => {
  test('tells models, variants and texts apart', async () => {
    const caches = createResultCaches({ entries: 100, disk: null })
    const [one, two] = [caches.of('one'), caches.of('two')]
    await one.set('query', [{ text: 'text', result: result(1) }])
    expect(await one.get('query', ['text', 'text '])).toEqual([result(1), null])
    expect(await one.get('passage', ['text'])).toEqual([null])
    expect(await two.get('query', ['text'])).toEqual([null])
    expect(await caches.of('one').get('query', ['text'])).toEqual([result(1)])
  })
})

describe('an embedder with a cache', () => {
  const caches = () => createResultCaches({ entries: 1_000, disk: null })
  const open = (cache: ResultCache | null) => {
    const engine = countedEngine()
    return { engine, embedder: createEmbedder(specOf('all-MiniLM-L6-v2'), 'print', engine, cache) }
  }
  const counts = ({ texts, failed, tokens, cacheHits, cacheMisses }: EmbedderMetrics) => ({
    texts,
    failed,
    tokens,
    cacheHits,
    cacheMisses,
  })

  test('asks the model only for what is new, and counts', async () => {
    const { engine, embedder } = open(caches().of('print'))
    const first = await embedder.embed(['one', 'two'], { kind: 'passage' })
    const second = await embedder.embed(['two', 'three', 'one'], { kind: 'passage' })
    expect(engine.calls).toEqual([['one', 'two'], ['three']])
    expect(second[0]).toEqual(first[1])
    expect(second[2]).toEqual(first[0])
    expect(counts(embedder.metrics())).toEqual({ texts: 5, failed: 0, tokens: 9, cacheHits: 2, cacheMisses: 3 })
    await embedder.embed(['one'], { kind: 'query' })
    expect(engine.calls.length).toBe(3)
  })

  test('embeds a text that a call has twice once, in order, and each result is its own', async () => {
    for (const cache of [null, caches().of('print')]) {
      const { engine, embedder } = open(cache)
      const results = await embedder.embed(['b', 'a', 'b', '', 'c', 'a'], { kind: 'passage' })
      expect(engine.calls).toEqual([['b', 'a', 'c']])
      const [b, a, again, empty, c, last] = vectors(results)
      expect([again, last, empty]).toEqual([b, a, 'EMPTY_EMBEDDING'])
      expect(new Set([a, b, c].map(String)).size).toBe(3)
      for (const each of results) if (each.ok) each.vector.fill(9)
      expect(vectors(await embedder.embed(['a', 'b'], { kind: 'passage' }))).toEqual([a, b])
    }
  })

  test('shares what small calls embed at the same time; each gets its own copy', async () => {
    const { engine, embedder } = open(null)
    const calls = await Promise.all([1, 2, 3].map(() => embedder.embed(['same', 'text'], { kind: 'query' })))
    expect(engine.calls).toEqual([['same', 'text']])
    const [first] = calls.map(vectors)
    for (const call of calls) {
      expect(vectors(call)).toEqual(first)
      for (const each of call) if (each.ok) each.vector.fill(0)
    }
  })

  test('a call that is stopped or fails takes nobody with it', async () => {
    const { engine, embedder } = open(caches().of('print'))
    const controller = new AbortController()
    const stopped = embedder.embed(['same'], { kind: 'query', signal: controller.signal })
    const served = embedder.embed(['same'], { kind: 'query' })
    controller.abort()
    await expect(stopped).rejects.toMatchObject({ code: 'ABORTED' })
    expect((await served)[0]?.ok).toBe(true)
    expect(engine.calls.length).toBe(2)
  })

  test('an error is not kept', async () => {
    const { engine, embedder } = open(caches().of('print'))
    engine.failing.add('bad')
    expect(vectors(await embedder.embed(['bad', 'good'], { kind: 'passage' }))[0]).toBe('EMBEDDING_FAILED')
    engine.failing.clear()
    const [bad, good] = await embedder.embed(['bad', 'good'], { kind: 'passage' })
    expect([bad?.ok, good?.ok]).toEqual([true, true])
    expect(engine.calls).toEqual([['bad', 'good'], ['bad']])
  })

  test('progress counts found and repeated texts, up to all of them', async () => {
    const { embedder } = open(caches().of('print'))
    await embedder.embed(['known'], { kind: 'passage' })
    const seen: number[] = []
    const texts = ['known', 'new', '', 'new', 'known', 'other']
    await embedder.embed(texts, { kind: 'passage', onProgress: (done) => seen.push(done) })
    expect(seen).toEqual([...seen].sort((a, b) => a - b))
    expect(seen.at(-1)).toBe(6)
  })

  test('keeps full vectors, whatever width was asked for', async () => {
    const spec = { ...specOf('all-MiniLM-L6-v2'), matryoshka: [8, 16] }
    const engine = countedEngine()
    const embedder = createEmbedder(spec, 'print', engine, caches().of('print'))
    const at = async (options: Partial<EmbedOptions>) =>
      vectors(await embedder.embed(['text'], { kind: 'passage', ...options }))[0] as number[]
    const eight = await at({ dimensions: 8 })
    const all = await at({})
    expect([eight.length, (await at({ dimensions: 16 })).length, all.length]).toEqual([8, 16, 384])
    expect(engine.calls.length).toBe(1)
    const length = Math.hypot(...all.slice(0, 8))
    for (const [i, value] of eight.entries()) expect(value).toBeCloseTo((all[i] as number) / length, 6)
  })

  test('does not take a task for a kind of the same name, nor for another task', async () => {
    const tasks = { query: { prompt: '', inputs: {} }, sort: { prompt: '', inputs: { task: 1 } } }
    const engine = countedEngine()
    const embedder = createEmbedder({ ...specOf('all-MiniLM-L6-v2'), tasks }, 'print', engine, caches().of('print'))
    await embedder.embed(['text'], { kind: 'query' })
    await embedder.embed(['text'], { kind: 'query', task: 'query' })
    await embedder.embed(['text'], { kind: 'query', task: 'sort' })
    await embedder.embed(['text'], { kind: 'query', task: 'sort' })
    expect(engine.calls.length).toBe(3)
  })

  test('tells of each call, without its texts', async () => {
    const events: object[] = []
    const spec = specOf('all-MiniLM-L6-v2')
    const engine = countedEngine()
    const embedder = createEmbedder(spec, 'print', engine, caches().of('print'), (event) => events.push(event))
    await embedder.embed(['secret', 'secret', ''], { kind: 'passage' })
    await expect(embedder.embed(['secret'], { kind: 'query', task: 'none' })).rejects.toThrow()
    const call = { event: 'embed', model: spec.name, texts: 3, failed: 1, tokens: 3, cacheHits: 1, error: null }
    expect(events[0]).toMatchObject({ ...call, kind: 'passage', task: null, ms: { total: expect.any(Number) } })
    expect(events[1]).toMatchObject({ event: 'embed', texts: 1, error: 'INVALID_INPUT' })
    expect(JSON.stringify(events)).not.toContain('secret')
  })

  test('a hit of the real model is the first answer, element for element', async () => {
    const embedder = await openTestEmbedder({ cache: caches().of('print') })
    try {
      const texts = ['How do I list files?', 'Knead the dough. '.repeat(200), 'a \ud800 b']
      const first = await embedder.embed(texts, { kind: 'passage' })
      const timings: number[] = []
      const again = await embedder.embed([...texts].reverse(), {
        kind: 'passage',
        onTimings: ({ tokenize, infer }) => timings.push(tokenize, infer),
      })
      expect(again.reverse()).toEqual(first)
      expect(timings).toEqual([0, 0])
    } finally {
      await embedder.close()
    }
  }, 60_000)
})

describe.each(['inline', 'threads'] as const)('a file (%s)', (mode) => {
  let folder: string
  const file = () => join(folder, 'deep/vectors.db')
  const opened: ResultCache[] = []
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'semdex-cache-'))
  })
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((cache) => cache.close()))
    rmSync(folder, { recursive: true, force: true })
  })
  const open = (more: Partial<DiskStoreOptions> = {}) => {
    const cache = createResultCaches({ entries: 0, disk: { file: file(), mode, ...more } }).of('print')
    opened.push(cache)
    return cache
  }
  const numbered = (from: number, count: number, dimensions = 384) =>
    Array.from({ length: count }, (_, at) => ({ text: `text ${from + at}`, result: result(from + at, dimensions) }))

  test('is made when it is first needed, and outlives the process', async () => {
    const cache = open()
    expect(existsSync(file())).toBe(false)
    const unknown = { ...result(7), tokens: null, truncated: null }
    await cache.set('passage', [...numbered(1, 2), { text: 'remote', result: unknown }])
    await cache.close()
    const [one, two, remote, none] = await open().get('passage', ['text 1', 'text 2', 'remote', 'other'])
    expect([one, two, remote, none]).toEqual([result(1, 384), result(2, 384), unknown, null])
  })

  test('answers a second process at once', async () => {
    const [writer, reader] = [open(), open()]
    expect(await reader.get('passage', ['text 1'])).toEqual([null])
    await writer.set('passage', numbered(1, 1))
    await writer.set('passage', numbered(2, 1))
    expect(await reader.get('passage', ['text 1'])).toEqual([result(1, 384)])
  })

  test('stays within its bound; what was used goes last', async () => {
    const rowBytes = 384 * 4 + 80
    const cache = open({ maxBytes: 500 * rowBytes, touchAfter: -1 })
    await cache.set('passage', numbered(0, 10))
    for (let from = 10; from < 4_000; from += 100) {
      await cache.get('passage', ['text 0'])
      await cache.set('passage', numbered(from, 100))
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
    await cache.close()
    const texts = numbered(0, 4_010).map(({ text }) => text)
    const kept = (await open().get('passage', texts)).flatMap((found, at) => (found ? [at] : []))
    expect(kept.length).toBeGreaterThan(300)
    expect(kept.length).toBeLessThanOrEqual(500)
    expect(kept[0]).toBe(0)
    expect(kept[1]).toBeGreaterThan(3_400)
    expect(statSync(file()).size).toBeLessThan(2 * 500 * rowBytes)
  }, 60_000)

  test('is shared by models, and closed with the last', async () => {
    const caches = createResultCaches({ entries: 0, disk: { file: file(), mode } })
    const [one, two] = [caches.of('one'), caches.of('two')]
    await one.set('passage', numbered(1, 1))
    expect(await two.get('passage', ['text 1'])).toEqual([null])
    await one.close()
    await two.set('passage', numbered(2, 1))
    await two.close()
    expect(existsSync(`${file()}-wal`)).toBe(false)
    expect(await open().get('passage', ['text 1'])).toEqual([null])
    const later = caches.of('two')
    opened.push(later)
    expect(await later.get('passage', ['text 2'])).toEqual([result(2, 384)])
  })
})
