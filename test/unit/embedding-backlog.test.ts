import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Embedder, EmbedResult } from '../../src/core/ports/embedder.ts'
import { withBacklog } from '../../src/embedding/backlog.ts'
import { forEachWindow, windowsOf } from '../../src/embedding/windows.ts'
import { openTestEmbedder, specOf } from '../support/embedding.ts'

/** An embedder whose calls end when they are told to. */
function heldEmbedder() {
  const waiting: (() => void)[] = []
  const embedder: Embedder = {
    spec: specOf('all-MiniLM-L6-v2'),
    fingerprint: 'f',
    embed: () => new Promise<EmbedResult[]>((resolve) => waiting.push(() => resolve([]))),
    metrics: () => {
      throw new Error('not asked')
    },
    close: async () => undefined,
  }
  return { embedder, waiting }
}

const text = (characters: number) => ['x'.repeat(characters)]
const passage = { kind: 'passage' } as const

describe('what waits is bounded', () => {
  test('by the bytes of calls that are not done, two for a UTF-16 code unit', async () => {
    const { embedder, waiting } = heldEmbedder()
    const bounded = withBacklog(embedder, 1_000)
    const taken = [bounded.embed(text(300), passage), bounded.embed(text(200), passage)]
    await expect(bounded.embed(text(1), passage)).rejects.toMatchObject({
      code: 'EMBEDDER_BUSY',
      details: { waiting: 1_000, limit: 1_000 },
      fix: expect.stringContaining('embedding.queueBytes'),
    })
    waiting.shift()?.()
    await taken[0]
    taken.push(bounded.embed(text(300), passage))
    expect(waiting).toHaveLength(2)
    for (const end of waiting.splice(0)) end()
    await Promise.all(taken)
  })

  test('a call alone is taken whatever its size, and makes room when it fails', async () => {
    const failing = { ...heldEmbedder().embedder, embed: () => Promise.reject(new Error('failed')) }
    const bounded = withBacklog(failing, 10)
    for (let call = 0; call < 3; call++) await expect(bounded.embed(text(1_000), passage)).rejects.toThrow('failed')
  })

  test('a small query is always taken, a large one is not', async () => {
    const { embedder, waiting } = heldEmbedder()
    const bounded = withBacklog(embedder, 10)
    const large = bounded.embed(text(1_000), passage)
    const query = bounded.embed(text(100), { kind: 'query' })
    expect(waiting).toHaveLength(2)
    await expect(bounded.embed(text(50_000), { kind: 'query' })).rejects.toMatchObject({ code: 'EMBEDDER_BUSY' })
    for (const end of waiting) end()
    await Promise.all([large, query])
  })

  test('many large calls at once: refused ones cost no memory, those taken are answered', async () => {
    const embedder = await openTestEmbedder({ workers: 1, queueBytes: 4_000_000 })
    const before = process.memoryUsage.rss()
    const long = 'a passage of many words. '.repeat(40_000)
    const calls = Array.from({ length: 500 }, () => embedder.embed([long], passage))
    const outcomes = await Promise.allSettled(calls)
    const codes = outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason.code : 'ok'))
    expect(codes.slice(0, 2)).toEqual(['ok', 'ok'])
    expect(codes.slice(2)).toEqual(Array(498).fill('EMBEDDER_BUSY'))
    // All of them together have a gigabyte.
    expect(process.memoryUsage.rss() - before).toBeLessThan(300_000_000)
    await embedder.close()
  })
})

describe('windows', () => {
  const texts = fc.array(fc.string({ maxLength: 20 }), { maxLength: 60 })

  test('hold every text once, in order, and keep to their bounds or are one text', () => {
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 40 }), (all, most, characters) => {
        let next = 0
        for (const [from, to] of windowsOf(all, { texts: most, characters })) {
          expect(from).toBe(next)
          expect(to).toBeGreaterThan(from)
          const length = all.slice(from, to).join('').length
          expect(to - from === 1 || (to - from <= most && length <= characters)).toBe(true)
          next = to
        }
        expect(next).toBe(all.length)
      }),
    )
  })

  test('the first failure ends the work, after what had begun', async () => {
    const begun: number[] = []
    const ended: number[] = []
    const work = async (from: number) => {
      begun.push(from)
      await new Promise((resolve) => setTimeout(resolve, from === 0 ? 5 : 50))
      if (from === 0) throw new Error('the first')
      ended.push(from)
    }
    await expect(forEachWindow(Array(10_000).fill('x'), work)).rejects.toThrow('the first')
    expect(begun).toEqual([0, 2_048])
    expect(ended).toEqual([2_048])
  })
})
