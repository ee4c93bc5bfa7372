import { availableParallelism, cpus, totalmem } from 'node:os'
import * as v from 'valibot'
import type { Parts } from '../core/parts.ts'
import { benchEmbed } from '../evaluation/bench-embed.ts'
import type { EventLoopDelay } from '../evaluation/bench-embed-load.ts'
import type { BenchRow } from '../evaluation/bench-embed-row.ts'
import { operation } from './operation.ts'
import { Count, ModelName } from './schemas.ts'

/** Chunks a minute below which indexing is not worth waiting for. */
const CHUNKS_PER_MINUTE_FLOOR = 200

const Delay = v.object({ p50_ms: v.number(), p99_ms: v.number(), max_ms: v.number() })

export const benchEmbedding = operation({
  name: 'bench.embed',
  summary: 'Measure how fast a model embeds on this machine.',
  access: 'admin',
  agents: false,
  job: 'once',
  input: v.strictObject({
    model: v.optional(ModelName),
    quick: v.optional(v.pipe(v.boolean(), v.description('A few seconds; figures that are only rough')), false),
  }),
  output: v.object({
    model: v.string(),
    rows: v.array(
      v.object({
        workload: v.string(),
        batch: Count,
        calls: Count,
        texts: Count,
        duration_ms: v.number(),
        texts_per_s: v.number(),
        tokens_per_s: v.nullable(v.number()),
        p50_ms: v.number(),
        p95_ms: v.number(),
        p99_ms: v.number(),
      }),
    ),
    load_ms: v.number(),
    /** The most that the process had in memory. */
    rss_mb: v.number(),
    chunks_per_minute: v.object({ measured: v.number(), floor: v.number() }),
    event_loop: v.object({ idle: Delay, loaded: Delay }),
    precision: v.string(),
    runtime: v.string(),
    provider: v.string(),
    workers: Count,
    threads: Count,
    /** Texts that were looked for in the result cache; 0 where it is off. */
    cache_lookups: Count,
    quick: v.boolean(),
    machine: v.object({ cpu: v.string(), cores: Count, memory_gb: v.number(), system: v.string(), node: v.string() }),
  }),
  async run(parts, { model, quick }, { signal, onProgress }) {
    const chosen = model ?? parts.configuration.model
    const { name, spec } = await parts.models.resolve(chosen)
    const began = performance.now()
    const embedder = await parts.models.embedder(chosen)
    await embedder.embed(['The first text waits for the model.'], { kind: 'passage', ...(signal && { signal }) })
    const loadMilliseconds = performance.now() - began
    const bench = await benchEmbed(embedder, {
      quick,
      countTokens: await tokenCounter(parts, chosen),
      ...(signal && { signal }),
      onProgress: (done, total) => onProgress?.({ stage: 'bench', done, total, unit: 'measurements' }),
    })
    const { provider, workers, threads } = parts.configuration
    const { cacheHits, cacheMisses } = embedder.metrics()
    return {
      model: name,
      rows: bench.rows.map(rowOutput),
      load_ms: round(loadMilliseconds),
      rss_mb: round(process.resourceUsage().maxRSS / 1_024),
      chunks_per_minute: { measured: round(bench.chunksPerMinute), floor: CHUNKS_PER_MINUTE_FLOOR },
      event_loop: { idle: delayOutput(bench.eventLoop.idle), loaded: delayOutput(bench.eventLoop.loaded) },
      precision: spec.precision,
      runtime: spec.runtime,
      provider,
      workers,
      threads,
      cache_lookups: cacheHits + cacheMisses,
      quick,
      machine: machine(),
    }
  },
})

/** The model's own count; of a model without a tokenizer here, words and a quarter. */
async function tokenCounter(parts: Parts, model: string | null): Promise<(text: string) => number> {
  const counter = await parts.models.tokenCounter(model)
  return counter ? (text) => counter.count(text) : (text) => Math.ceil(text.split(' ').length * 1.25)
}

function rowOutput({ workload, batch, calls, texts, milliseconds, ...row }: BenchRow) {
  return {
    workload,
    batch,
    calls,
    texts,
    duration_ms: round(milliseconds),
    texts_per_s: round(row.textsPerSecond),
    tokens_per_s: row.tokensPerSecond === null ? null : round(row.tokensPerSecond),
    p50_ms: round(row.p50),
    p95_ms: round(row.p95),
    p99_ms: round(row.p99),
  }
}

function delayOutput({ p50, p99, max }: EventLoopDelay) {
  return { p50_ms: round(p50), p99_ms: round(p99), max_ms: round(max) }
}

function machine() {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memory_gb: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${process.arch}`,
    node: process.version,
  }
}

function round(value: number): number {
  return Math.round(value * 1_000) / 1_000
}
