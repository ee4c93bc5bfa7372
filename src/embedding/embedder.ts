import type { DebugEvent } from '../core/debug.ts'
import { type ErrorCode, SemdexError, throwIfAborted, toSemdexError } from '../core/errors.ts'
import type { EmbeddingTask, ModelSpec } from '../core/model-spec.ts'
import type {
  Embedder,
  EmbedderMetrics,
  EmbedInput,
  EmbedOptions,
  EmbedResult,
  EmbedTimings,
} from '../core/ports/embedder.ts'
import { safeText } from '../core/text.ts'
import { type CachedEmbedding, createCachedEmbedding } from './embed-cached.ts'
import type { EngineJob, TextEngine } from './engine.ts'
import { assertMatryoshka, cut } from './matryoshka.ts'
import type { ResultCache } from './result-cache.ts'
import { addTimings, noMetrics, noTimings } from './timings.ts'
import { untilAborted } from './until-aborted.ts'
import { forEachWindow } from './windows.ts'

/** The port's promises on top of an engine: prompts, empty texts, cache, dimensions, timings, aborting and closing. */
export function createEmbedder(
  spec: ModelSpec,
  fingerprint: string,
  engine: TextEngine,
  cache: ResultCache | null = null,
  onDebug?: (event: DebugEvent) => void,
): Embedder {
  const running = new Set<Promise<unknown>>()
  const totals = noMetrics()
  const context = { spec, engine, embedCached: createCachedEmbedding(cache), totals, onDebug }
  let closing: Promise<void> | null = null

  async function closeAfterWork(): Promise<void> {
    await Promise.allSettled(running)
    await Promise.all([engine.close(), cache?.close()])
  }

  return {
    spec,
    fingerprint,
    async embed(texts, options) {
      if (closing) throw closed(spec)
      throwIfAborted(options.signal)
      const work = embedCounted(texts, options, context)
      running.add(work)
      try {
        return await untilAborted(work, options.signal)
      } finally {
        work.catch(() => undefined).finally(() => running.delete(work))
      }
    },
    metrics() {
      const { waiting, workers, restarts } = engine.state()
      return { ...totals, timings: { ...totals.timings }, waiting, workers, restarts }
    },
    close() {
      closing ??= closeAfterWork()
      return closing
    },
  }
}

interface Context {
  spec: ModelSpec
  engine: TextEngine
  embedCached: CachedEmbedding
  totals: EmbedderMetrics
  onDebug: ((event: DebugEvent) => void) | undefined
}

/** What one call took, and what it adds to the metrics. */
interface Counts {
  failed: number
  tokens: number
  cacheHits: number
  cacheMisses: number
  timings: EmbedTimings
}

async function embedCounted(
  texts: readonly EmbedInput[],
  options: EmbedOptions,
  context: Context,
): Promise<EmbedResult[]> {
  const { spec, totals, onDebug } = context
  const counts: Counts = { failed: 0, tokens: 0, cacheHits: 0, cacheMisses: 0, timings: noTimings() }
  const began = performance.now()
  let error: ErrorCode | null = null
  try {
    const results = await embedTexts(texts, options, context, counts)
    counts.failed = results.filter(({ ok }) => !ok).length
    counts.timings.total = performance.now() - began
    addCall(totals, texts.length, counts)
    options.onTimings?.(counts.timings)
    return results
  } catch (thrown) {
    error = toSemdexError(thrown).code
    throw thrown
  } finally {
    onDebug?.(eventOf(spec, texts.length, options, counts, error))
  }
}

async function embedTexts(
  texts: readonly EmbedInput[],
  options: EmbedOptions,
  { spec, engine, embedCached }: Context,
  counts: Counts,
): Promise<EmbedResult[]> {
  const { kind, task, signal, dimensions = spec.dimensions, onProgress } = options
  const { prompt, inputs } = taskOf(options, spec)
  assertMatryoshka(dimensions, spec)
  const results = new Array<EmbedResult>(texts.length)
  let done = 0
  const settled = (count: number) => {
    done += count
    if (count > 0 && !signal?.aborted) onProgress?.(done)
  }

  const variant = task === undefined ? kind : `${kind} ${task} ${JSON.stringify(inputs)}`
  const job: EngineJob = {
    urgent: kind === 'query',
    prompt,
    inputs,
    signal,
    onSettled: settled,
    onTimed: (timings) => addTimings(counts.timings, timings),
  }
  const embed = async (missing: readonly EmbedInput[]) => (missing.length === 0 ? [] : engine.embed(missing, job))
  await forEachWindow(texts, async (from, to) => {
    throwIfAborted(signal)
    const indexes = readableTexts(texts, from, to, results)
    settled(to - from - indexes.length)
    const isText = (index: number) => typeof texts[index] === 'string'
    const [written, tokenized] = [indexes.filter(isText), indexes.filter((index) => !isText(index))]
    const prompted = written.map((index) => prompt + safeText(texts[index] as string))
    const embedded = await embedCached(prompted, variant, counts, { embed, onFound: settled })
    embedded.push(...(await embedTokens(tokenized, texts, embed, counts)))
    for (const [at, index] of [...written, ...tokenized].entries())
      results[index] = flagRepaired(cut(embedded[at] as EmbedResult, dimensions), texts[index] as EmbedInput)
  })
  return results
}

/** After the result cache, where the repaired text is one with the text that has U+FFFD itself. */
function flagRepaired(result: EmbedResult, text: EmbedInput): EmbedResult {
  return result.ok && typeof text === 'string' && !text.isWellFormed() ? { ...result, repaired: true } : result
}

/** The result cache knows texts alone. */
async function embedTokens(
  indexes: readonly number[],
  texts: readonly EmbedInput[],
  embed: (ids: readonly EmbedInput[]) => Promise<EmbedResult[]>,
  counts: Counts,
): Promise<EmbedResult[]> {
  const results = await embed(indexes.map((index) => texts[index] as EmbedInput))
  for (const result of results) if (result.ok) counts.tokens += result.tokens ?? 0
  return results
}

/** The indexes of texts that a model can read; the others of this range get their error. */
function readableTexts(texts: readonly EmbedInput[], from: number, to: number, results: EmbedResult[]): number[] {
  const indexes: number[] = []
  for (let index = from; index < to; index++) {
    if (isEmpty(texts[index] as EmbedInput)) results[index] = emptyText()
    else indexes.push(index)
  }
  return indexes
}

function taskOf({ kind, task }: EmbedOptions, { name, prompts, inputs, tasks }: ModelSpec): EmbeddingTask {
  if (task === undefined) {
    const values = Object.entries(inputs).map(([input, byKind]) => [input, byKind[kind]])
    return { prompt: prompts[kind], inputs: Object.fromEntries(values) as Record<string, number> }
  }
  if (Object.hasOwn(tasks, task)) return tasks[task] as EmbeddingTask
  const known = Object.keys(tasks)
  throw new SemdexError('INVALID_INPUT', {
    message: `The model ${name} has no task ${task}.`,
    fix: known.length > 0 ? `Name one of ${known.join(', ')}` : 'Leave the task out: the model has none',
    details: { field: 'task', known },
  })
}

/** Control and format characters are all that is in it, if anything. */
function isEmpty(text: EmbedInput): boolean {
  return typeof text !== 'string' ? text.length === 0 : !/[^\p{Cc}\p{Cf}]/u.test(text)
}

function emptyText(): EmbedResult {
  const message = 'The text is empty: there is nothing in it that a model could read.'
  return { ok: false, error: new SemdexError('EMPTY_EMBEDDING', { message }) }
}

function addCall(totals: EmbedderMetrics, texts: number, { timings, ...counts }: Counts): void {
  totals.calls++
  totals.texts += texts
  for (const [name, count] of Object.entries(counts)) totals[name as keyof typeof counts] += count
  addTimings(totals.timings, timings)
}

function eventOf(
  { name }: ModelSpec,
  texts: number,
  { kind, task }: EmbedOptions,
  { failed, tokens, cacheHits, timings }: Counts,
  error: ErrorCode | null,
): DebugEvent {
  const time = new Date().toISOString()
  return {
    event: 'embed',
    time,
    model: name,
    kind,
    task: task ?? null,
    texts,
    failed,
    tokens,
    cacheHits,
    ms: timings,
    error,
  }
}

function closed({ name }: ModelSpec): SemdexError {
  return new SemdexError('EMBEDDER_CLOSED', { message: `The embedder of ${name} is closed.` })
}
