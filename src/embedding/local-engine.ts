import { SemdexError, toSemdexError } from '../core/errors.ts'
import type { EmbedResult } from '../core/ports/embedder.ts'
import { norm } from '../core/vectors.ts'
import { planBatches } from './batching.ts'
import type { EngineJob, TextEngine } from './engine.ts'
import type { ModelRunner } from './runtimes/runner.ts'
import type { Encoding } from './tokenizer.ts'

/** Tokenize → batch → infer, over a runner. Few texts go as one job; many are tokenized first and batched by length. */
export function createLocalEngine(runner: ModelRunner, dimensions: number): TextEngine {
  return {
    embed: (texts, job) =>
      texts.length <= FEW ? embedFew(texts, runner, dimensions, job) : embedMany(texts, runner, dimensions, job),
    state: () => runner.state(),
    close: () => runner.close(),
  }
}

/** Texts that are not worth a second job: what is lost by padding them to the longest is less than a wait for a worker. */
const FEW = 1

async function embedFew(
  texts: readonly string[],
  runner: ModelRunner,
  dimensions: number,
  job: EngineJob,
): Promise<EmbedResult[]> {
  try {
    const { encodings, vectors } = await runner.embed(texts, job)
    const results = encodings.map((encoding, row) => resultOf(encoding, vectors, row, dimensions))
    job.onSettled(results.length)
    return results
  } catch (thrown) {
    const error = ofOneText(thrown)
    if (texts.length === 1) return [{ ok: false, error }]
    return embedMany(texts, runner, dimensions, job)
  }
}

async function embedMany(
  texts: readonly string[],
  runner: ModelRunner,
  dimensions: number,
  job: EngineJob,
): Promise<EmbedResult[]> {
  const results = new Array<EmbedResult>(texts.length)
  const encodings = await tokenizeAll(texts, runner, job)
  await Promise.all(
    planBatches(encodings.map(({ ids }) => ids.length)).map(async (batch) => {
      const embedded = await embedBatch(
        batch.map((at) => encodings[at] as Encoding),
        runner,
        dimensions,
        job,
      )
      for (const [row, at] of batch.entries()) results[at] = embedded[row] as EmbedResult
      job.onSettled(batch.length)
    }),
  )
  return results
}

const TEXTS_PER_JOB = 64

async function tokenizeAll(texts: readonly string[], runner: ModelRunner, job: EngineJob): Promise<Encoding[]> {
  const slices = Array.from({ length: Math.ceil(texts.length / TEXTS_PER_JOB) }, (_, index) =>
    texts.slice(index * TEXTS_PER_JOB, (index + 1) * TEXTS_PER_JOB),
  )
  return (await Promise.all(slices.map((slice) => runner.tokenize(slice, job)))).flat()
}

/** A batch that fails as a whole is tried text by text, so that a failure belongs to one text. */
async function embedBatch(
  batch: readonly Encoding[],
  runner: ModelRunner,
  dimensions: number,
  job: EngineJob,
): Promise<EmbedResult[]> {
  try {
    const ids = batch.map((encoding) => encoding.ids)
    const vectors = await runner.infer(ids, job)
    return batch.map(({ ids: { length: tokens }, truncated }, row) =>
      resultOf({ tokens, truncated }, vectors, row, dimensions),
    )
  } catch (thrown) {
    const error = ofOneText(thrown)
    if (batch.length === 1) return [{ ok: false, error }]
    return (await Promise.all(batch.map((encoding) => embedBatch([encoding], runner, dimensions, job)))).flat()
  }
}

/** The error, where it may be that of one text; others are thrown on. */
function ofOneText(thrown: unknown): SemdexError {
  const error = toSemdexError(thrown)
  if (error.code === 'EMBEDDING_FAILED' || error.code === 'INTERNAL') return error
  throw error
}

function resultOf(
  { tokens, truncated }: { tokens: number; truncated: boolean },
  vectors: Float32Array,
  row: number,
  dimensions: number,
): EmbedResult {
  const vector = vectors.slice(row * dimensions, (row + 1) * dimensions)
  const length = norm(vector)
  if (!Number.isFinite(length)) return notANumber()
  if (length === 0) return zeroVector()
  return { ok: true, vector, tokens, truncated }
}

function zeroVector(): EmbedResult {
  return failure('EMPTY_EMBEDDING', 'The model gives the zero vector for this text, which has no direction.')
}

function notANumber(): EmbedResult {
  return failure('NAN_EMBEDDING', 'The model gives numbers that are not finite for this text.')
}

function failure(code: 'EMPTY_EMBEDDING' | 'NAN_EMBEDDING', message: string): EmbedResult {
  return { ok: false, error: new SemdexError(code, { message }) }
}
