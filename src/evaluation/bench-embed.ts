import { throwIfAborted } from '../core/errors.ts'
import type { Embedder } from '../core/ports/embedder.ts'
import { type EventLoopDelay, measureLoad, measureQueries } from './bench-embed-load.ts'
import { type BenchRow, rowOf, type TimedCall } from './bench-embed-row.ts'
import { createTextMaker, type TextMaker } from './bench-embed-texts.ts'

export interface EmbedBench {
  rows: BenchRow[]
  /** Of `chunk-100`. */
  chunksPerMinute: number
  eventLoop: { idle: EventLoopDelay; loaded: EventLoopDelay }
}

export interface BenchOptions {
  /** A fraction of the time; figures that say only that it works. */
  quick: boolean
  /** The model's tokens of a text, without special tokens. */
  countTokens: (text: string) => number
  signal?: AbortSignal
  onProgress?: (done: number, total: number) => void
}

interface Workload {
  name: string
  /** At most as many as the model reads. */
  tokens: number
  batches: readonly number[]
}

const WORKLOADS: readonly Workload[] = [
  { name: 'short', tokens: 16, batches: [1, 100, 1_000] },
  { name: 'medium', tokens: 64, batches: [1, 100] },
  { name: 'chunk', tokens: 225, batches: [1, 100, 1_000] },
  { name: 'long', tokens: 512, batches: [1, 100] },
]

/**
 * How fast an embedder is: passages by length, one by one and in batches; one query while nothing else is done and while
 * passages are embedded; and how free the event loop stays. No text is embedded twice.
 * @throws {SemdexError} `ABORTED`; what the first text that fails gives.
 */
export async function benchEmbed(embedder: Embedder, options: BenchOptions): Promise<EmbedBench> {
  const { quick, countTokens, signal, onProgress } = options
  const texts = createTextMaker(countTokens)
  const plan = WORKLOADS.flatMap(({ name, tokens, batches }) =>
    batches
      .filter((batch) => !quick || batch <= 100)
      .map((batch) => ({ name, tokens: Math.min(tokens, embedder.spec.maxTokens), batch })),
  )
  const total = plan.length + 2
  const rows: BenchRow[] = []
  await embedAll(embedder, texts.passages(quick ? 8 : 64, 16), signal)
  for (const each of plan) {
    rows.push(await measurePassages(embedder, each, texts, options))
    onProgress?.(rows.length, total)
  }
  const idle = await measureQueries(embedder, texts, { quick, signal })
  onProgress?.(total - 1, total)
  const loaded = await measureLoad(embedder, texts, { quick, signal })
  onProgress?.(total, total)
  rows.push(rowOf('query-idle', 1, idle.calls), rowOf('query-under-load', 1, loaded.calls))
  const chunks = rows.find(({ workload }) => workload === 'chunk-100') as BenchRow
  return {
    rows,
    chunksPerMinute: chunks.textsPerSecond * 60,
    eventLoop: { idle: idle.eventLoop, loaded: loaded.eventLoop },
  }
}

/** Milliseconds of calls for a row, and the fewest calls. */
const FULL = { milliseconds: 4_000, calls: { one: 30, many: 3 } }
const QUICK = { milliseconds: 150, calls: { one: 5, many: 1 } }

async function measurePassages(
  embedder: Embedder,
  { name, tokens, batch }: { name: string; tokens: number; batch: number },
  texts: TextMaker,
  { quick, signal }: BenchOptions,
): Promise<BenchRow> {
  const { milliseconds, calls: least } = quick ? QUICK : FULL
  const fewest = batch === 1 ? least.one : least.many
  const calls: TimedCall[] = []
  for (let spent = 0; spent < milliseconds || calls.length < fewest; ) {
    const call = await embedAll(embedder, texts.passages(batch, tokens), signal)
    spent += call.milliseconds
    calls.push(call)
  }
  return rowOf(`${name}-${batch}`, batch, calls)
}

/** One call, timed; a text that fails ends it. */
async function embedAll(
  embedder: Embedder,
  texts: readonly string[],
  signal: AbortSignal | undefined,
): Promise<TimedCall> {
  throwIfAborted(signal)
  const began = performance.now()
  const results = await embedder.embed(texts, { kind: 'passage', ...(signal && { signal }) })
  const milliseconds = performance.now() - began
  let tokens: number | null = 0
  for (const result of results) {
    if (!result.ok) throw result.error
    tokens = tokens === null || result.tokens === null ? null : tokens + result.tokens
  }
  return { milliseconds, tokens }
}
