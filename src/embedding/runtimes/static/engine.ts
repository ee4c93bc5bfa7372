import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SemdexError, throwIfAborted, toSemdexError } from '../../../core/errors.ts'
import type { ModelSpec } from '../../../core/model-spec.ts'
import type { EmbedInput, EmbedResult } from '../../../core/ports/embedder.ts'
import { norm } from '../../../core/vectors.ts'
import type { EngineJob, TextEngine } from '../../engine.ts'
import { openPool, type Pool } from '../../scheduling/pool.ts'
import type { EncodedVectors } from '../runner.ts'
import { openStaticModel, readModelTable, type StaticJob, type StaticModelSettings } from './model.ts'
import { openUnloading } from './unloading.ts'

export interface StaticSettings {
  spec: ModelSpec
  folder: string
  mode: 'threads' | 'inline'
  /** The most worker threads. The table is in memory once, whatever their number. */
  workers: number
  /** Seconds without work after which workers and table are let go; 0: never. */
  idleSeconds: number
}

type Run = Pool<StaticJob, EncodedVectors>

/**
 * A model that is a table: the mean of the text's token vectors, in plain TypeScript.
 * @throws {SemdexError} `MODEL_DAMAGED`, `MODEL_INVALID`
 */
export async function openStaticEngine(given: StaticSettings): Promise<TextEngine> {
  const { spec, folder, mode, workers, idleSeconds } = given
  const open = async () => {
    const settings = { spec, folder, table: await readModelTable({ spec, folder }) }
    return mode === 'inline' ? openInline(settings) : openThreads(settings, workers)
  }
  const pool = await openUnloading(open, idleSeconds)
  return {
    embed: (texts, job) => embedAll(texts, job, pool, spec.dimensions),
    state: () => pool.state(),
    close: () => pool.close(),
  }
}

/** What a worker's heap takes beside the table: most of it is the vocabulary. */
const BYTES_PER_THREAD = 100_000_000

function openThreads(settings: StaticModelSettings, most: number): Promise<Run> {
  const module = new URL(`./worker${extname(fileURLToPath(import.meta.url))}`, import.meta.url)
  return openPool({ module, data: settings, most, bytesPerThread: BYTES_PER_THREAD, idleSeconds: 0, quickens: false })
}

/** On the calling thread, which it blocks: for a command that embeds one query and ends. */
async function openInline(settings: StaticModelSettings): Promise<Run> {
  const model = await openStaticModel(settings)
  return {
    async run({ texts, prompt }, { signal, onTimed }) {
      throwIfAborted(signal)
      const { value, timings } = model.embed(texts, prompt)
      onTimed(timings)
      return value
    },
    state: () => ({ waiting: 0, workers: 1, restarts: 0 }),
    close: async () => undefined,
  }
}

async function embedAll(texts: readonly EmbedInput[], job: EngineJob, pool: Run, dimensions: number) {
  const batches = await Promise.all(
    planJobs(texts).map(async (batch) => {
      const results = await embedBatch(batch, job, pool, dimensions)
      job.onSettled(batch.length)
      return results
    }),
  )
  return batches.flat()
}

/** Some milliseconds of work, for which a query may have to wait. */
const TEXTS_PER_JOB = 64
const CHARACTERS_PER_JOB = 16_000

function planJobs(texts: readonly EmbedInput[]): EmbedInput[][] {
  const jobs: EmbedInput[][] = []
  let current: EmbedInput[] = []
  let characters = 0
  for (const text of texts) {
    if (current.length === TEXTS_PER_JOB || (current.length > 0 && characters + text.length > CHARACTERS_PER_JOB)) {
      jobs.push(current)
      current = []
      characters = 0
    }
    current.push(text)
    characters += text.length
  }
  return current.length > 0 ? [...jobs, current] : jobs
}

/** A batch that fails as a whole is tried text by text, so that a failure belongs to one text. */
async function embedBatch(
  batch: readonly EmbedInput[],
  job: EngineJob,
  pool: Run,
  dimensions: number,
): Promise<EmbedResult[]> {
  try {
    const { encodings, vectors } = await pool.run({ texts: batch, prompt: job.prompt }, job)
    return encodings.map((encoding, row) => resultOf(encoding, vectors.slice(row * dimensions, (row + 1) * dimensions)))
  } catch (thrown) {
    const error = toSemdexError(thrown)
    if (error.code !== 'EMBEDDING_FAILED' && error.code !== 'INTERNAL') throw error
    if (batch.length === 1) return [{ ok: false, error }]
    return (await Promise.all(batch.map((text) => embedBatch([text], job, pool, dimensions)))).flat()
  }
}

function resultOf(encoding: { tokens: number; truncated: boolean }, vector: Float32Array): EmbedResult {
  const length = norm(vector)
  if (length > 0 && Number.isFinite(length)) return { ok: true, vector, ...encoding }
  const error =
    length === 0
      ? new SemdexError('EMPTY_EMBEDDING', { message: 'The model knows no word of this text.' })
      : new SemdexError('NAN_EMBEDDING', { message: 'The model gives numbers that are not finite for this text.' })
  return { ok: false, error }
}
