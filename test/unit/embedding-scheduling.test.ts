import { getEventListeners } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Embedder, EmbedResult } from '../../src/core/ports/embedder.ts'
import { createEmbedder } from '../../src/embedding/embedder.ts'
import { createLocalEngine } from '../../src/embedding/local-engine.ts'
import type { ModelRunner } from '../../src/embedding/runtimes/runner.ts'
import { largestDifference, openTestEmbedder, specOf, vectorsOf } from '../support/embedding.ts'

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
    // The query is one job, which waits for the batch under way; the event loop may see one more done before it.
    const batch = Math.ceil(320 / 60)
    expect(done - before).toBeLessThanOrEqual(2 * batch)
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

describe('a lone query', () => {
  test('gets the same vector from more threads as from one, and from a worker that also has passages', async () => {
    const queries = ['list files', 'How do I return early from a loop in Rust?', 'word '.repeat(300)]
    const quick = await openTestEmbedder({ workers: 2 })
    const plain = await openTestEmbedder({ workers: 1, threads: 2 })
    const ask = async (embedder: Embedder) => {
      const answers: EmbedResult[] = []
      for (const query of queries) answers.push(...(await embedder.embed([query], { kind: 'query' })))
      return vectorsOf(answers)
    }
    const first = await ask(quick)
    // The second way is ready after the second query, and both ways are tried.
    const rounds = [await ask(quick), await ask(quick), await ask(quick)]
    const passages = quick.embed(passagesOf(200), { kind: 'passage' })
    rounds.push(await ask(quick), await ask(plain))
    await passages
    for (const vectors of rounds) {
      for (const [at, vector] of vectors.entries()) {
        expect(largestDifference(vector, first[at] as Float32Array)).toBeLessThan(1e-6)
      }
    }
    await Promise.all([quick.close(), plain.close()])
  })
})

describe('very many texts in one call', () => {
  /** Answers like a model would, at once: what is measured is what the calling thread does. */
  const instant: ModelRunner = {
    tokenize: async (texts) => texts.map(({ length }) => ({ ids: Int32Array.of(length, 0), truncated: false })),
    infer: async (batch) => Float32Array.from(batch.flatMap(([length]) => [1, length as number])),
    embed: async () => {
      throw new Error('one text only')
    },
    state: () => ({ waiting: 0, workers: 1, restarts: 0 }),
    close: async () => undefined,
  }

  test('are taken a few thousand at a time, and answered in order', async () => {
    const inWork: number[] = []
    let now = 0
    const runner: ModelRunner = {
      ...instant,
      async tokenize(texts, options) {
        now += texts.length
        inWork.push(now)
        await new Promise((resolve) => setImmediate(resolve))
        return instant.tokenize(texts, options)
      },
      async infer(batch, options) {
        await new Promise((resolve) => setImmediate(resolve))
        now -= batch.length
        return instant.infer(batch, options)
      },
    }
    const spec = { ...specOf('all-MiniLM-L6-v2'), dimensions: 2 }
    const embedder = createEmbedder(spec, 'f', createLocalEngine(runner, 2))
    const texts = Array.from({ length: 20_000 }, (_, at) => `${at} ${'x'.repeat(at % 97)}`)
    const seen: number[] = []
    const results = await embedder.embed(texts, { kind: 'passage', onProgress: (done) => seen.push(done) })
    expect(Math.max(...inWork)).toBeLessThanOrEqual(2 * 2_048)
    expect(seen.at(-1)).toBe(20_000)
    const lengths = vectorsOf(results).map((vector) => Math.round((vector[1] as number) / (vector[0] as number)))
    expect(lengths).toEqual(texts.map(({ length }) => length))
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
