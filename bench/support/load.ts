import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fromRepository } from '../../scripts/support/paths.ts'
import type { LoadPlan, LoadResult } from './http-load.ts'
import { quantile } from './spread.ts'

/** Runs a load in a process of its own, so that it does not wait for what it measures. */
export async function load(plan: Omit<LoadPlan, 'patience'> & { patience?: number }): Promise<LoadResult> {
  const child = fork(fromRepository('bench/support/http-load.ts'))
  child.send({ patience: 30, ...plan } satisfies LoadPlan)
  const [result] = await once(child, 'message')
  await once(child, 'exit')
  return result as LoadResult
}

/** Milliseconds. */
export function latencyOf(times: readonly number[]) {
  return {
    requests: times.length,
    p50: quantile(times, 0.5),
    p95: quantile(times, 0.95),
    p99: quantile(times, 0.99),
    max: Math.max(...times),
  }
}
