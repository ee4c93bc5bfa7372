import { setTimeout as pause } from 'node:timers/promises'
import type { Parts } from '../../core/parts.ts'
import type { Side } from '../../core/sides.ts'
import { callOperation } from './call.ts'

const QUERY = 'warm up'
/** Milliseconds in which requests that came at once are done. */
const FIRST_REQUESTS = 1_000

/**
 * Opens the database and loads the default model, side by side, and no more: a request that comes at once would find their
 * threads busy, and wait for a second one of each. A little later it searches once with each model that a collection has.
 * What fails here fails again, and says why, where it is asked for. A remote model has nothing to load, and may cost money.
 */
export async function warmUp(parts: Parts): Promise<void> {
  const { configuration, models, storage } = parts
  const opened = storage()
  if (configuration.embeddings) await Promise.allSettled([opened, loadModel(models, configuration.model)])
  const { records } = await opened
  await pause(FIRST_REQUESTS, undefined, { ref: false })
  const byModels = new Map(
    (await records.collections()).map((each) => [JSON.stringify([each.model, each.code?.model]), each]),
  )
  for (const { name: collection, model, code } of byModels.values()) {
    const sides = [
      ...(await localSide('text', model, models)),
      ...(code ? await localSide('code', code.model, models) : []),
    ]
    for (const side of sides) {
      const input = { query: QUERY, collection, side, limit: 1 }
      await callOperation('search', input, { parts, access: 'read' }).catch(() => undefined)
    }
  }
}

/** The side, unless its model is a remote one. */
async function localSide(side: Side, model: string | null, models: Parts['models']): Promise<Side[]> {
  return model !== null && (await isRemote(models, model)) ? [] : [side]
}

async function loadModel(models: Parts['models'], name: string | null): Promise<void> {
  if (!(await isRemote(models, name))) await models.embedder(name)
}

async function isRemote(models: Parts['models'], name: string | null): Promise<boolean> {
  const resolved = await models.resolve(name).catch(() => null)
  return resolved?.spec.runtime === 'remote'
}
