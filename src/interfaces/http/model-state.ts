import type { Parts } from '../../core/parts.ts'

/**
 * `ready`: the model of new collections is open. `loading`: it is on this machine, and being opened or to be opened by the
 * first request that needs it. `off`: embeddings are switched off. `unavailable`: it is missing or cannot be opened; texts
 * are stored and found by keyword.
 */
export type ModelState = 'ready' | 'loading' | 'off' | 'unavailable'

/** How long a model that could not be opened is not tried again for the state's sake, in milliseconds. */
const RETRY_AFTER = 30_000

/** Tells the state at any time without waiting for the model; opens it where models are to be warm anyway. */
export function openModelState({ configuration, models }: Parts): () => Promise<ModelState> {
  let failedAt = Number.NEGATIVE_INFINITY
  return async () => {
    if (!configuration.embeddings) return 'off'
    const resolved = await models.resolve(configuration.model).catch(() => null)
    if (!resolved || resolved.folder === null) return 'unavailable'
    if (models.metrics().some(({ fingerprint }) => fingerprint === resolved.fingerprint)) return 'ready'
    if (performance.now() - failedAt < RETRY_AFTER) return 'unavailable'
    if (configuration.warmUp) {
      models.embedder(configuration.model).catch(() => {
        failedAt = performance.now()
      })
    }
    return 'loading'
  }
}
