import { type ErrorAnswer, SemdexError, toSemdexError } from '../core/errors.ts'
import type { Models } from '../core/parts.ts'
import type { Collection } from '../core/ports/record-store.ts'
import type { Stopwatch } from './stopwatch.ts'

export interface QueryVectors {
  /** By the collection's name; collections whose model cannot be used are left out. */
  byCollection: Map<string, Float32Array>
  /** Why some collection is left out. */
  degraded: ErrorAnswer | null
}

interface Context {
  watch: Stopwatch
  signal?: AbortSignal | undefined
}

/** Embeds the query once for each model among the collections. Throws only where it is aborted. */
export async function embedQuery(
  query: string,
  collections: readonly Collection[],
  models: Models,
  context: Context,
): Promise<QueryVectors> {
  const answer: QueryVectors = { byCollection: new Map(), degraded: null }
  const byModel = new Map<string, Promise<Float32Array>>()
  for (const collection of collections) {
    const { model } = collection
    if (model === null) continue
    try {
      await assertSameFingerprint(collection, model, models)
      const vector = byModel.get(model) ?? embedWith(model, query, models, context)
      byModel.set(model, vector)
      answer.byCollection.set(collection.name, await vector)
    } catch (thrown) {
      const error = toSemdexError(thrown)
      if (error.code === 'ABORTED') throw error
      answer.degraded ??= error.toJSON()
    }
  }
  return answer
}

async function assertSameFingerprint(collection: Collection, model: string, models: Models): Promise<void> {
  const { fingerprint } = await models.resolve(model)
  if (fingerprint === null || fingerprint === collection.fingerprint) return
  throw new SemdexError('COLLECTION_MODEL_MISMATCH', {
    message: `The files of the model ${model} are not those that the collection ${collection.name} was embedded with.`,
    fix: `semdex index --collection ${collection.name}`,
    details: { collection: collection.name, model },
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
