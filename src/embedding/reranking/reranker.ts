import { SemdexError, throwIfAborted } from '../../core/errors.ts'
import type { ModelSpec } from '../../core/model-spec.ts'
import type { Reranker, RerankResult } from '../../core/ports/reranker.ts'
import { safeText } from '../../core/text.ts'
import { planBatches } from '../batching.ts'
import { inHalves } from '../in-halves.ts'
import type { Pool } from '../scheduling/pool.ts'
import { allSettled } from '../settled.ts'
import { untilAborted } from '../until-aborted.ts'
import { windowsOf } from '../windows.ts'
import type { RerankJob, RerankValue } from './messages.ts'
import type { PairEncoding } from './pairs.ts'

type RerankPool = Pick<Pool<RerankJob, RerankValue>, 'run' | 'close'>

/** The port's promises on top of a pool: empty passages, batches by length, failures of one pair, aborting and closing. */
export function createReranker(spec: ModelSpec, fingerprint: string, pool: RerankPool): Reranker {
  const running = new Set<Promise<unknown>>()
  let closing: Promise<void> | null = null

  async function closeAfterWork(): Promise<void> {
    await Promise.allSettled(running)
    await pool.close()
  }

  return {
    spec,
    fingerprint,
    async rerank(query, passages, { signal } = {}) {
      if (closing) throw closed(spec)
      throwIfAborted(signal)
      if (isEmpty(query)) throw emptyQuery()
      const work = rerankAll(query, passages, { spec, pool, signal })
      running.add(work)
      try {
        return await untilAborted(work, signal)
      } finally {
        work.catch(() => undefined).finally(() => running.delete(work))
      }
    },
    close() {
      closing ??= closeAfterWork()
      return closing
    },
  }
}

interface Context {
  spec: ModelSpec
  pool: RerankPool
  signal: AbortSignal | undefined
}

async function rerankAll(query: string, passages: readonly string[], context: Context): Promise<RerankResult[]> {
  const { prompts } = context.spec
  const indexes = passages.flatMap((passage, index) => (isEmpty(passage) ? [] : [index]))
  const pairs = await encodeAll(
    prompts.query + safeText(query),
    indexes.map((index) => prompts.passage + safeText(passages[index] as string)),
    context,
  )
  const results = new Array<RerankResult>(passages.length)
  for (const [index, passage] of passages.entries()) if (isEmpty(passage)) results[index] = emptyPassage()
  const encoded = pairs.flatMap((pair, row) => {
    if (!(pair instanceof SemdexError)) return [{ pair, index: indexes[row] as number }]
    results[indexes[row] as number] = { ok: false, error: pair }
    return []
  })
  await allSettled(
    planBatches(encoded.map(({ pair }) => pair.ids.length)).map(async (batch) => {
      const part = batch.map((at) => encoded[at] as (typeof encoded)[number])
      const scored = await scoreBatch(
        part.map(({ pair }) => pair),
        context,
      )
      for (const [row, { index }] of part.entries()) results[index] = scored[row] as RerankResult
    }),
  )
  return results
}

const PASSAGES_PER_JOB = { texts: 64, characters: 250_000 }

async function encodeAll(query: string, passages: readonly string[], context: Context) {
  const slices = [...windowsOf(passages, PASSAGES_PER_JOB)].map(([from, to]) => passages.slice(from, to))
  const encode = async (slice: readonly string[], retries: number) =>
    (await run({ type: 'encode', query, passages: slice }, context, retries)) as PairEncoding[]
  return (await allSettled(slices.map((slice) => inHalves(slice, encode)))).flat()
}

async function scoreBatch(pairs: readonly PairEncoding[], context: Context): Promise<RerankResult[]> {
  const scored = await inHalves(pairs, async (part, retries) => {
    const logits = (await run({ type: 'score', pairs: part }, context, retries)) as Float32Array
    return part.map((pair, row) => resultOf(pair, logits[row] as number))
  })
  return scored.map((result) => (result instanceof SemdexError ? { ok: false, error: result } : result))
}

function run(job: RerankJob, { pool, signal }: Context, retries: number): Promise<RerankValue> {
  return pool.run(job, { urgent: false, signal, retries, onTimed: () => undefined })
}

function resultOf({ ids: { length: tokens }, truncated }: PairEncoding, logit: number): RerankResult {
  if (!Number.isFinite(logit)) return notANumber()
  return { ok: true, logit, score: 1 / (1 + Math.exp(-logit)), tokens, truncated }
}

/** Control and format characters are all that is in it, if anything. */
function isEmpty(text: string): boolean {
  return !/[^\p{Cc}\p{Cf}]/u.test(text)
}

function emptyPassage(): RerankResult {
  const message = 'The passage is empty: there is nothing in it that a model could read.'
  return { ok: false, error: new SemdexError('EMPTY_EMBEDDING', { message }) }
}

function notANumber(): RerankResult {
  const message = 'The model gives a number that is not finite for this passage.'
  return { ok: false, error: new SemdexError('NAN_EMBEDDING', { message }) }
}

function emptyQuery(): SemdexError {
  return new SemdexError('INVALID_INPUT', {
    message: 'The query is empty: there is nothing in it that a model could read.',
    details: { field: 'query' },
  })
}

function closed({ name }: ModelSpec): SemdexError {
  return new SemdexError('EMBEDDER_CLOSED', { message: `The reranker ${name} is closed.` })
}
