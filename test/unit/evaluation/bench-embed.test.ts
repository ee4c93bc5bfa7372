import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { SemdexError } from '../../../src/core/errors.ts'
import type { ModelSpec } from '../../../src/core/model-spec.ts'
import type { Embedder, EmbedOptions, EmbedResult } from '../../../src/core/ports/embedder.ts'
import { noMetrics } from '../../../src/embedding/timings.ts'
import { benchEmbed } from '../../../src/evaluation/bench-embed.ts'
import { rowOf } from '../../../src/evaluation/bench-embed-row.ts'
import { createTextMaker } from '../../../src/evaluation/bench-embed-texts.ts'

const countWords = (text: string) => text.split(' ').length

interface Behaviour {
  maxTokens?: number
  tokens?: (text: string) => number | null
  work?: (texts: readonly string[], options: EmbedOptions) => Promise<void>
  error?: SemdexError
}

/** Answers at once, and writes down what it was asked. */
function recorder({ maxTokens = 256, tokens = countWords, work, error }: Behaviour = {}) {
  const asked: { texts: readonly string[]; kind: string }[] = []
  const embedder: Embedder = {
    spec: { maxTokens } as ModelSpec,
    fingerprint: '',
    async embed(texts: readonly string[], options) {
      asked.push({ texts, kind: options.kind })
      await (work ? work(texts, options) : wait(2))
      return texts.map(
        (text): EmbedResult =>
          error
            ? { ok: false, error }
            : { ok: true, vector: new Float32Array(1), tokens: tokens(text), truncated: false },
      )
    },
    metrics: noMetrics,
    async close() {},
  }
  return { embedder, asked }
}

describe('the texts of a bench', () => {
  test('have about the tokens that are asked for, by the count that is given', () => {
    for (const factor of [1, 1.5, 3]) {
      const texts = createTextMaker((text) => countWords(text) * factor)
      for (const tokens of [16, 64, 225, 512]) {
        const counts = texts.passages(50, tokens).map((text) => countWords(text) * factor + 2)
        const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length
        expect(Math.abs(mean - tokens) / tokens, `${tokens} tokens, ${factor} a word`).toBeLessThan(0.1)
      }
    }
  })

  test('are never the same, and the same ones each time', () => {
    const make = () => {
      const texts = createTextMaker(countWords)
      const queries = Array.from({ length: 500 }, () => texts.query())
      return [...texts.passages(3_000, 5), ...texts.passages(2_000, 16), ...texts.passages(500, 64), ...queries]
    }
    const all = make()
    expect(new Set(all).size).toBe(6_000)
    expect(make()).toEqual(all)
  })

  test('are sentences of real words', () => {
    const [text] = createTextMaker(countWords).passages(1, 225) as [string]
    expect(text).toMatch(/^[A-Z][a-z ,.A-Z]+$/)
    expect(text.match(/\./g)?.length).toBeGreaterThan(5)
    expect(new Set(text.toLowerCase().match(/[a-z]+/g)).size).toBeGreaterThan(60)
  })
})

describe('a row', () => {
  test('is what its calls add up to', () => {
    const calls = Array.from({ length: 100 }, (_, at) => ({ milliseconds: at + 1, tokens: 20 }))
    expect(rowOf('short-2', 2, calls)).toEqual({
      workload: 'short-2',
      batch: 2,
      calls: 100,
      texts: 200,
      milliseconds: 5_050,
      textsPerSecond: 200 / 5.05,
      tokensPerSecond: 2_000 / 5.05,
      p50: 50,
      p95: 95,
      p99: 99,
    })
  })

  test('knows no tokens where a call does not tell', () => {
    const calls = [
      { milliseconds: 1, tokens: 3 },
      { milliseconds: 1, tokens: null },
    ]
    expect(rowOf('short-1', 1, calls).tokensPerSecond).toBeNull()
  })
})

describe('a bench', () => {
  test('asks for every text once, passages in calls of the sizes that it names, and queries', async () => {
    const { embedder, asked } = recorder()
    const { rows, chunksPerMinute } = await benchEmbed(embedder, { quick: true, countTokens: countWords })
    const texts = asked.flatMap((call) => call.texts)
    expect(new Set(texts).size).toBe(texts.length)
    const sizes = new Set(asked.filter(({ kind }) => kind === 'passage').map((call) => call.texts.length))
    expect([...sizes].sort((a, b) => a - b)).toEqual([1, 8, 60, 100])
    for (const { kind, texts: given } of asked) if (kind === 'query') expect(given).toHaveLength(1)
    const counted = rows.reduce((sum, row) => sum + row.texts, 0)
    expect(
      asked.flatMap((call) => (call.texts.length === 60 || call.texts.length === 8 ? [] : call.texts)),
    ).toHaveLength(counted)
    expect(chunksPerMinute).toBeCloseTo(
      60 * (rows.find(({ workload }) => workload === 'chunk-100')?.textsPerSecond ?? 0),
    )
  })

  test('goes no further than the model reads', async () => {
    const { embedder, asked } = recorder({ maxTokens: 40 })
    await benchEmbed(embedder, { quick: true, countTokens: countWords })
    const longest = Math.max(...asked.flatMap(({ texts }) => texts).map(countWords))
    expect(longest).toBeGreaterThan(34)
    expect(longest).toBeLessThanOrEqual(40)
  })

  test('measures queries while passages are embedded, and sees an event loop that is held up', async () => {
    let passages = 0
    const during: number[] = []
    const { embedder } = recorder({
      async work(texts, { kind }) {
        if (kind === 'query') {
          during.push(passages)
          await wait(1)
        } else if (texts.length === 60) {
          passages++
          await wait(20)
          const until = performance.now() + 60
          while (performance.now() < until);
          await wait(60)
          passages--
        }
      },
    })
    const { rows, eventLoop } = await benchEmbed(embedder, { quick: true, countTokens: countWords })
    const loaded = rows.find(({ workload }) => workload === 'query-under-load')
    expect(during.filter((count) => count === 1)).toHaveLength(loaded?.calls ?? 0)
    expect(loaded?.calls).toBeGreaterThan(2)
    expect(eventLoop.loaded.max).toBeGreaterThan(55)
    expect(eventLoop.idle.p50).toBeGreaterThan(0)
  })

  test('tells how far it is', async () => {
    const { embedder } = recorder()
    const seen: number[][] = []
    await benchEmbed(embedder, {
      quick: true,
      countTokens: countWords,
      onProgress: (done, total) => seen.push([done, total]),
    })
    expect(seen.map(([done]) => done)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    expect(new Set(seen.map(([, total]) => total))).toEqual(new Set([10]))
  })

  test('ends with the error of a text, and with the signal', async () => {
    const error = new SemdexError('NAN_EMBEDDING', { message: 'no number' })
    const failing = recorder({ error })
    await expect(benchEmbed(failing.embedder, { quick: true, countTokens: countWords })).rejects.toBe(error)
    const { embedder, asked } = recorder()
    const controller = new AbortController()
    const call = benchEmbed(embedder, {
      quick: true,
      countTokens: countWords,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    })
    await expect(call).rejects.toMatchObject({ code: 'ABORTED' })
    expect(asked.length).toBeLessThan(200)
  })
})
