import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Provider } from '../../core/configuration.ts'
import type { ModelSpec } from '../../core/model-spec.ts'
import type { Reranker } from '../../core/ports/reranker.ts'
import type { OnnxModelSettings } from '../runtimes/onnx/model.ts'
import { bytesPerThread, weightBytes } from '../runtimes/onnx/worker-pool.ts'
import { openPool } from '../scheduling/pool.ts'
import type { RerankJob, RerankValue } from './messages.ts'
import { createReranker } from './reranker.ts'

export interface RerankerSettings {
  spec: ModelSpec
  folder: string
  fingerprint: string
  /** The most worker threads; each keeps its own copy of the model and starts when it is first needed. */
  workers: number
  /** Threads of ONNX Runtime in each worker. */
  threads: number
  provider: Provider
  /** Seconds without work after which workers are unloaded; 0: never. */
  idleSeconds: number
}

/**
 * A loaded cross-encoder, in worker threads. Its files are taken as they are: `verifyModel` checks them. The provider
 * `auto` is the CPU.
 * @throws {SemdexError} `RUNTIME_UNAVAILABLE`, `PROVIDER_UNAVAILABLE`, `MODEL_DAMAGED`, `MODEL_INVALID`
 */
export async function openReranker(settings: RerankerSettings): Promise<Reranker> {
  const { spec, folder, fingerprint, workers, threads, provider, idleSeconds } = settings
  const data: OnnxModelSettings = {
    spec,
    folder,
    threads,
    provider: provider === 'auto' ? 'cpu' : provider,
    cacheDirectory: null,
  }
  const pool = await openPool<RerankJob, RerankValue>({
    module: new URL(`./worker${extname(fileURLToPath(import.meta.url))}`, import.meta.url),
    data,
    most: workers,
    bytesPerThread: bytesPerThread(await weightBytes({ spec, folder })),
    idleSeconds,
    quickens: false,
  })
  return createReranker(spec, fingerprint, pool)
}
