import assert from 'node:assert/strict'
import type { Embedder, EmbedResult } from '../core/ports/embedder.ts'
import { cosine, norm } from '../core/vectors.ts'
import { type Runner, rejectsWith, using } from './runner.ts'

export interface EmbedderExpectations {
  /**
   * How near a text's vector is at least to the one that it gets in other company, as a cosine; 1 − 1e-6 unless told.
   * Quantised models choose their scales by the batch.
   */
  batchCosine?: number
  /** True for a server that tells neither the tokens of one text among several nor what it cut. */
  silent?: boolean
  /** True for a model that has no token for U+FFFD, so that a text of nothing else is empty to it. */
  readsNoReplacement?: boolean
  /** The ids of a text by the model's own tokenizer, without special tokens; left out where it is elsewhere. */
  tokenize?: (text: string) => Promise<readonly number[]>
  /** Bytes that may wait, at most a few megabytes and at least 200,000; what is beyond them is not tried where it is left out. */
  queueBytes?: number
}

const TEXTS: readonly [string, ...string[]] = [
  'How do I list files sorted by size?',
  'The cat sat on the mat.',
  'help',
  'Largest files first: ls -S',
  'A kitten lay on the carpet, and the rain ran down the window for the rest of the afternoon.',
]

/** What `Embedder` promises, asserted of a new embedder that `create` opens for each test. */
export function embedderContract(
  name: string,
  create: () => Promise<Embedder>,
  { describe, test }: Runner,
  {
    batchCosine = 1 - 1e-6,
    silent = false,
    readsNoReplacement = false,
    tokenize,
    queueBytes,
  }: EmbedderExpectations = {},
): void {
  const check = (title: string, body: (embedder: Embedder) => Promise<void>) => test(title, () => using(create, body))

  describe(`Embedder: ${name}`, () => {
    check('a unit vector of the spec’s dimensions for each text', async (embedder) => {
      for (const result of await embedder.embed(TEXTS, { kind: 'passage' })) {
        const { vector, tokens, truncated } = embedded(result)
        assert.ok(vector instanceof Float32Array)
        assert.equal(vector.length, embedder.spec.dimensions)
        assert.ok(Math.abs(norm(vector) - 1) < 1e-5)
        if (!silent) assert.ok(tokens !== null && tokens > 0)
        assert.equal(truncated, silent ? null : false)
      }
    })

    check('results come in the order of the texts, whatever their lengths', async (embedder) => {
      const texts = numbered(60).map((text, at) => `${text} ${'more words '.repeat(at % 7)}`)
      const together = await embedder.embed(texts, { kind: 'passage' })
      assert.equal(together.length, texts.length)
      for (const at of [0, 17, 33, 59]) {
        const [alone] = await embedder.embed([texts[at] as string], { kind: 'passage' })
        assertAlike(alone, together[at], batchCosine)
      }
    })

    check('no texts, no results', async (embedder) => {
      assert.deepEqual(await embedder.embed([], { kind: 'passage' }), [])
    })

    check('a text that gives no vector has an error of its own and costs the others nothing', async (embedder) => {
      const results = await embedder.embed([TEXTS[0], '', 'help', '\u0000\u0007\u200b'], { kind: 'passage' })
      const codes = results.map((result) => (result.ok ? 'ok' : result.error.code))
      assert.deepEqual(codes, ['ok', 'EMPTY_EMBEDDING', 'ok', 'EMPTY_EMBEDDING'])
    })

    check('lone surrogates and NULs are embedded, and the repaired texts flagged', async (embedder) => {
      const texts = ['left \ud800 right', 'left \udc00', 'left \u0000 right', 'left \ufffd right']
      const results = await embedder.embed(texts, { kind: 'passage' })
      assert.deepEqual(
        results.map((result) => embedded(result).repaired),
        [true, true, undefined, undefined],
      )
      assert.deepEqual(embedded(results[0]).vector, embedded(results[3]).vector)
      const [alone] = await embedder.embed(['\udfff'], { kind: 'passage' })
      if (readsNoReplacement) assert.equal(!alone?.ok && alone?.error.code, 'EMPTY_EMBEDDING')
      else assert.ok(alone?.ok)
    })

    check('a text beyond the limit is cut and flagged', async (embedder) => {
      const { maxTokens } = embedder.spec
      const [result] = await embedder.embed(['one two '.repeat(maxTokens)], { kind: 'passage' })
      const { truncated, tokens } = embedded(result)
      if (silent) assert.equal(truncated, null)
      else assert.deepEqual({ truncated, tokens }, { truncated: true, tokens: maxTokens })
    })

    check('a query gets the query’s prompt and a passage the passage’s', async (embedder) => {
      const { prompts } = embedder.spec
      const [query] = await embedder.embed([TEXTS[0]], { kind: 'query' })
      const [passage] = await embedder.embed([TEXTS[0]], { kind: 'passage' })
      if (prompts.query === prompts.passage) assertAlike(query, passage, 1 - 1e-6)
      else assert.ok(cosine(embedded(query).vector, embedded(passage).vector) < 1 - 1e-4)
    })

    check(
      'token ids give what their text gives, and what the tokenizer lacks is an error of its own',
      async (embedder) => {
        const { maxTokens } = embedder.spec
        const beyond = Int32Array.of(2 ** 31 - 1)
        if (!tokenize) return rejectsWith('INVALID_INPUT', embedder.embed(['help', beyond], { kind: 'passage' }))
        const ids = await Promise.all(TEXTS.map(async (text) => Int32Array.from(await tokenize(text))))
        for (const kind of ['query', 'passage'] as const) {
          const texts = await embedder.embed(TEXTS, { kind })
          const results = await embedder.embed([...ids, beyond, 'help', new Int32Array()], { kind })
          for (const [at, text] of texts.entries()) {
            assertAlike(results[at], text, batchCosine)
            assert.equal(embedded(results[at]).tokens, embedded(text).tokens)
          }
          const codes = results.slice(TEXTS.length).map((result) => (result.ok ? 'ok' : result.error.code))
          assert.deepEqual(codes, ['EMBEDDING_FAILED', 'ok', 'EMPTY_EMBEDDING'])
        }
        const long = Int32Array.from({ length: maxTokens + 1 }, () => ids[0]?.[0] as number)
        const { truncated, tokens } = embedded((await embedder.embed([long], { kind: 'passage' }))[0])
        assert.deepEqual({ truncated, tokens }, { truncated: true, tokens: maxTokens })
      },
    )

    check('callers at the same time get what they would get one after another', async (embedder) => {
      const calls = Array.from({ length: 12 }, (_, at) => TEXTS.map((text) => `${text} ${at}`))
      const serial: EmbedResult[][] = []
      for (const texts of calls) serial.push(await embedder.embed(texts, { kind: 'passage' }))
      const concurrent = await Promise.all(calls.map((texts) => embedder.embed(texts, { kind: 'passage' })))
      for (const [call, results] of concurrent.entries()) {
        for (const [at, result] of results.entries()) assertAlike(result, serial[call]?.[at], batchCosine)
      }
    })

    check('progress grows to the number of texts and not beyond', async (embedder) => {
      const seen: number[] = []
      const texts = [...numbered(100), '']
      await embedder.embed(texts, { kind: 'passage', onProgress: (done) => seen.push(done) })
      assert.deepEqual(
        seen,
        [...seen].sort((a, b) => a - b),
      )
      assert.equal(seen.at(-1), texts.length)
    })

    check('a signal that has fired, or fires, rejects with ABORTED, and later calls are answered', async (embedder) => {
      const texts = numbered(300)
      const fired = { kind: 'passage', signal: AbortSignal.abort() } as const
      await rejectsWith('ABORTED', embedder.embed(texts, fired))
      const controller = new AbortController()
      const { signal } = controller
      const call = embedder.embed(texts, { kind: 'passage', signal, onProgress: () => controller.abort() })
      await rejectsWith('ABORTED', call)
      assert.equal((await embedder.embed(TEXTS, { kind: 'passage' })).length, TEXTS.length)
    })

    if (queueBytes !== undefined) {
      check('what waits is bounded: a call beyond it is refused, a query is not', async (embedder) => {
        const texts = numbered(10).map((text) => `${text} ${'word '.repeat(queueBytes / 50)}`)
        const first = embedder.embed(texts, { kind: 'passage' })
        await rejectsWith('EMBEDDER_BUSY', embedder.embed(texts, { kind: 'passage' }))
        for (const result of await embedder.embed(['now'], { kind: 'query' })) assert.ok(result.ok)
        for (const result of await first) assert.ok(result.ok)
        for (const result of await embedder.embed(texts, { kind: 'passage' })) assert.ok(result.ok)
      })
    }

    check('close waits for the work under way, may be called again, and ends the embedder', async (embedder) => {
      const call = embedder.embed(numbered(40), { kind: 'passage' })
      await Promise.all([embedder.close(), embedder.close()])
      for (const result of await call) assert.ok(result.ok)
      await embedder.close()
      await rejectsWith('EMBEDDER_CLOSED', embedder.embed(TEXTS, { kind: 'query' }))
    })
  })
}

function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, at) => `${TEXTS[at % TEXTS.length]} ${at}`)
}

function embedded(result: EmbedResult | undefined): EmbedResult & { ok: true } {
  if (!result?.ok) throw result?.error ?? new Error('no result')
  return result
}

function assertAlike(actual: EmbedResult | undefined, expected: EmbedResult | undefined, least: number): void {
  const similarity = cosine(embedded(actual).vector, embedded(expected).vector)
  assert.ok(similarity >= least, `cosine ${similarity}, at least ${least} expected`)
}
