import { SemdexError, throwIfAborted } from '../../../core/errors.ts'
import type { ModelSpec } from '../../../core/model-spec.ts'
import type { EmbedInput, EmbedResult } from '../../../core/ports/embedder.ts'
import { norm } from '../../../core/vectors.ts'
import type { EngineJob, TextEngine } from '../../engine.ts'
import { createClient, type EmbeddingsClient, TextsRefused } from './client.ts'
import { readEndpoint } from './endpoint.ts'
import { planRequests, type RequestLimits } from './plan-requests.ts'
import { PATIENCE, type Patience } from './retry.ts'
import { createSlots, type Slots } from './slots.ts'

export interface RemoteSettings {
  spec: ModelSpec
  /** The value of the variable that the spec names; null where there is none. */
  key: string | null
  patience?: Patience
  limits?: RequestLimits
}

/**
 * Texts into vectors by a server that speaks OpenAI's `POST /embeddings`. It is first spoken to with the first text.
 * @throws {SemdexError} `MODEL_INVALID` for a spec that names no such server, `REMOTE_FAILED` where its key is not set
 */
export function openRemoteEngine({ spec, key, patience = PATIENCE, limits }: RemoteSettings): TextEngine {
  const client = createClient(readEndpoint(spec, key), spec.dimensions, patience)
  const slots = createSlots(REQUESTS_AT_A_TIME)
  return {
    embed: async (texts, job) =>
      embedAll(readableOnly(texts, spec), job, { client, slots, dimensions: spec.dimensions, limits }),
    state: () => ({ waiting: slots.waiting(), workers: 0, restarts: 0 }),
    close: () => slots.drained(),
  }
}

function readableOnly(texts: readonly EmbedInput[], { name }: ModelSpec): string[] {
  const readable = texts.filter((text) => typeof text === 'string')
  if (readable.length === texts.length) return readable
  throw new SemdexError('INVALID_INPUT', {
    message: `The tokenizer of ${name} is on its server, so token ids cannot be embedded here.`,
    fix: 'Give texts',
    details: { field: 'texts' },
  })
}

/** Enough to keep a server's own batching busy; public ones limit requests by the minute, not by number. */
const REQUESTS_AT_A_TIME = 4

interface Context {
  client: EmbeddingsClient
  slots: Slots
  dimensions: number
  limits: RequestLimits | undefined
}

/** The first request that fails for good cancels the others: their vectors would not be answered. */
async function embedAll(texts: readonly string[], job: EngineJob, context: Context): Promise<EmbedResult[]> {
  throwIfAborted(job.signal)
  const cancel = new AbortController()
  const onAbort = () => cancel.abort(job.signal?.reason)
  job.signal?.addEventListener('abort', onAbort, { once: true })
  try {
    const results = await Promise.all(
      planRequests(texts, context.dimensions, context.limits).map(async (batch) => {
        const embedded = await embedBatch(batch, { ...job, signal: cancel.signal }, context)
        job.onSettled(batch.length)
        return embedded
      }),
    )
    return results.flat()
  } catch (thrown) {
    cancel.abort(thrown)
    throw thrown
  } finally {
    job.signal?.removeEventListener('abort', onAbort)
  }
}

/** A request that is refused for what is in it is halved until the text alone that it was refused for has the error. */
async function embedBatch(texts: readonly string[], job: EngineJob, context: Context): Promise<EmbedResult[]> {
  try {
    return await request(texts, job, context)
  } catch (thrown) {
    if (!(thrown instanceof TextsRefused)) throw thrown
    if (!(await context.client.acceptsAny(job))) throw thrown.ofAllTexts()
    if (texts.length === 1) return [{ ok: false, error: thrown.ofOneText() }]
  }
  const middle = Math.ceil(texts.length / 2)
  const halves = [texts.slice(0, middle), texts.slice(middle)]
  return (await Promise.all(halves.map((half) => embedBatch(half, job, context)))).flat()
}

async function request(texts: readonly string[], job: EngineJob, { client, slots }: Context): Promise<EmbedResult[]> {
  const { urgent, signal } = job
  const queued = performance.now()
  return slots.run({ urgent, signal }, async () => {
    const began = performance.now()
    const { vectors, tokens } = await client.embed(texts, { urgent, signal })
    job.onTimed({ queue: began - queued, infer: performance.now() - began })
    return vectors.map((vector) => resultOf(vector, texts.length === 1 ? tokens : null))
  })
}

/** Servers tell the tokens of a request, not of its texts, and do not tell what they cut. */
function resultOf(vector: Float32Array, tokens: number | null): EmbedResult {
  const length = norm(vector)
  if (!Number.isFinite(length))
    return failure('NAN_EMBEDDING', 'The server gives numbers that are not finite for this text.')
  if (length === 0)
    return failure('EMPTY_EMBEDDING', 'The server gives the zero vector for this text, which has no direction.')
  return { ok: true, vector: vector.map((value) => value / length), tokens, truncated: null }
}

function failure(code: 'EMPTY_EMBEDDING' | 'NAN_EMBEDDING', message: string): EmbedResult {
  return { ok: false, error: new SemdexError(code, { message }) }
}
