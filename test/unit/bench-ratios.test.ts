import { describe, expect, test } from 'vitest'
import { BASELINE } from '../../bench/peers/contenders.ts'
import type { Row } from '../../bench/peers/measure.ts'
import { ratiosOf } from '../../bench/peers/ratios.ts'
import { WORKLOADS, type Workload } from '../../bench/peers/workloads.ts'
import { quantile, spreadOf } from '../../bench/support/spread.ts'

const row = (name: string, figure: string, values: number[]): Row => ({
  name,
  runtime: '',
  precision: 'int8',
  options: { threads: null, batch: null },
  guard: null,
  spread: { [figure]: spreadOf(values) },
  runs: values.map((value) => ({ [figure]: value })),
})

describe('ratios of a benchmark', () => {
  test('medians and quartiles are interpolated', () => {
    expect(spreadOf([4, 1, 3, 2])).toEqual({ median: 2.5, low: 1.75, high: 3.25 })
    expect(quantile([10, 20, 30], 0.95)).toBeCloseTo(29)
    expect(spreadOf([7])).toEqual({ median: 7, low: 7, high: 7 })
  })

  test('a throughput is compared with the fastest peer and the baseline, round by round', () => {
    const rows = [
      row(BASELINE, 'textsPerSecond', [10, 20, 10]),
      row('semdex', 'textsPerSecond', [40, 60, 26]),
      row('fastembed', 'textsPerSecond', [20, 40, 20]),
    ]
    expect(ratiosOf(rows, WORKLOADS.long as Workload)).toEqual([
      {
        against: 'fastembed',
        role: 'fastest',
        ratio: { median: 1.5, low: 1.4, high: 1.75 },
        aim: 'at least 1.2',
        met: true,
      },
      {
        against: BASELINE,
        role: 'baseline',
        ratio: { median: 3, low: 2.8, high: 3.5 },
        aim: 'at least 3',
        met: true,
      },
    ])
  })

  test('of times the fastest peer is the one that takes least, and an aim that is missed is said to be', () => {
    const rows = [row('semdex', 'p50', [6, 6]), row(BASELINE, 'p50', [8, 8]), row('fastembed', 'p50', [5, 5])]
    const [fastest, baseline] = ratiosOf(rows, WORKLOADS.query as Workload)
    expect(fastest).toMatchObject({ against: 'fastembed', ratio: { median: 1.2 }, aim: 'at most 1.05', met: false })
    expect(baseline).toMatchObject({ against: BASELINE, ratio: { median: 0.75 }, aim: null, met: null })
  })

  test('without Semdex there is no ratio', () => {
    expect(ratiosOf([row(BASELINE, 'p50', [1])], WORKLOADS.query as Workload)).toEqual([])
  })
})
