import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Embedder, EmbedResult } from '../core/ports/embedder.ts'
import { cosine, norm } from '../core/vectors.ts'

export interface EmbedderUnderTest {
  create: () => Promise<Embedder>
  /**
   * How near a text's vector is to the one that it gets in other company, as a cosine; 1 − 1e-6 unless told.
   * Quantised models choose their scales by the batch.
   */
  batchCosine?: number
}

const TEXTS = [
  'How do I list files sorted by size?',
  'The cat sat on the mat.',
  'help',
  'Largest files first: ls -S',
  'A kitten lay on the carpet, and the rain ran down the window for the rest of the afternoon.',
]

/** What the port `Embedder` promises, sentence by sentence. `create` opens a new embedder each time it is called. */
export function embedderContract(name: string, { create, batchCosine = 1 - 1e-6 }: EmbedderUnderTest): void {
  describe(`Embedder: ${name}`, () => {
    let embedder: Embedder
    beforeAll(async () => {
      embedder = await create()
    })
    afterAll(() => embedder.close())

    const passages = (texts: readonly string[]) => embedder.embed(texts, { kind: 'passage' })

    test('answers a unit vector of the spec’s dimensions for each text', async () => {
      for (const result of await passages(TEXTS)) {
        const { vector, tokens, truncated } = embedded(result)
        expect(vector).toBeInstanceOf(Float32Array)
        expect(vector).toHaveLength(embedder.spec.dimensions)
        expect(norm(vector)).toBeCloseTo(1, 5)
        expect(tokens).toBeGreaterThan(0)
        expect(truncated).toBe(false)
      }
    })

    test('answers in the order of the texts, whatever their lengths', async () => {
      const texts = Array.from({ length: 60 }, (_, at) => `${TEXTS[at % TEXTS.length]} ${'more words '.repeat(at % 7)}`)
      const together = await passages(texts)
      expect(together).toHaveLength(texts.length)
      for (const at of [0, 17, 33, 59]) {
        const [alone] = await passages([texts[at] as string])
        expectAlike(alone, together[at], batchCosine)
      }
    })

    test('answers no texts with no results', async () => {
      expect(await passages([])).toEqual([])
    })

    test('a text that gives no vector has an error of its own and costs the others nothing', async () => {
      const results = await passages([TEXTS[0] as string, '', TEXTS[1] as string, '\u0000\u0007\u200b'])
      expect(results.map(({ ok }) => ok)).toEqual([true, false, true, false])
      for (const result of results) if (!result.ok) expect(result.error.code).toBe('EMPTY_EMBEDDING')
    })

    test('lone surrogates and NULs are embedded', async () => {
      const results = await passages(['left \ud800 right', 'left \udc00', 'left \u0000 right', '\udfff'])
      expect(results.every(({ ok }) => ok)).toBe(true)
    })

    test('a text beyond the limit is cut and flagged', async () => {
      const { maxTokens } = embedder.spec
      const words = 'one two '.repeat(maxTokens)
      const result = embedded((await passages([words]))[0])
      expect(result.truncated).toBe(true)
      expect(result.tokens).toBe(maxTokens)
    })

    test('a query is prompted as a query and a passage as a passage', async () => {
      const text = TEXTS[0] as string
      const { prompts } = embedder.spec
      const [query] = await embedder.embed([text], { kind: 'query' })
      const [passage] = await embedder.embed([text], { kind: 'passage' })
      if (prompts.query === prompts.passage) expectAlike(query, passage, 1 - 1e-6)
      else expect(cosine(embedded(query).vector, embedded(passage).vector)).toBeLessThan(1 - 1e-4)
    })

    test('callers at the same time get what they would get one after another', async () => {
      const calls = Array.from({ length: 12 }, (_, at) => TEXTS.map((text) => `${text} ${at}`))
      const serial: EmbedResult[][] = []
      for (const texts of calls) serial.push(await passages(texts))
      const concurrent = await Promise.all(calls.map(passages))
      for (const [call, results] of concurrent.entries()) {
        for (const [at, result] of results.entries()) expectAlike(result, serial[call]?.[at], batchCosine)
      }
    })

    test('progress grows to the number of texts and not beyond', async () => {
      const seen: number[] = []
      const texts = Array.from({ length: 100 }, (_, at) => `${TEXTS[at % TEXTS.length]} ${at}`)
      await embedder.embed(texts, { kind: 'passage', onProgress: (done) => seen.push(done) })
      expect(seen).toEqual([...seen].sort((a, b) => a - b))
      expect(seen.at(-1)).toBe(texts.length)
    })

    test('a signal that has fired, or fires, rejects with ABORTED, and later calls are answered', async () => {
      const texts = Array.from({ length: 300 }, (_, at) => `${TEXTS[4]} ${at}`)
      await expect(embedder.embed(texts, { kind: 'passage', signal: AbortSignal.abort() })).rejects.toMatchObject({
        code: 'ABORTED',
      })
      const controller = new AbortController()
      const call = embedder.embed(texts, {
        kind: 'passage',
        signal: controller.signal,
        onProgress: () => controller.abort(),
      })
      await expect(call).rejects.toMatchObject({ code: 'ABORTED' })
      expect(await passages(TEXTS)).toHaveLength(TEXTS.length)
    })

    test('close waits for the work under way, may be called again, and ends the embedder', async () => {
      const own = await create()
      const texts = Array.from({ length: 40 }, (_, at) => `${TEXTS[at % TEXTS.length]} ${at}`)
      const call = own.embed(texts, { kind: 'passage' })
      await Promise.all([own.close(), own.close()])
      expect((await call).every(({ ok }) => ok)).toBe(true)
      await own.close()
      await expect(own.embed(TEXTS, { kind: 'query' })).rejects.toMatchObject({ code: 'EMBEDDER_CLOSED' })
    })
  })
}

function embedded(result: EmbedResult | undefined): EmbedResult & { ok: true } {
  if (!result?.ok) throw result?.error ?? new Error('no result')
  return result
}

function expectAlike(actual: EmbedResult | undefined, expected: EmbedResult | undefined, least: number): void {
  expect(cosine(embedded(actual).vector, embedded(expected).vector)).toBeGreaterThanOrEqual(least)
}
