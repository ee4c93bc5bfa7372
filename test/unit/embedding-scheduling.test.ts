import { getEventListeners } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Embedder, EmbedResult } from '../../src/core/ports/embedder.ts'
import { createEmbedder } from '../../src/embedding/embedder.ts'
import { createLocalEngine } from '../../src/embedding/local-engine.ts'
import type { ModelRunner } from '../../src/embedding/runtimes/runner.ts'
import { openTestEmbedder, specOf, vectorsOf } from '../support/embedding.ts'

const passagesOf = (count: number) =>
  Array.from({ length: count }, (_, at) =>
    `Passage ${at} says what there is to say of its number, and no more. `.repeat(4),
  )

describe('one worker', () => {
  let embedder: Embedder
  beforeAll(async () => {
    embedder = await openTestEmbedder({ workers: 1 })
  })
  afterAll(() => embedder.close())

  test('answers a query before the passages that have not begun', async () => {
    const texts = passagesOf(300)
    let done = 0
    const started = Promise.withResolvers<void>()
    const passages = embedder.embed(texts, {
      kind: 'passage',
      onProgress: (count) => {
        done = count
        started.resolve()
      },
    })
    await started.promise
    const before = done
    await embedder.embed(['Which passage is it?'], { kind: 'query' })
    // The query's two jobs, tokenizing and inference, each wait for at most the batch that is under way.
    const batch = Math.floor(1_000 / 60)
    expect(done - before).toBeLessThanOrEqual(3 * batch)
    expect(done).toBeLessThan(texts.length / 2)
    expect(vectorsOf(await passages)).toHaveLength(texts.length)
  })

  test('leaves the event loop free while it works', async () => {
    let ticks = 0
    const timer = setInterval(() => ticks++, 5)
    const began = performance.now()
    await embedder.embed(passagesOf(100), { kind: 'passage' })
    clearInterval(timer)
    expect(ticks).toBeGreaterThan((performance.now() - began) / 5 / 4)
  })

  test('drops what an aborted call had queued, and its listener', async () => {
    const controller = new AbortController()
    const began = performance.now()
    await embedder.embed(passagesOf(40), { kind: 'passage' })
    const forty = performance.now() - began
    const call = embedder.embed(passagesOf(4_000), {
      kind: 'passage',
      signal: controller.signal,
      onProgress: () => controller.abort(),
    })
    await expect(call).rejects.toMatchObject({ code: 'ABORTED' })
    const after = performance.now()
    await embedder.embed(passagesOf(1), { kind: 'passage' })
    expect(performance.now() - after).toBeLessThan(20 * forty)
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0)
  })

  test('embeds five million characters, flagged, beside others', async () => {
    const [long, short] = await embedder.embed(['lorem ipsum '.repeat(420_000), 'short'], { kind: 'passage' })
    expect(long).toMatchObject({ ok: true, truncated: true, tokens: 256 })
    expect(short).toMatchObject({ ok: true, truncated: false })
  })
})

describe('a runner that fails', () => {
  const spec = { ...specOf('all-MiniLM-L6-v2'), dimensions: 2 }
  const runnerWith = (infer: ModelRunner['infer']): ModelRunner => ({
    tokenize: async (texts) => texts.map((text) => ({ ids: Int32Array.of(text.length, 0), truncated: false })),
    infer,
    async embed(texts, options) {
      const encodings = texts.map(({ length: tokens }) => ({ tokens, truncated: false }))
      const ids = texts.map(({ length }) => Int32Array.of(length, 0))
      return { encodings, vectors: await infer(ids, options) }
    },
    state: () => ({ waiting: 0, workers: 1, restarts: 0 }),
    close: async () => undefined,
  })
  const embedWith = (infer: ModelRunner['infer'], texts: string[]): Promise<EmbedResult[]> =>
    createEmbedder(spec, 'f', createLocalEngine(runnerWith(infer), 2)).embed(texts, { kind: 'passage' })
  const codes = (results: EmbedResult[]) => results.map((result) => (result.ok ? 'ok' : result.error.code))

  test('on one text costs only that text', async () => {
    const results = await embedWith(
      async (batch) => {
        if (batch.some(([length]) => length === 3)) throw new Error('out of memory')
        return Float32Array.from(batch.flatMap(() => [1, 0]))
      },
      ['one_', 'two', 'three', 'four'],
    )
    expect(codes(results)).toEqual(['ok', 'INTERNAL', 'ok', 'ok'])
  })

  test('with a zero or NaN vector gives an error in that place', async () => {
    const values = { 1: [0, 0], 2: [Number.NaN, 1], 3: [0.6, 0.8] }
    const results = await embedWith(
      async (batch) => Float32Array.from(batch.flatMap(([length]) => values[length as 1 | 2 | 3])),
      ['a', 'ab', 'abc'],
    )
    expect(codes(results)).toEqual(['EMPTY_EMBEDDING', 'NAN_EMBEDDING', 'ok'])
  })
})
