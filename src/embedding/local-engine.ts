import { SemdexError } from '../core/errors.ts'
import type { EmbedInput, EmbedResult } from '../core/ports/embedder.ts'
import { norm } from '../core/vectors.ts'
import { planBatches } from './batching.ts'
import type { EngineJob, TextEngine } from './engine.ts'
import { inHalves } from './in-halves.ts'
import type { ModelRunner } from './runtimes/runner.ts'
import { allSettled } from './settled.ts'
import type { Encoding } from './tokenizing/tokenizer.ts'
import { windowsOf } from './windows.ts'

/** Tokenize → batch → infer, over a runner. A lone text goes as one job; many are tokenized first and batched by length. */
export function createLocalEngine(runner: ModelRunner, dimensions: number): TextEngine {
  return {
    embed: (texts, job) => (texts.length === 1 ? embedOne : embedMany)(texts, { runner, dimensions, job }),
    state: () => runner.state(),
    close: () => runner.close(),
  }
}

interface Context {
  runner: ModelRunner
  dimensions: number
  job: EngineJob
}

async function embedOne(texts: readonly EmbedInput[], { runner, dimensions, job }: Context): Promise<EmbedResult[]> {
  const [result] = await inHalves(texts, async (alone, retries) => {
    const { encodings, vectors } = await runner.embed(alone, { ...job, retries })
    return encodings.map((encoding, row) => resultOf(encoding, vectors, row, dimensions))
  })
  job.onSettled(1)
  return [asResult(result)]
}

async function embedMany(texts: readonly EmbedInput[], context: Context): Promise<EmbedResult[]> {
  const encodings = await tokenizeAll(texts, context)
  const results = encodings.map((encoding) => (encoding instanceof SemdexError ? asResult(encoding) : null))
  const readable = results.flatMap((failed, at) => (failed ? [] : [at]))
  context.job.onSettled(texts.length - readable.length)
  const batches = planBatches(readable.map((at) => (encodings[at] as Encoding).ids.length))
  await allSettled(
    batches.map(async (batch) => {
      const places = batch.map((row) => readable[row] as number)
      const embedded = await embedBatch(
        places.map((at) => encodings[at] as Encoding),
        context,
      )
      for (const [row, at] of places.entries()) results[at] = embedded[row] as EmbedResult
      context.job.onSettled(batch.length)
    }),
  )
  return results as EmbedResult[]
}

/** What a worker tokenizes at a time: a query waits for it. */
const TOKENIZED = { texts: 64, characters: 250_000 }

async function tokenizeAll(
  texts: readonly EmbedInput[],
  { runner, job }: Context,
): Promise<(Encoding | SemdexError)[]> {
  const slices = [...windowsOf(texts, TOKENIZED)].map(([from, to]) => texts.slice(from, to))
  const tokenize = (slice: readonly EmbedInput[], retries: number) => runner.tokenize(slice, { ...job, retries })
  return (await allSettled(slices.map((slice) => inHalves(slice, tokenize)))).flat()
}

async function embedBatch(batch: readonly Encoding[], { runner, dimensions, job }: Context): Promise<EmbedResult[]> {
  const embedded = await inHalves(batch, async (part, retries) => {
    const ids = part.map((encoding) => encoding.ids)
    const vectors = await runner.infer(ids, { ...job, retries })
    return part.map(({ ids: { length: tokens }, truncated }, row) =>
      resultOf({ tokens, truncated }, vectors, row, dimensions),
    )
  })
  return embedded.map(asResult)
}

function asResult(result: EmbedResult | SemdexError | undefined): EmbedResult {
  if (result === undefined) throw new TypeError('the runner answered less than it was asked')
  return result instanceof SemdexError ? { ok: false, error: result } : result
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
