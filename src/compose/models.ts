import type { Configuration } from '../core/configuration.ts'
import type { Models } from '../core/parts.ts'
import { openModels } from '../models/models.ts'

/** The models of this machine; embedding code is loaded with the first model. */
export function composeModels(configuration: Configuration, { mode }: { mode: 'inline' | 'threads' }): Models {
  return openModels(configuration, {
    async openEmbedder(model) {
      const { openEmbedder } = await import('../embedding/open-embedder.ts')
      return openEmbedder({ ...configuration, ...model, mode, cache: null, remoteKey: null })
    },
    async openTokenCounter(model) {
      const { openTokenCounter } = await import('../embedding/token-counter.ts')
      return openTokenCounter(model)
    },
  })
}
