import { SemdexError, toSemdexError } from '../core/errors.ts'
import type { SearchTimings } from '../core/search.ts'
import type { StageListener } from '../core/stage-time.ts'
import { asUnavailable } from '../core/unavailable.ts'
import { type FoundPassage, presentPassages } from './present.ts'
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
  timings: SearchTimings
}

/**
 * Finds the passages that are nearest to a query in meaning. There is no answer without a model, not even an empty one.
 * @throws {SemdexError} `INVALID_INPUT`, `EMBEDDING_UNAVAILABLE`; `EMPTY_EMBEDDING` where the model reads nothing in the query
 */
export async function searchPassages(
  request: PassageRequest,
  parts: SearchParts,
  options: { signal?: AbortSignal; onStage?: StageListener } = {},
): Promise<PassageAnswer> {
  const watch = new Stopwatch(options.onStage)
  const found = await findRanked({ ...request, mode: 'vector' }, parts, { ...options, watch })
  if (found.degraded) throw asUnavailable('Semantic search', SemdexError.fromJSON(found.degraded))
  if (found.ranked.length === 0) await watch.time('load', () => assertModel(parts))
  const passages = await presentPassages(found.ranked, request.limit, found.records)
  return { passages, timings: watch.timings() }
}

/** Where there is no collection, no query was embedded. */
async function assertModel({ models }: SearchParts): Promise<void> {
  try {
    await models.embedder(null)
  } catch (thrown) {
    throw asUnavailable('Semantic search', toSemdexError(thrown))
  }
}
