import { describe, expect, test } from 'vitest'
import { mean, ndcg, quantile, recall, reciprocalRank } from '../../../src/evaluation/metrics.ts'

/** a and b are relevant, a more so; c was judged irrelevant, d harmful. */
const judgements = new Map([
  ['a', 2],
  ['b', 1],
  ['c', 0],
  ['d', -2],
])

describe('by hand', () => {
  test('nDCG with linear gains', () => {
    const best = 2 + 1 / Math.log2(3)
    expect(ndcg(['a', 'b'], judgements, 10)).toBe(1)
    expect(ndcg(['b', 'a'], judgements, 10)).toBeCloseTo((1 + 2 / Math.log2(3)) / best, 12)
    expect(ndcg(['b', 'a'], judgements, 10)).toBeCloseTo(0.8597186998521972, 12)
    expect(ndcg(['x', 'c', 'd', 'a'], judgements, 10)).toBeCloseTo(2 / Math.log2(5) / best, 12)
    expect(ndcg(['x', 'a'], judgements, 1)).toBe(0)
    expect(ndcg(['b', 'a'], judgements, 1)).toBe(0.5)
    expect(ndcg([], judgements, 10)).toBe(0)
  })

  test('recall', () => {
    expect(recall(['a', 'c', 'd', 'b'], judgements, 3)).toBe(0.5)
    expect(recall(['a', 'c', 'd', 'b'], judgements, 4)).toBe(1)
    expect(recall(['a'], judgements, 100)).toBe(0.5)
    expect(recall([], judgements, 10)).toBe(0)
  })

  test('reciprocal rank', () => {
    expect(reciprocalRank(['b'], judgements, 10)).toBe(1)
    expect(reciprocalRank(['c', 'd', 'x', 'b', 'a'], judgements, 10)).toBe(0.25)
    expect(reciprocalRank(['c', 'd', 'x', 'b'], judgements, 3)).toBe(0)
    expect(reciprocalRank([], judgements, 10)).toBe(0)
  })

  test('mean and quantiles by the nearest rank', () => {
    expect(mean([1, 2, 6])).toBe(3)
    const values = [5, 1, 4, 2, 3]
    expect([0, 0.2, 0.21, 0.5, 0.95, 1].map((q) => quantile(values, q))).toEqual([1, 1, 2, 3, 5, 5])
    expect(values).toEqual([5, 1, 4, 2, 3])
    expect(quantile([], 0.5)).toBe(0)
    expect(quantile([7], 0.95)).toBe(7)
  })
})
