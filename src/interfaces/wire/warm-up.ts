import type { Parts } from '../../core/parts.ts'

/**
 * Opens the database and runs each model of its collections once (of none, the default model), so that the first request
 * waits for nothing. What fails here fails again, and says why, where it is asked for.
 */
export async function warmUp({ configuration, models, storage }: Parts): Promise<void> {
  const { records } = await storage()
  if (!configuration.embeddings) return
  const collections = await records.collections()
  const names = collections.length > 0 ? collections.map(({ model }) => model) : [configuration.model]
  for (const name of new Set(names)) await warmModel(models, name).catch(() => undefined)
}

/** A remote model has nothing to load, and may cost money. */
async function warmModel(models: Parts['models'], name: string | null): Promise<void> {
  const { spec } = await models.resolve(name)
  if (spec.runtime === 'remote') return
  const embedder = await models.embedder(name)
  await embedder.embed(['warm up'], { kind: 'query' })
}
