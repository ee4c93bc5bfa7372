import { SemdexError, throwIfAborted, toSemdexError } from '../../core/errors.ts'
import type { ModelSpec } from '../../core/model-spec.ts'
import type { Reranker, RerankResult } from '../../core/ports/reranker.ts'
import { safeText } from '../../core/text.ts'
import { planBatches } from '../batching.ts'
import type { Pool } from '../scheduling/pool.ts'
import { untilAborted } from '../until-aborted.ts'
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
  const results = new Array<RerankResult>(passages.length)
  const indexes = passages.flatMap((passage, index) => (isEmpty(passage) ? [] : [index]))
  for (const [index, passage] of passages.entries()) if (isEmpty(passage)) results[index] = emptyPassage()
  const pairs = await encodeAll(
    prompts.query + safeText(query),
    indexes.map((index) => prompts.passage + safeText(passages[index] as string)),
    context,
  )
  await Promise.all(
    planBatches(pairs.map(({ ids }) => ids.length)).map(async (batch) => {
      const scored = await scoreBatch(
        batch.map((at) => pairs[at] as PairEncoding),
        context,
      )
      for (const [row, at] of batch.entries()) results[indexes[at] as number] = scored[row] as RerankResult
    }),
  )
  return results
}

const PASSAGES_PER_JOB = 64

async function encodeAll(
  query: string,
  passages: readonly string[],
  { pool, signal }: Context,
): Promise<PairEncoding[]> {
  const slices = Array.from({ length: Math.ceil(passages.length / PASSAGES_PER_JOB) }, (_, index) =>
    passages.slice(index * PASSAGES_PER_JOB, (index + 1) * PASSAGES_PER_JOB),
  )
  const encoded = slices.map((slice) => run({ type: 'encode', query, passages: slice }, pool, signal))
  return (await Promise.all(encoded)).flat() as PairEncoding[]
}

/** A batch that fails as a whole is tried in halves, so that a failure belongs to one pair. */
async function scoreBatch(pairs: readonly PairEncoding[], context: Context): Promise<RerankResult[]> {
  try {
    const logits = (await run({ type: 'score', pairs }, context.pool, context.signal)) as Float32Array
    return pairs.map((pair, row) => resultOf(pair, logits[row] as number))
  } catch (thrown) {
    const error = ofOnePair(thrown)
    if (pairs.length === 1) return [{ ok: false, error }]
    const half = Math.ceil(pairs.length / 2)
    const halves = [pairs.slice(0, half), pairs.slice(half)]
    return (await Promise.all(halves.map((part) => scoreBatch(part, context)))).flat()
  }
}

function run(job: RerankJob, pool: RerankPool, signal: AbortSignal | undefined): Promise<RerankValue> {
  return pool.run(job, { urgent: false, signal, onTimed: () => undefined })
}

/** The error, where it may be that of one pair; others are thrown on. */
function ofOnePair(thrown: unknown): SemdexError {
  const error = toSemdexError(thrown)
  if (error.code === 'EMBEDDING_FAILED' || error.code === 'INTERNAL') return error
  throw error
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
