import { type ErrorAnswer, toSemdexError } from '../core/errors.ts'
import type { SearchTimings } from '../core/search.ts'
import { sideModels } from '../core/sides.ts'
import type { StageListener } from '../core/stage-time.ts'
import { asUnavailable } from '../core/unavailable.ts'
import { type FoundPassage, presentPassages } from './present.ts'
import type { Scope } from './request.ts'
import { findRanked, type SearchParts } from './search.ts'
import { Stopwatch } from './stopwatch.ts'

export interface PassageRequest {
  query: string
  /** The most passages to answer with. */
  limit: number
  /** Least true cosine. */
  minSimilarity?: number
}

export interface PassageAnswer {
  /** Nearest first; each with its own similarity, however many are of one document. */
  passages: FoundPassage[]
  /** Why not all models were asked that should have been; null where none is missing. */
  degraded: ErrorAnswer | null
  timings: SearchTimings
}

/**
 * Finds the passages that are nearest to a query in meaning. Where a model cannot be used, the others answer, and `degraded`
 * says so; without any there is no answer, not even an empty one.
 * @throws {SemdexError} `INVALID_INPUT`, `EMBEDDING_UNAVAILABLE`; `EMPTY_EMBEDDING` where the model reads nothing in the query
 */
export async function searchPassages(
  request: PassageRequest,
  parts: SearchParts,
  options: { signal?: AbortSignal; onStage?: StageListener } = {},
): Promise<PassageAnswer> {
  const watch = new Stopwatch(options.onStage)
  let isRead = false
  const scopes: SearchParts['scopes'] = async (storage) => {
    const chosen = await parts.scopes(storage)
    isRead = chosen.some(hasModel)
    return chosen
  }
  const found = await findRanked({ ...request, mode: 'vector' }, { ...parts, scopes }, { ...options, watch })
  if (!isRead) await watch.time('load', () => assertModel(parts))
  const passages = await presentPassages(found.ranked, request.limit, found.records)
  return { passages, degraded: found.degraded, timings: watch.timings() }
}

function hasModel({ collection }: Scope): boolean {
  return sideModels(collection).some(({ model }) => model.model !== null)
}

/** Where no collection has a model, no query was embedded. */
async function assertModel({ models }: SearchParts): Promise<void> {
  try {
    await models.embedder(null)
  } catch (thrown) {
    throw asUnavailable('Semantic search', toSemdexError(thrown))
  }
}
