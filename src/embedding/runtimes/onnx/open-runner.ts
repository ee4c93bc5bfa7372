import type { Provider } from '../../../core/configuration.ts'
import { toSemdexError } from '../../../core/errors.ts'
import type { ModelRunner } from '../runner.ts'
import type { OnnxModelSettings } from './model.ts'
import type { RunProvider } from './runtime.ts'

export interface RunnerSettings extends Omit<OnnxModelSettings, 'provider' | 'purpose'> {
  mode: 'threads' | 'inline'
  /** The most worker threads. */
  workers: number
  idleSeconds: number
  provider: Provider
}

/**
 * A runner on the calling thread or in workers, by the provider that is asked for; by the CPU where `auto` chose a device
 * that is gone since.
 * @throws {SemdexError} `PROVIDER_UNAVAILABLE`, and what loading the model throws.
 */
export async function openOnnxRunner(settings: RunnerSettings): Promise<ModelRunner> {
  const provider = await providerFor(settings)
  try {
    return await openBy(provider, settings)
  } catch (thrown) {
    if (settings.provider !== 'auto' || toSemdexError(thrown).code !== 'PROVIDER_UNAVAILABLE') throw thrown
    return openBy('cpu', settings)
  }
}

/** A lone query is over before a device has warmed up, and int8 is made for the CPU: neither is worth a trial. */
async function providerFor(settings: RunnerSettings): Promise<RunProvider> {
  const { provider, mode, spec, folder, threads, workers, cacheDirectory } = settings
  if (provider === 'cpu' || provider === 'wasm') return provider
  if (provider === 'auto' && (mode === 'inline' || spec.precision === 'int8')) return 'cpu'
  const { chooseProvider } = await import('./providers.ts')
  return chooseProvider(provider, { spec, folder, threads: threads * workers, cacheDirectory })
}

async function openBy(provider: RunProvider, settings: RunnerSettings): Promise<ModelRunner> {
  const { mode, workers, spec, folder, threads, idleSeconds, cacheDirectory } = settings
  if (mode === 'inline') {
    const { openInline } = await import('./inline.ts')
    return openInline({ spec, folder, threads, provider, purpose: 'query', cacheDirectory })
  }
  const { openWorkerPool } = await import('./worker-pool.ts')
  const onDevice = provider !== 'cpu' && provider !== 'wasm'
  return openWorkerPool({
    spec,
    folder,
    threads,
    provider,
    workers: onDevice ? Math.min(workers, 2) : workers,
    idleSeconds,
    cacheDirectory,
  })
}
