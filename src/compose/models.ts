import type { Configuration } from '../core/configuration.ts'
import type { Models } from '../core/parts.ts'
import { openModels } from '../models/models.ts'

/** The models of this machine; embedding code is loaded with the first model. */
export function composeModels(configuration: Configuration, { mode }: { mode: 'inline' | 'threads' }): Models {
  const { cacheDirectory, workers, threads } = configuration
  return openModels(configuration, {
    async openEmbedder(model) {
      const { openEmbedder } = await import('../embedding/embedder.ts')
      return openEmbedder({ ...model, mode, workers, threads, cacheDirectory })
    },
    async openTokenCounter(model) {
      const { openTokenCounter } = await import('../embedding/token-counter.ts')
      return openTokenCounter(model)
    },
  })
}
