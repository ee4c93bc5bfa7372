import type { Parts } from '../../core/parts.ts'
import { callOperation } from './call.ts'

const QUERY = 'warm up'

/**
 * Opens the database and loads the default model, side by side, then searches once with each model that a collection has,
 * so that the first request waits for nothing. What fails here fails again, and says why, where it is asked for. A remote
 * model has nothing to load, and may cost money.
 */
export async function warmUp(parts: Parts): Promise<void> {
  const { configuration, models, storage } = parts
  const known = storage().then(({ records }) => records.collections())
  if (configuration.embeddings) await Promise.allSettled([known, warmModel(models, configuration.model)])
  const collections = await known
  const byModel = new Map(collections.map(({ name, model }) => [model, name]))
  for (const [model, collection] of byModel) {
    if (model !== null && (await isRemote(models, model))) continue
    const input = { query: QUERY, collection, limit: 1 }
    await callOperation('search', input, { parts, access: 'read' }).catch(() => undefined)
  }
}

async function warmModel(models: Parts['models'], name: string | null): Promise<void> {
  if (await isRemote(models, name)) return
  const embedder = await models.embedder(name)
  await embedder.embed([QUERY], { kind: 'query' })
}

async function isRemote(models: Parts['models'], name: string | null): Promise<boolean> {
  const resolved = await models.resolve(name).catch(() => null)
  return resolved?.spec.runtime === 'remote'
}
