import type { Provider } from '../core/configuration.ts'
import type { DebugEvent } from '../core/debug.ts'
import type { ModelSpec } from '../core/model-spec.ts'
import type { Embedder } from '../core/ports/embedder.ts'
import { withBacklog } from './backlog.ts'
import { createEmbedder } from './embedder.ts'
import type { TextEngine } from './engine.ts'
import type { ResultCache } from './result-cache.ts'
import { openOnnxRunner } from './runtimes/onnx/open-runner.ts'

export interface EmbedderSettings {
  spec: ModelSpec
  folder: string
  fingerprint: string
  /** `threads`: worker threads run the model. `inline`: the calling thread does, and is blocked while it does. */
  mode: 'threads' | 'inline'
  /** The most worker threads; each keeps its own copy of the model and starts when it is first needed. */
  workers: number
  /** Threads of ONNX Runtime in each worker. */
  threads: number
  provider: Provider
  /** Bytes of the texts that may be in work and wait, two for each UTF-16 code unit; a call beyond it is refused. */
  queueBytes: number
  /** Seconds without work after which workers are unloaded; 0: never. */
  idleSeconds: number
  /** Where an inline model keeps files that make its next start faster; null for none. */
  cacheDirectory: string | null
  /** Vectors of texts that were embedded before; closed with the embedder. */
  cache: ResultCache | null
  /** The key for a remote model; null for none. */
  remoteKey: string | null
  onDebug?: ((event: DebugEvent) => void) | undefined
}

/**
 * A loaded model. Its files are taken as they are: `verifyModel` checks them.
 * @throws {SemdexError} `RUNTIME_UNAVAILABLE`, `PROVIDER_UNAVAILABLE`, `MODEL_DAMAGED`, `MODEL_INVALID`; `REMOTE_FAILED` where a
 * remote model's key is not set
 */
export async function openEmbedder(settings: EmbedderSettings): Promise<Embedder> {
  const { spec, fingerprint, cache, onDebug, queueBytes } = settings
  return withBacklog(createEmbedder(spec, fingerprint, await openEngine(settings), cache, onDebug), queueBytes)
}

async function openEngine(settings: EmbedderSettings): Promise<TextEngine> {
  const { spec, remoteKey: key } = settings
  if (spec.runtime === 'remote') return (await import('./runtimes/remote/engine.ts')).openRemoteEngine({ spec, key })
  if (spec.runtime === 'static') return (await import('./runtimes/static/engine.ts')).openStaticEngine(settings)
  const { createLocalEngine } = await import('./local-engine.ts')
  return createLocalEngine(await openOnnxRunner(settings), settings.spec.dimensions)
}
