import type { ResolvedConfiguration } from '../core/configuration.ts'
import type { DebugEvent } from '../core/debug.ts'
import { type ErrorCode, toSemdexError } from '../core/errors.ts'
import type { Models } from '../core/parts.ts'
import { type ModelRuntime, openModels } from '../models/models.ts'
import { composeResultCaches } from './result-caches.ts'

/** The models of this machine; embedding code is loaded with the first model. */
export function composeModels(
  { values: configuration, secret }: ResolvedConfiguration,
  { mode, onDebug, onWarning }: ModelsOptions,
): Models {
  const openCache = composeResultCaches(configuration, mode)
  const runtime: ModelRuntime = {
    async openEmbedder(model) {
      const { openEmbedder } = await import('../embedding/open-embedder.ts')
      const variable = model.spec.remote?.keyVariable ?? null
      const remoteKey = variable === null ? null : secret(variable)
      const cache = await openCache(model.fingerprint)
      const opening = openEmbedder({ ...configuration, ...model, mode, cache, remoteKey, onDebug })
      if (onDebug) tellWhenLoaded(opening, model.spec.name, onDebug)
      return opening
    },
    async openReranker(model) {
      const { openReranker } = await import('../embedding/reranking/open-reranker.ts')
      return openReranker({ ...configuration, ...model })
    },
    async openTokenCounter(model) {
      const { openTokenCounter } = await import('../embedding/tokenizing/token-counter.ts')
      return openTokenCounter(model)
    },
  }
  return openModels(configuration, runtime, onWarning)
}

interface ModelsOptions {
  mode: 'inline' | 'threads'
  onDebug?: ((event: DebugEvent) => void) | undefined
  onWarning?: (message: string) => void
}

function tellWhenLoaded(opening: Promise<unknown>, model: string, onDebug: (event: DebugEvent) => void): void {
  const began = performance.now()
  const tell = (error: ErrorCode | null) =>
    onDebug({ event: 'load', time: new Date().toISOString(), model, ms: performance.now() - began, error })
  opening.then(
    () => tell(null),
    (thrown) => tell(toSemdexError(thrown).code),
  )
}
