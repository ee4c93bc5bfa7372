import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ModelSpec } from '../../src/core/model-spec.ts'
import type { Embedder } from '../../src/core/ports/embedder.ts'
import { createEmbedder } from '../../src/embedding/embedder.ts'
import { createLocalEngine } from '../../src/embedding/local-engine.ts'
import { openWorkerPool } from '../../src/embedding/runtimes/onnx/worker-pool.ts'
import type { JobOptions, JobTimings, ModelRunner } from '../../src/embedding/runtimes/runner.ts'
import { embeddingFingerprint } from '../../src/models/fingerprint.ts'
import { locateModel } from '../../src/models/locate.ts'

/** Milliseconds of all jobs since it was reset, added up. */
export interface JobSums {
  jobs: number
  queue: number
  tokenize: number
  infer: number
  /** Of `infer`, what was for batches, not for lone texts. */
  inBatches: number
  pool: number
  /** What is left of a job between asking and having its answer: messages, copies, and both threads' event loops. */
  messages: number
}

export interface ProfiledEmbedder {
  embedder: Embedder
  spec: ModelSpec
  folder: string
  sums: JobSums
  /** The token ids of every batch since it was reset, in the order in which they were asked for. */
  batches: Int32Array[][]
  reset(): void
}

/** The default model as the library runs it, without a result cache, told what every one of its jobs takes. */
export async function openProfiled(workers: number): Promise<ProfiledEmbedder> {
  const places = { modelFolders: [], cacheDirectory: join(tmpdir(), 'semdex-bench') }
  const { spec, folder } = await locateModel('all-MiniLM-L6-v2', places)
  if (folder === null) throw new Error('the default model is not installed (npm ci)')
  const runner = await openWorkerPool({
    spec,
    folder,
    threads: 1,
    provider: 'cpu',
    cacheDirectory: null,
    workers,
    idleSeconds: 0,
  })
  const profile = { sums: noSums(), batches: [] as Int32Array[][] }
  const engine = createLocalEngine(profiled(runner, profile), spec.dimensions)
  return Object.assign(profile, {
    spec,
    folder,
    embedder: createEmbedder(spec, embeddingFingerprint(spec) as string, engine),
    reset: () => Object.assign(profile, { sums: noSums(), batches: [] }),
  })
}

function noSums(): JobSums {
  return { jobs: 0, queue: 0, tokenize: 0, infer: 0, inBatches: 0, pool: 0, messages: 0 }
}

function profiled(runner: ModelRunner, profile: { sums: JobSums; batches: Int32Array[][] }): ModelRunner {
  async function timed<T>(options: JobOptions, run: (options: JobOptions) => Promise<T>, isBatch = false): Promise<T> {
    const { sums } = profile
    let job: JobTimings = {}
    const began = performance.now()
    const onTimed = (timings: JobTimings) => {
      job = timings
      options.onTimed(timings)
    }
    const value = await run({ ...options, onTimed })
    const { load = 0, queue = 0, tokenize = 0, infer = 0, pool = 0 } = job
    sums.jobs++
    sums.queue += queue
    sums.tokenize += tokenize
    sums.infer += infer
    if (isBatch) sums.inBatches += infer
    sums.pool += pool
    sums.messages += performance.now() - began - load - queue - tokenize - infer - pool
    return value
  }
  return {
    ...runner,
    tokenize: (texts, options) => timed(options, (same) => runner.tokenize(texts, same)),
    infer(batch, options) {
      profile.batches.push([...batch])
      return timed(options, (same) => runner.infer(batch, same), true)
    },
    embed: (texts, options) => timed(options, (same) => runner.embed(texts, same)),
  }
}
