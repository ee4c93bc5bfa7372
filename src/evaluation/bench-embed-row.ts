import { quantile } from './metrics.ts'

/** One kind of work. Latencies are those of calls, in milliseconds. */
export interface BenchRow {
  workload: string
  /** Texts in a call. */
  batch: number
  calls: number
  texts: number
  /** Milliseconds of all calls. */
  milliseconds: number
  textsPerSecond: number
  /** Tokens that the model read, special tokens included; null where the model does not tell. */
  tokensPerSecond: number | null
  p50: number
  p95: number
  p99: number
}

export interface TimedCall {
  milliseconds: number
  tokens: number | null
}

export function rowOf(workload: string, batch: number, calls: readonly TimedCall[]): BenchRow {
  const latencies = calls.map((call) => call.milliseconds)
  const milliseconds = latencies.reduce((sum, latency) => sum + latency, 0)
  const tokens = calls.reduce<number | null>(
    (sum, call) => (sum === null || call.tokens === null ? null : sum + call.tokens),
    0,
  )
  const texts = batch * calls.length
  return {
    workload,
    batch,
    calls: calls.length,
    texts,
    milliseconds,
    textsPerSecond: texts / (milliseconds / 1_000),
    tokensPerSecond: tokens === null ? null : tokens / (milliseconds / 1_000),
    p50: quantile(latencies, 0.5),
    p95: quantile(latencies, 0.95),
    p99: quantile(latencies, 0.99),
  }
}
