import { stat } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ModelSpec } from '../../../core/model-spec.ts'
import { openPool } from '../../scheduling/pool.ts'
import type { Encoding } from '../../tokenizing/tokenizer.ts'
import type { EncodedVectors, ModelRunner } from '../runner.ts'
import type { Job, JobValue } from './messages.ts'
import type { OnnxModelSettings } from './model.ts'
import type { PerformerSettings } from './performer.ts'

export interface PoolSettings extends Omit<OnnxModelSettings, 'purpose'> {
  /** The most workers; each loads the model once it is needed, where memory holds one more copy. */
  workers: number
  /** Seconds without work after which the workers end, until there is work again; 0: never. */
  idleSeconds: number
}

/**
 * Runs the model in worker threads, the first of which is loaded when this answers. `module` is what they run.
 * Idle workers do not keep the process alive.
 * @throws {SemdexError} what loading the model throws.
 */
export async function openWorkerPool(settings: PoolSettings, module = ownWorker()): Promise<ModelRunner> {
  const { workers, idleSeconds, ...model } = settings
  const bytes = await weightBytes(settings)
  const quickThreads = Math.min(MOST_QUICK_THREADS, availableParallelism())
  const data: PerformerSettings = { ...model, quickThreads }
  const pool = await openPool<Job, JobValue>({
    module,
    data,
    most: workers,
    bytesPerThread: bytesPerThread(bytes),
    idleSeconds,
    quickens: model.provider === 'cpu' && bytes < MOST_QUICK_BYTES && quickThreads > model.threads,
  })
  return {
    tokenize: (texts, options) =>
      pool.run({ type: 'tokenize', texts, prompt: options.prompt }, options) as Promise<Encoding[]>,
    infer: (batch, options) =>
      pool.run({ type: 'infer', batch, inputs: options.inputs }, options) as Promise<Float32Array>,
    embed: (texts, options) =>
      pool.run(
        { type: 'embed', texts, prompt: options.prompt, inputs: options.inputs },
        options,
      ) as Promise<EncodedVectors>,
    state: () => pool.state(),
    close: () => pool.close(),
  }
}

/** Weights for which a second copy, to answer lone queries sooner, costs little memory. */
const MOST_QUICK_BYTES = 200_000_000
const MOST_QUICK_THREADS = 4

/** What a worker takes: its heap with the tokenizer, ONNX Runtime's buffers, and its weights while they are rearranged. */
const BASE_BYTES = 100_000_000
const COPIES = 2

export function bytesPerThread(weights: number): number {
  return BASE_BYTES + weights * COPIES
}

export async function weightBytes({ spec, folder }: { spec: ModelSpec; folder: string }): Promise<number> {
  const files = spec.files.filter(({ role }) => role !== 'tokenizer')
  // A file that is not there is the loading's to tell.
  const sizes = files.map(({ path }) =>
    stat(join(folder, path))
      .then(({ size }) => size)
      .catch(() => 0),
  )
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
}

function ownWorker(): URL {
  return new URL(`./worker${extname(fileURLToPath(import.meta.url))}`, import.meta.url)
}
