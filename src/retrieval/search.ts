import { type ErrorAnswer, SemdexError, throwIfAborted } from '../core/errors.ts'
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
import { Stopwatch } from './stopwatch.ts'

export interface SearchParts {
  models: Models
  storage: () => Promise<Storage>
  /** What to search, once the storage is open. */
  scopes: (storage: Storage) => Promise<Scope[]>
}

/**
 * Finds the passages that answer a query, grouped by document, best first.
 *
 * Each collection is searched with its own model and its own lexical statistics; scores are on one scale.
 * Where no model can be used, `hybrid` answers lexically and says so in `degraded`.
 * @throws {SemdexError} `INVALID_INPUT`; `EMBEDDING_UNAVAILABLE` where the request cannot do without a model.
 */
export async function search(
  request: SearchRequest,
  parts: SearchParts,
  options: { signal?: AbortSignal; onStage?: StageListener } = {},
): Promise<SearchAnswer> {
  const watch = new Stopwatch(options.onStage)
  const { ranked, degraded, records } = await findRanked(request, parts, { ...options, watch })
  const hits = await presentHits(ranked, request, records)
  return { query: request.query, mode: request.mode, degraded, hits, timings: watch.timings() }
}

export interface Found {
  /** Passages, best first. */
  ranked: Ranked[]
  /** Why less was done than was asked for; null where nothing is missing. */
  degraded: ErrorAnswer | null
  records: Storage['records']
}

/** The passages that answer a query, of all scopes together. @throws {SemdexError} as `search` */
export async function findRanked(
  request: SearchRequest,
  parts: SearchParts,
  { watch, signal }: { watch: Stopwatch; signal?: AbortSignal },
): Promise<Found> {
  assertAnswerable(request)
  const storage = await parts.storage()
  const scopes = await parts.scopes(storage)
  const collections = scopes.map(({ collection }) => collection)
  const vectors =
    request.mode === 'lexical'
      ? noVectors()
      : await embedQuery(request.query, collections, parts.models, { watch, signal })
  throwIfAborted(signal)
  if (vectors.degraded) assertDegradable(request, vectors.degraded)
  const found: FoundInCollection[] = []
  for (const scope of scopes) {
    const vector = vectors.byCollection.get(scope.collection.name) ?? null
    found.push(await findCandidates(request, { ...scope, vector, storage, watch, signal }))
  }
  return { ranked: rank(onOneScale(found), request), degraded: vectors.degraded, records: storage.records }
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

function assertDegradable({ mode, minSimilarity }: SearchRequest, reason: ErrorAnswer): void {
  if (mode === 'hybrid' && minSimilarity === undefined) return
  const asked = mode === 'vector' ? 'Vector search' : 'A least similarity'
  throw asUnavailable(asked, SemdexError.fromJSON({ fix: 'search with mode lexical', ...reason }))
}

function noVectors(): QueryVectors {
  return { byCollection: new Map(), degraded: null }
}
