import { afterEach, describe, expect, test, vi } from 'vitest'
import type { Embedder, EmbedResult } from '../../src/core/ports/embedder.ts'
import { cosine } from '../../src/core/vectors.ts'
import { createEmbedder } from '../../src/embedding/embedder.ts'
import { createLocalEngine } from '../../src/embedding/local-engine.ts'
import { openWorkerPool } from '../../src/embedding/runtimes/onnx/worker-pool.ts'
import { DEFAULT_FOLDER, openTestEmbedder, specOf, vectorsOf } from '../support/embedding.ts'
import type { Fault } from '../support/faulty-worker.ts'
import { runScript } from '../support/run-script.ts'

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 })

const BAD = 'A volcano is what no worker can bear.'

const opened: Embedder[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((embedder) => embedder.close()))
})

/** The real model in workers that end, or have no memory, under a batch with a bad text in it. */
async function openFaulty(fault: Fault, workers = 2): Promise<Embedder> {
  const spec = specOf('all-MiniLM-L6-v2')
  const settings = {
    spec,
    folder: DEFAULT_FOLDER,
    threads: 1,
    provider: 'cpu',
    workers,
    idleSeconds: 0,
    cacheDirectory: null,
    fault,
  } as const
  const runner = await openWorkerPool(settings, new URL('../support/faulty-worker.ts', import.meta.url))
  return keep(createEmbedder(spec, 'print', createLocalEngine(runner, spec.dimensions)))
}

function keep(embedder: Embedder): Embedder {
  opened.push(embedder)
  return embedder
}

const passages = (count: number) =>
  Array.from({ length: count }, (_, at) => `Passage ${at} says ${'what there is to say '.repeat(1 + (at % 5))}.`)
const codes = (results: EmbedResult[]) => results.map((result) => (result.ok ? 'ok' : result.error.code))

describe.each<Fault>(['exit', 'throw', 'allocation', 'tokenizing'])('a worker that fails by %s', (fault) => {
  test('costs the text that it failed under, and no other', async () => {
    const embedder = await openFaulty(fault)
    const texts = passages(60)
    texts[17] = BAD
    texts[44] = `${BAD} Nor this one.`
    const results = await embedder.embed(texts, { kind: 'passage' })
    const error = fault === 'allocation' ? 'INTERNAL' : 'EMBEDDING_FAILED'
    expect(codes(results)).toEqual(texts.map((_, at) => (at === 17 || at === 44 ? error : 'ok')))
    expect(embedder.metrics().restarts).toBeGreaterThanOrEqual(2)
    expect(embedder.metrics().failed).toBe(2)
    const plain = keep(await openTestEmbedder())
    const expected = vectorsOf(await plain.embed(passages(60), { kind: 'passage' }))
    for (const [at, result] of results.entries()) {
      if (result.ok) expect(cosine(result.vector, expected[at] as Float32Array)).toBeGreaterThan(0.965)
    }
  })

  test('costs a lone query only itself', async () => {
    const embedder = await openFaulty(fault, 1)
    const [bad] = await embedder.embed([BAD], { kind: 'query' })
    expect(bad?.ok).toBe(false)
    const [good] = await embedder.embed(['and now?'], { kind: 'query' })
    expect(good?.ok).toBe(true)
    expect(embedder.metrics().restarts).toBe(fault === 'allocation' ? 1 : 2)
  })
})

test('workers that end under every text end the call, not the process', async () => {
  const embedder = await openFaulty('exit')
  const texts = Array.from({ length: 400 }, (_, at) => `${BAD} ${'word '.repeat(at % 7)}${at}`)
  await expect(embedder.embed(texts, { kind: 'passage' })).rejects.toMatchObject({ code: 'RUNTIME_UNAVAILABLE' })
  expect(embedder.metrics().restarts).toBeLessThan(60)
  expect(codes(await embedder.embed(['a text like any other'], { kind: 'passage' }))).toEqual(['ok'])
})

test('memory does not grow with what was embedded', async () => {
  const script = `
    import { openTestEmbedder } from './test/support/embedding.ts'
    const embedder = await openTestEmbedder({ workers: 1 })
    const texts = (from, count) => Array.from({ length: count }, (_, at) => (from + at) + ' is said'.repeat(45))
    await embedder.embed(texts(0, 200), { kind: 'passage' })
    const before = process.memoryUsage.rss()
    for (let from = 200; from < 1_400; from += 200) await embedder.embed(texts(from, 200), { kind: 'passage' })
    console.log((process.memoryUsage.rss() - before) / 1e6)
    await embedder.close()`
  const { stdout, stderr } = await runScript(script)
  expect(stderr).toBe('')
  // What the graph answered with, half a megabyte a batch, was 200 MB.
  expect(Number(stdout)).toBeLessThan(80)
})

describe.skipIf(process.platform !== 'linux')('an idle model (threads counted in /proc, so on Linux)', () => {
  test('is unloaded with its threads, loaded again when needed, and keeps no process alive', async () => {
    const script = `
      import { readdirSync } from 'node:fs'
      import { setTimeout as wait } from 'node:timers/promises'
      import { openTestEmbedder } from './test/support/embedding.ts'
      const threads = () => readdirSync('/proc/self/task').length
      const before = threads()
      const embedder = await openTestEmbedder({ workers: 2, idleSeconds: 1 })
      const texts = Array.from({ length: 600 }, (_, at) => 'a passage of some words, number ' + at)
      const embedAll = async () => {
        do await embedder.embed(texts, { kind: 'passage' })
        while (embedder.metrics().workers < 2)
      }
      await embedAll()
      const loaded = threads()
      while (embedder.metrics().workers > 0 || threads() > loaded - 2) await wait(50)
      const unloaded = threads()
      let timings
      const [result] = await embedder.embed(['hello'], { kind: 'passage', onTimings: (t) => { timings = t } })
      console.log(JSON.stringify({ before, loaded, unloaded, ok: result.ok, load: timings.load, workers: embedder.metrics().workers }))
      while (embedder.metrics().workers > 0) await wait(50)`
    const { stdout, stderr, code } = await runScript(script)
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 })
    const { loaded, unloaded, ok, load, workers } = JSON.parse(stdout)
    expect(loaded - unloaded).toBe(2)
    expect({ ok, workers }).toEqual({ ok: true, workers: 1 })
    expect(load).toBeGreaterThan(10)
  })
})
