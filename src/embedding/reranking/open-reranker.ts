import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Provider } from '../../core/configuration.ts'
import { SemdexError } from '../../core/errors.ts'
import type { ModelSpec } from '../../core/model-spec.ts'
import type { Reranker } from '../../core/ports/reranker.ts'
import { withRerankBacklog } from '../backlog.ts'
import type { OnnxModelSettings } from '../runtimes/onnx/model.ts'
import { absentDevice, missingParts } from '../runtimes/onnx/providers-here.ts'
import type { RunProvider } from '../runtimes/onnx/runtime.ts'
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
  /** Bytes of text that may wait; a call beyond it is refused. */
  queueBytes: number
  /** Seconds without work after which workers are unloaded; 0: never. */
  idleSeconds: number
}

/**
 * A loaded cross-encoder, in worker threads. Its files are taken as they are: `verifyModel` checks them. The provider
 * `auto` is the CPU; a device is used once it has answered as the CPU does.
 * @throws {SemdexError} `RUNTIME_UNAVAILABLE`, `PROVIDER_UNAVAILABLE`, `MODEL_DAMAGED`, `MODEL_INVALID`
 */
export async function openReranker(settings: RerankerSettings): Promise<Reranker> {
  const provider = settings.provider === 'auto' ? 'cpu' : settings.provider
  const onDevice = provider !== 'cpu' && provider !== 'wasm'
  const missing = onDevice ? (missingParts(provider) ?? absentDevice(provider)) : null
  if (missing) throw unavailable(provider, missing.reason, missing.fix)
  const reranker = await openOn(provider, settings)
  if (onDevice) await compareWithCpu(reranker, provider, settings)
  return withRerankBacklog(reranker, settings.queueBytes)
}

async function openOn(provider: RunProvider, settings: RerankerSettings): Promise<Reranker> {
  const { spec, folder, fingerprint, workers, threads, idleSeconds } = settings
  const pool = await openPool<RerankJob, RerankValue>({
    module: new URL(`./worker${extname(fileURLToPath(import.meta.url))}`, import.meta.url),
    data: { spec, folder, threads, provider, cacheDirectory: null } satisfies OnnxModelSettings,
    most: workers,
    bytesPerThread: bytesPerThread(await weightBytes({ spec, folder })),
    idleSeconds,
    quickens: false,
  })
  return createReranker(spec, fingerprint, pool)
}

const PROBE = {
  query: 'how do plants eat',
  passages: ['Plants make sugar out of light, water and air.', 'The train was late.'],
}

/** How far a device's logit may be from the CPU's. */
const MOST_DIFFERENCE = 0.05

async function compareWithCpu(reranker: Reranker, provider: RunProvider, settings: RerankerSettings): Promise<void> {
  const cpu = await openOn('cpu', { ...settings, workers: 1 })
  try {
    const [expected, actual] = [await logits(cpu), await logits(reranker)]
    const isNear = expected.every((logit, at) => Math.abs(logit - (actual[at] as number)) <= MOST_DIFFERENCE)
    if (!isNear)
      throw unavailable(provider, `it answers ${actual.join(', ')} where the CPU answers ${expected.join(', ')}`)
  } catch (thrown) {
    await reranker.close()
    throw thrown
  } finally {
    await cpu.close()
  }
}

async function logits(reranker: Reranker): Promise<number[]> {
  const results = await reranker.rerank(PROBE.query, PROBE.passages)
  return results.map((result) => {
    if (!result.ok) throw result.error
    return result.logit
  })
}

function unavailable(provider: RunProvider, reason: string | null, fix: string | null = null): SemdexError {
  return new SemdexError('PROVIDER_UNAVAILABLE', {
    message: `The provider ${provider} does not run this reranker here: ${reason}.`,
    fix: fix ?? 'Set embedding.provider to auto or cpu',
    details: { provider, reason },
  })
}
