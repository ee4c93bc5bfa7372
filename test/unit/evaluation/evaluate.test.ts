import { expect, test } from 'vitest'
import type { DataSet } from '../../../src/evaluation/data-set.ts'
import { evaluate } from '../../../src/evaluation/evaluate.ts'

const dataSet: DataSet = {
  name: 'tiny',
  documents: [],
  queries: [
    { id: 'q1', text: 'first' },
    { id: 'q2', text: 'second' },
  ],
  judgements: new Map([
    ['q1', new Map([['a', 1]])],
    [
      'q2',
      new Map([
        ['a', 2],
        ['b', 1],
        ['c', 0],
      ]),
    ],
  ]),
}

const RANKINGS: Record<string, string[]> = {
  first: ['x', 'a'],
  second: [...Array.from({ length: 10 }, (_, i) => `x${i}`), 'a'],
}

test('metrics are the means over the queries, to five digits', async () => {
  const progress: [number, number][] = []
  const report = await evaluate(dataSet, async (query) => RANKINGS[query] ?? [], {
    indexMilliseconds: 12.6,
    onProgress: (done, total) => progress.push([done, total]),
  })
  expect(report).toMatchObject({
    'ndcg@10': 0.31546,
    'recall@10': 0.5,
    'recall@100': 0.75,
    'mrr@10': 0.25,
    queries: 2,
    timings: { index: 13 },
  })
  expect(progress).toEqual([
    [1, 2],
    [2, 2],
  ])
  expect(report.timings.p50).toBeLessThanOrEqual(report.timings.p95)
})

test('an abort ends it, and an error is not a score', async () => {
  const controller = new AbortController()
  const ranked = async () => {
    controller.abort()
    return []
  }
  await expect(evaluate(dataSet, ranked, { indexMilliseconds: 0, signal: controller.signal })).rejects.toMatchObject({
    code: 'ABORTED',
  })
  await expect(evaluate(dataSet, () => Promise.reject(new Error('no')), { indexMilliseconds: 0 })).rejects.toThrow('no')
})
