import { setTimeout as pause } from 'node:timers/promises'
import type { Parts, Storage } from '../../core/parts.ts'
import type { Collection } from '../../core/ports/record-store.ts'
import { callOperation } from './call.ts'

const TEXT = 'warm up'
/** Milliseconds in which requests that came at once are done. */
const FIRST_REQUESTS = 1_000

/**
 * Opens the database and reads its vectors, and loads the default model, side by side; a little later it searches once with each model that a
 * collection has. What fails here fails again, and says why, where it is asked for. A remote model has nothing to load, and
 * may cost money.
 */
export async function warmUp(parts: Parts): Promise<void> {
  const { configuration, models, storage } = parts
  const known = storage().then(warmIndexes)
  if (configuration.embeddings) await Promise.allSettled([known, warmModel(models, configuration.model)])
  const collections = await known
  await pause(FIRST_REQUESTS, undefined, { ref: false })
  const byModel = new Map(collections.map(({ name, model }) => [model, name]))
  for (const [model, collection] of byModel) {
    if (model !== null && (await isRemote(models, model))) continue
    const input = { query: TEXT, collection, limit: 1 }
    await callOperation('search', input, { parts, access: 'read' }).catch(() => undefined)
  }
}

/** The first search of an index reads it from the disk. */
async function warmIndexes(storage: Storage): Promise<Collection[]> {
  const collections = await storage.records.collections()
  for (const collection of collections.filter(({ dimensions }) => dimensions > 0)) {
    const query = new Float32Array(collection.dimensions).fill(collection.dimensions ** -0.5)
    await storage
      .vectorIndex(collection)
      .search(query, { limit: 1 })
      .catch(() => undefined)
  }
  return collections
}

/** With a passage: after its first lone query a worker is busy getting ready for others. */
async function warmModel(models: Parts['models'], name: string | null): Promise<void> {
  if (await isRemote(models, name)) return
  const embedder = await models.embedder(name)
  await embedder.embed([TEXT], { kind: 'passage' })
}

async function isRemote(models: Parts['models'], name: string | null): Promise<boolean> {
  const resolved = await models.resolve(name).catch(() => null)
  return resolved?.spec.runtime === 'remote'
}
