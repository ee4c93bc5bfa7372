import type { EmbedderMetrics, EmbedTimings } from '../core/ports/embedder.ts'
import type { JobTimings } from './runtimes/runner.ts'

export function noTimings(): EmbedTimings {
  return { total: 0, load: 0, queue: 0, tokenize: 0, infer: 0, pool: 0 }
}

export function noMetrics(): EmbedderMetrics {
  const counts = { calls: 0, texts: 0, failed: 0, tokens: 0, cacheHits: 0, cacheMisses: 0 }
  return { ...counts, waiting: 0, workers: 0, restarts: 0, timings: noTimings() }
}

export function addTimings(sum: EmbedTimings, added: JobTimings & { total?: number }): void {
  for (const [stage, milliseconds] of Object.entries(added)) sum[stage as keyof EmbedTimings] += milliseconds as number
}
