import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ndcg, quantile, recall, reciprocalRank } from '../../../src/evaluation/metrics.ts'

const ids = Array.from({ length: 12 }, (_, i) => `d${i}`)
const judged = fc
  .dictionary(fc.constantFrom(...ids), fc.integer({ min: -2, max: 3 }), { minKeys: 1 })
  .map((scores) => new Map(Object.entries(scores)))
  .filter((scores) => [...scores.values()].some((score) => score > 0))
const ranking = fc.shuffledSubarray([...ids, 'unjudged-1', 'unjudged-2'])
const depth = fc.integer({ min: 1, max: 20 })

test('metrics agree with loops that follow trec_eval', () => {
  fc.assert(
    fc.property(ranking, judged, depth, (list, scores, k) => {
      const naive = trecEval(list, scores, k)
      expect(ndcg(list, scores, k)).toBeCloseTo(naive.ndcg, 12)
      expect(recall(list, scores, k)).toBeCloseTo(naive.recall, 12)
      expect(reciprocalRank(list, scores, k)).toBeCloseTo(naive.reciprocalRank, 12)
    }),
    { numRuns: 1_000 },
  )
})

test('metrics lie between 0 and 1, and the best order reaches 1', () => {
  fc.assert(
    fc.property(ranking, judged, depth, (list, scores, k) => {
      for (const metric of [ndcg, recall, reciprocalRank]) {
        expect(metric(list, scores, k)).toBeGreaterThanOrEqual(0)
        expect(metric(list, scores, k)).toBeLessThanOrEqual(1 + 1e-12)
      }
      const best = [...scores].sort((a, b) => b[1] - a[1]).map(([id]) => id)
      expect(ndcg(best, scores, k)).toBeCloseTo(1, 12)
      expect(reciprocalRank(best, scores, k)).toBe(1)
      expect(recall(best, scores, best.length)).toBe(1)
    }),
  )
})

test('what is ranked beyond the depth changes nothing, nor do judgements of 0 and below', () => {
  fc.assert(
    fc.property(ranking, judged, depth, (list, scores, k) => {
      const relevant = new Map([...scores].filter(([, score]) => score > 0))
      for (const metric of [ndcg, recall, reciprocalRank]) {
        expect(metric(list.slice(0, k), scores, k)).toBe(metric(list, scores, k))
        expect(metric(list, relevant, k)).toBe(metric(list, scores, k))
      }
    }),
  )
})

test('documents of the same judgement can change places', () => {
  fc.assert(
    fc.property(ranking, judged, depth, fc.nat(), fc.nat(), (list, scores, k, x, y) => {
      fc.pre(list.length > 1)
      const [i, j] = [x % list.length, y % list.length]
      const [one, other] = [list[i] as string, list[j] as string]
      fc.pre(Math.max(0, scores.get(one) ?? 0) === Math.max(0, scores.get(other) ?? 0))
      const swapped = list.with(i, other).with(j, one)
      expect(ndcg(swapped, scores, k)).toBeCloseTo(ndcg(list, scores, k), 12)
    }),
  )
})

test('a quantile is the least value that enough values do not exceed', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer(), { minLength: 1, maxLength: 30 }),
      fc.double({ min: 0.01, max: 1, noNaN: true }),
      (values, q) => {
        const enough = (bound: number) => values.filter((value) => value <= bound).length >= q * values.length
        expect(quantile(values, q)).toBe(Math.min(...values.filter(enough)))
      },
    ),
  )
})

function trecEval(list: string[], scores: Map<string, number>, k: number) {
  let gained = 0
  let found = 0
  let first = 0
  for (let rank = 1; rank <= k && rank <= list.length; rank++) {
    const score = scores.get(list[rank - 1] as string)
    if (score === undefined || score <= 0) continue
    gained += (score * Math.LN2) / Math.log(rank + 1)
    found++
    if (first === 0) first = rank
  }
  const gains = [...scores.values()].filter((score) => score > 0).sort((a, b) => b - a)
  let ideal = 0
  for (let rank = 1; rank <= k && rank <= gains.length; rank++)
    ideal += ((gains[rank - 1] ?? 0) * Math.LN2) / Math.log(rank + 1)
  return { ndcg: gained / ideal, recall: found / gains.length, reciprocalRank: first === 0 ? 0 : 1 / first }
}
