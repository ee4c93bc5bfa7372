import { throwIfAborted } from '../core/errors.ts'
import type { DataSet } from './data-set.ts'
import { mean, ndcg, quantile, recall, reciprocalRank } from './metrics.ts'

export interface EvaluationReport {
  'ndcg@10': number
  'recall@10': number
  'recall@100': number
  'mrr@10': number
  queries: number
  timings: EvaluationTimings
}

/** Milliseconds. */
export interface EvaluationTimings {
  /** Making the index; 0 where it was kept from an earlier run. */
  index: number
  search: number
  p50: number
  p95: number
}

/** The documents' ids for a query, best first, at most 100. */
export type RankDocuments = (query: string) => Promise<string[]>

/** How deep rankings are judged. */
export const DEPTH = 100

/** Runs every judged query once and averages the metrics over the queries. */
export async function evaluate(
  dataSet: DataSet,
  rankDocuments: RankDocuments,
  options: { indexMilliseconds: number; signal?: AbortSignal; onProgress?: (done: number, total: number) => void },
): Promise<EvaluationReport> {
  const scores = { ndcg: [] as number[], recall10: [] as number[], recall100: [] as number[], mrr: [] as number[] }
  const latencies: number[] = []
  for (const [i, query] of dataSet.queries.entries()) {
    throwIfAborted(options.signal)
    const start = performance.now()
    const ranking = await rankDocuments(query.text)
    latencies.push(performance.now() - start)
    const judgements = dataSet.judgements.get(query.id) ?? new Map()
    scores.ndcg.push(ndcg(ranking, judgements, 10))
    scores.recall10.push(recall(ranking, judgements, 10))
    scores.recall100.push(recall(ranking, judgements, DEPTH))
    scores.mrr.push(reciprocalRank(ranking, judgements, 10))
    options.onProgress?.(i + 1, dataSet.queries.length)
  }
  return {
    'ndcg@10': round(mean(scores.ndcg)),
    'recall@10': round(mean(scores.recall10)),
    'recall@100': round(mean(scores.recall100)),
    'mrr@10': round(mean(scores.mrr)),
    queries: dataSet.queries.length,
    timings: {
      index: Math.round(options.indexMilliseconds),
      search: Math.round(latencies.reduce((sum, latency) => sum + latency, 0)),
      p50: round(quantile(latencies, 0.5)),
      p95: round(quantile(latencies, 0.95)),
    },
  }
}

function round(value: number): number {
  return Math.round(value * 1e5) / 1e5
}
