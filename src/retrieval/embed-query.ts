import { type ErrorAnswer, SemdexError, toSemdexError } from '../core/errors.ts'
import type { Models } from '../core/parts.ts'
import type { SideModel } from '../core/sides.ts'
import type { Route } from './route.ts'
import type { Stopwatch } from './stopwatch.ts'

/** A query as one model reads it. */
export interface QueryVector {
  model: SideModel
  vector: Float32Array
}

export interface QueryVectors {
  /** By the collection's name; a model that cannot be used is left out. */
  byCollection: Map<string, QueryVector[]>
  /** Why some model is left out. */
  degraded: ErrorAnswer | null
}

interface Context {
  watch: Stopwatch
  signal?: AbortSignal | undefined
}

/**
 * Embeds the query once for each model that it goes to, and where a collection is left without one, for the model of its other
 * side. Throws only where it is aborted.
 */
export async function embedQuery(
  query: string,
  routes: readonly Route[],
  models: Models,
  context: Context,
): Promise<QueryVectors> {
  const answer: QueryVectors = { byCollection: new Map(), degraded: null }
  const byModel = new Map<string, Promise<Float32Array>>()
  const embed = async (collection: string, wanted: readonly SideModel[]) => {
    const vectors: QueryVector[] = []
    for (const model of wanted) {
      if (model.model === null) continue
      try {
        await assertSameFingerprint(collection, model, model.model, models)
        const vector = byModel.get(model.model) ?? embedWith(model.model, query, models, context)
        byModel.set(model.model, vector)
        vectors.push({ model, vector: await vector })
      } catch (thrown) {
        const error = toSemdexError(thrown)
        if (error.code === 'ABORTED') throw error
        answer.degraded ??= error.toJSON()
      }
    }
    return vectors
  }
  for (const { collection, models: chosen, others } of routes) {
    const vectors = await embed(collection.name, chosen)
    const found = vectors.length > 0 ? vectors : await embed(collection.name, others)
    if (found.length > 0) answer.byCollection.set(collection.name, found)
  }
  return answer
}

async function assertSameFingerprint(
  collection: string,
  { fingerprint }: SideModel,
  model: string,
  models: Models,
): Promise<void> {
  const resolved = await models.resolve(model)
  if (resolved.fingerprint === null || resolved.fingerprint === fingerprint) return
  throw new SemdexError('COLLECTION_MODEL_MISMATCH', {
    message: `The files of the model ${model} are not those that the collection ${collection} was embedded with.`,
    fix: `semdex index --collection ${collection}`,
    details: { collection, model },
  })
}

async function embedWith(
  model: string,
  query: string,
  models: Models,
  { watch, signal }: Context,
): Promise<Float32Array> {
  const embedder = await watch.time('load', () => models.embedder(model))
  const [result] = await watch.time('embed', () =>
    embedder.embed([query], { kind: 'query', ...(signal && { signal }) }),
  )
  if (result?.ok) return result.vector
  throw result?.error ?? new SemdexError('EMBEDDING_FAILED', { message: 'The model gave no answer for the query.' })
}
