import assert from 'node:assert/strict'
import type { Reranker, RerankResult } from '../core/ports/reranker.ts'
import { type Runner, rejectsWith, using } from './runner.ts'

export interface RerankerExpectations {
  /** How far a passage's logit may be from the one that it gets in other company; 1e-5 unless told. */
  batchDifference?: number
}

const QUERY = 'How do I list files sorted by size?'
const PASSAGES: readonly [string, ...string[]] = [
  'ls -S lists the files, largest first.',
  'The cat sat on the mat.',
  'help',
  'Files are sorted by name unless another order is asked for, as by size or by the time they were changed.',
]

/** What `Reranker` promises, asserted of a new reranker that `create` opens for each test. */
export function rerankerContract(
  name: string,
  create: () => Promise<Reranker>,
  { describe, test }: Runner,
  { batchDifference = 1e-5 }: RerankerExpectations = {},
): void {
  const check = (title: string, body: (reranker: Reranker) => Promise<void>) => test(title, () => using(create, body))

  describe(`Reranker: ${name}`, () => {
    check('a logit and its score from 0 to 1 for each passage', async (reranker) => {
      for (const result of await reranker.rerank(QUERY, PASSAGES)) {
        const { logit, score, tokens, truncated } = reranked(result)
        assert.ok(Number.isFinite(logit))
        assert.ok(Math.abs(score - 1 / (1 + Math.exp(-logit))) < 1e-12)
        assert.ok(tokens > 0 && tokens <= reranker.spec.maxTokens)
        assert.equal(truncated, false)
      }
    })

    check('results come in the order of the passages, whatever their lengths', async (reranker) => {
      const passages = numbered(90).map((text, at) => `${text} ${'files '.repeat(at % 7)}`)
      const together = await reranker.rerank(QUERY, passages)
      assert.equal(together.length, passages.length)
      for (const at of [0, 17, 64, 89]) {
        const [alone] = await reranker.rerank(QUERY, [passages[at] as string])
        assertAlike(alone, together[at], batchDifference)
      }
    })

    check('no passages, no results', async (reranker) => {
      assert.deepEqual(await reranker.rerank(QUERY, []), [])
    })

    check('a passage without a readable character has an error of its own', async (reranker) => {
      const passages = [PASSAGES[0], '', 'help', '\u0000\u0007\u200b']
      const results = await reranker.rerank(QUERY, passages)
      const codes = results.map((result) => (result.ok ? 'ok' : result.error.code))
      assert.deepEqual(codes, ['ok', 'EMPTY_EMBEDDING', 'ok', 'EMPTY_EMBEDDING'])
      const [alone] = await reranker.rerank(QUERY, [PASSAGES[0]])
      assertAlike(results[0], alone, batchDifference)
    })

    check('a query without a readable character is refused', async (reranker) => {
      await rejectsWith('INVALID_INPUT', reranker.rerank('', PASSAGES))
      await rejectsWith('INVALID_INPUT', reranker.rerank('\u0000\u200b', PASSAGES))
    })

    check('lone surrogates and NULs are read', async (reranker) => {
      const passages = ['left \ud800 right', 'left \udc00', 'left \u0000 right']
      for (const result of await reranker.rerank('\udfff query', passages)) assert.ok(result.ok)
    })

    check('what is beyond the limit is cut and flagged', async (reranker) => {
      const { maxTokens } = reranker.spec
      const long = 'file size '.repeat(maxTokens)
      for (const [query, passage] of [
        [QUERY, long],
        [long, 'help'],
        [long, long],
      ] as const) {
        const [result] = await reranker.rerank(query, [passage])
        const { tokens, truncated } = reranked(result)
        assert.deepEqual({ tokens, truncated }, { tokens: maxTokens, truncated: true })
      }
    })

    check('callers at the same time get what they would get one after another', async (reranker) => {
      const calls = Array.from({ length: 12 }, (_, at) => PASSAGES.map((text) => `${text} ${'size '.repeat(at)}`))
      const serial: RerankResult[][] = []
      for (const passages of calls) serial.push(await reranker.rerank(QUERY, passages))
      const concurrent = await Promise.all(calls.map((passages) => reranker.rerank(QUERY, passages)))
      for (const [call, results] of concurrent.entries()) {
        for (const [at, result] of results.entries()) assertAlike(result, serial[call]?.[at], batchDifference)
      }
    })

    check('the event loop turns while it works', async (reranker) => {
      let turns = 0
      const timer = setInterval(() => turns++, 1)
      await reranker.rerank(QUERY, numbered(200))
      clearInterval(timer)
      assert.ok(turns > 0)
    })

    check('a signal that has fired, or fires, rejects with ABORTED, and later calls are answered', async (reranker) => {
      const passages = numbered(2_000)
      await rejectsWith('ABORTED', reranker.rerank(QUERY, passages, { signal: AbortSignal.abort() }))
      const controller = new AbortController()
      const call = reranker.rerank(QUERY, passages, { signal: controller.signal })
      setImmediate(() => controller.abort())
      await rejectsWith('ABORTED', call)
      assert.equal((await reranker.rerank(QUERY, PASSAGES)).length, PASSAGES.length)
    })

    check('close waits for the work under way, may be called again, and ends the reranker', async (reranker) => {
      const call = reranker.rerank(QUERY, numbered(40))
      await Promise.all([reranker.close(), reranker.close()])
      for (const result of await call) assert.ok(result.ok)
      await reranker.close()
      await rejectsWith('EMBEDDER_CLOSED', reranker.rerank(QUERY, PASSAGES))
    })
  })
}

function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, at) => `${PASSAGES[at % PASSAGES.length]} ${at}`)
}

function reranked(result: RerankResult | undefined): RerankResult & { ok: true } {
  if (!result?.ok) throw result?.error ?? new Error('no result')
  return result
}

function assertAlike(actual: RerankResult | undefined, expected: RerankResult | undefined, most: number): void {
  const difference = Math.abs(reranked(actual).logit - reranked(expected).logit)
  assert.ok(difference <= most, `the logits differ by ${difference}, at most ${most} expected`)
}
