import { type ErrorAnswer, SemdexError, throwIfAborted, toSemdexError } from '../core/errors.ts'
import type { Models, Storage } from '../core/parts.ts'
import type { SearchAnswer } from '../core/search.ts'
import type { StageListener } from '../core/stage-time.ts'
import { asUnavailable } from '../core/unavailable.ts'
import { type FoundInCollection, findCandidates } from './candidates.ts'
import { embedQuery, type QueryVectors } from './embed-query.ts'
import { type Ranked, rank } from './fuse.ts'
import { onOneScale } from './one-scale.ts'
import { presentHits } from './present.ts'
import type { Scope, SearchRequest } from './request.ts'
import { type QueryRouter, type Routing, routeScopes } from './route.ts'
import { Stopwatch } from './stopwatch.ts'

export interface SearchParts {
  models: Models
  storage: () => Promise<Storage>
  /** What to search, once the storage is open; asked for again where a collection was given another model meanwhile. */
  scopes: (storage: Storage) => Promise<Scope[]>
  /** Default: the classifier of queries. */
  router?: QueryRouter
}

/**
 * Finds the passages that answer a query, grouped by document, best first.
 *
 * Each collection is searched with its own models and its own lexical statistics; scores are on one scale. Of a collection's
 * two models those are asked whose sides the query goes to; the other one where none of these can be used.
 * Where a model cannot be used, the others answer, in `hybrid` the words alone, and `degraded` says so.
 * @throws {SemdexError} `INVALID_INPUT`; `EMBEDDING_UNAVAILABLE` where the request cannot do without a model.
 */
export async function search(
  request: SearchRequest,
  parts: SearchParts,
  options: { signal?: AbortSignal; onStage?: StageListener } = {},
): Promise<SearchAnswer> {
  const watch = new Stopwatch(options.onStage)
  const { ranked, side, degraded, records } = await findRanked(request, parts, { ...options, watch })
  const hits = await presentHits(ranked, request, records)
  return { query: request.query, mode: request.mode, side, degraded, hits, timings: watch.timings() }
}

export interface Found extends Pick<Routing, 'side'> {
  /** Passages, best first. */
  ranked: Ranked[]
  /** Why less was done than was asked for; null where nothing is missing. */
  degraded: ErrorAnswer | null
  records: Storage['records']
}

interface Context {
  watch: Stopwatch
  signal?: AbortSignal
}

/** The passages that answer a query, of all scopes together. @throws {SemdexError} as `search` */
export async function findRanked(request: SearchRequest, parts: SearchParts, context: Context): Promise<Found> {
  assertAnswerable(request)
  const storage = await parts.storage()
  try {
    return await findOnce(request, parts, { ...context, storage })
  } catch (thrown) {
    if (toSemdexError(thrown).code !== 'COLLECTION_MODEL_MISMATCH') throw thrown
    return findOnce(request, parts, { ...context, storage, isRetry: true })
  }
}

async function findOnce(
  request: SearchRequest,
  { models, scopes, router }: SearchParts,
  { storage, isRetry = false, ...context }: Context & { storage: Storage; isRetry?: boolean },
): Promise<Found> {
  const { routes, side } = await routeScopes(request, await scopes(storage), router)
  const vectors = request.mode === 'lexical' ? noVectors() : await embedQuery(request.query, routes, models, context)
  throwIfAborted(context.signal)
  if (vectors.degraded) assertDegradable(request, vectors, vectors.degraded)
  const found: FoundInCollection[] = []
  for (const scope of routes) {
    const queries = vectors.byCollection.get(scope.collection.name) ?? []
    found.push(await findCandidates(request, { ...scope, queries, storage, isRetry, ...context }))
  }
  return { ranked: rank(onOneScale(found), request), side, degraded: vectors.degraded, records: storage.records }
}

function assertAnswerable({ query, mode, minSimilarity }: SearchRequest): void {
  if (query.trim() === '') {
    throw new SemdexError('INVALID_INPUT', { message: 'The query is empty.', details: { field: 'query' } })
  }
  if (mode === 'lexical' && minSimilarity !== undefined) {
    throw new SemdexError('INVALID_INPUT', {
      message: 'A least similarity needs the model, which lexical search does not use.',
      fix: 'search with mode hybrid or vector',
      details: { field: 'minSimilarity' },
    })
  }
}

/** What cannot do without a model is answered by the others, where there are. */
function assertDegradable(request: SearchRequest, { byCollection }: QueryVectors, reason: ErrorAnswer): void {
  const { mode, minSimilarity } = request
  if (byCollection.size > 0 || (mode === 'hybrid' && minSimilarity === undefined)) return
  const asked = mode === 'vector' ? 'Vector search' : 'A least similarity'
  throw asUnavailable(asked, SemdexError.fromJSON({ fix: 'search with mode lexical', ...reason }))
}

function noVectors(): QueryVectors {
  return { byCollection: new Map(), degraded: null }
}
