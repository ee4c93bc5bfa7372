import type { Configuration } from '../core/configuration.ts'
import type { Models, ProviderTrial } from '../core/parts.ts'
import { tryProviders as tryWith } from '../embedding/runtimes/onnx/providers.ts'

/** Each provider with the configured model; none where it is not on this machine or runs without ONNX. */
export async function tryProviders(models: Models, configuration: Configuration): Promise<ProviderTrial[]> {
  const { spec, folder } = await models.resolve(configuration.model)
  if (folder === null || spec.runtime !== 'onnx' || spec.task !== 'embed') return []
  const threads = configuration.threads * configuration.workers
  return tryWith({ spec, folder, threads, cacheDirectory: configuration.cacheDirectory })
}
