import type { ResolvedConfiguration } from '../core/configuration.ts'
import type { Models } from '../core/parts.ts'
import { openModels } from '../models/models.ts'

/** The models of this machine; embedding code is loaded with the first model. */
export function composeModels(
  { values: configuration, secret }: ResolvedConfiguration,
  { mode }: { mode: 'inline' | 'threads' },
): Models {
  return openModels(configuration, {
    async openEmbedder(model) {
      const { openEmbedder } = await import('../embedding/open-embedder.ts')
      const variable = model.spec.remote?.keyVariable ?? null
      const remoteKey = variable === null ? null : secret(variable)
      return openEmbedder({ ...configuration, ...model, mode, cache: null, remoteKey })
    },
    async openTokenCounter(model) {
      const { openTokenCounter } = await import('../embedding/token-counter.ts')
      return openTokenCounter(model)
    },
  })
}
