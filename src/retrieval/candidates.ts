import { SemdexError } from '../core/errors.ts'
import type { Storage } from '../core/parts.ts'
import type { CandidateLists, Distribution, LexicalAnswer } from '../core/ports/indexes.ts'
import type { Collection } from '../core/ports/record-store.ts'
import { type Side, type SideModel, sideModels } from '../core/sides.ts'
import type { QueryVector } from './embed-query.ts'
import type { Scope, SearchRequest } from './request.ts'
import type { Stopwatch } from './stopwatch.ts'

/** A chunk that one of the two searches found, with both of its parts. */
export interface Candidate {
  key: number
  collection: string
  /** The model that the cosine is of; null where there is none. */
  model: SideModel | null
  /** True cosine; null where its model has not read the query, or the chunk has no vector. */
  similarity: number | null
  /** BM25; 0 where no word of the query is in the chunk. */
  lexical: number
  scale: Scale
}

/** How the query's cosines with all vectors of a model are spread, of all collections that are searched with it. */
export interface Spread {
  mean: number
  /** Standard deviation; where several models are searched, that of all on one scale. */
  deviation: number
  /** Vectors that these are taken over. */
  count: number
}

/** What the scores of a candidate are measured against for this query; shared by all of one model in a collection. */
export interface Scale extends Spread {
  /** Vectors that are searched, of all models. */
  searched: number
  /** The best BM25 of this query in the collection. */
  bestLexical: number
  /** The most BM25 that any chunk could reach. */
  bound: number
  /** The words that were looked up. */
  terms: string[]
  /** False where the backend's lexical scores are not BM25, so that only their order may be used. */
  absolute: boolean
}

/** What one collection gave. */
export interface FoundInCollection {
  /** Of its vectors, by the fingerprint of the model that read the query for them. */
  spreads: Map<string, Spread>
  /** Their scales are those of this collection alone. */
  candidates: Candidate[]
}

/** How deep each list is read: beyond it, fusion changes nothing that a reader sees. */
const DEPTH = 200
const MAX_DEPTH = 4_000
const CHUNKS_PER_DOCUMENT = 4

interface Context extends Scope {
  /** The query as the models read it that it goes to. */
  queries: readonly QueryVector[]
  storage: Storage
  /** A search that was begun again takes what it finds: whoever compares models asks for what no collection has. */
  isRetry?: boolean
  watch: Stopwatch
  signal?: AbortSignal | undefined
}

/** The union of all lists of one collection: the nearest of each model and those by words, each with both parts. */
export async function findCandidates(request: SearchRequest, context: Context): Promise<FoundInCollection> {
  const { collection, queries, isRetry = false } = context
  const { measured, lexical } = await readLists(request, context)
  const models = queries.map(({ model }, at) => ({ model, ...(measured[at] as CandidateLists['measured'][number]) }))
  if (!isRetry) for (const { model, distribution } of models) assertSides(distribution.sides, model, collection)
  const spreads = new Map(models.map(({ model, distribution }) => [model.fingerprint, toSpread(distribution)]))
  return { spreads, candidates: join(collection, models, lexical, { spreads, scale: lexicalScale(lexical, context) }) }
}

/** The lists, in the time of the stages that they are of: the way to the storage and back is the vectors' where they are asked. */
async function readLists({ query, mode, limit }: SearchRequest, context: Context): Promise<CandidateLists> {
  const { collection, queries, storage, watch } = context
  const words = mode === 'vector' ? null : query
  if (queries.length === 0 && words === null) return NOTHING
  const ask = () => storage.candidates(collection, { vectors: queries, words, ...searchOptions(limit, context) })
  if (queries.length === 0) return watch.time('lexical', ask)
  return watch.timeBoth(['vector', 'lexical'], async () => {
    const lists = await ask()
    return { value: lists, second: words === null ? null : lists.lexicalTime }
  })
}

/** Of a collection without a model that has read the query, where words are not asked. */
const NOTHING: CandidateLists = {
  measured: [],
  lexical: { hits: [], included: [], terms: [], bound: 0 },
  lexicalTime: 0,
}

function toSpread({ count, mean, deviation }: Distribution): Spread {
  return { count, mean, deviation }
}

/**
 * Where a side was given another model since the collection was read, an index may have lost documents that this search
 * takes it to hold, or got some that another index answers for.
 */
function assertSides(holds: readonly Side[] | undefined, { fingerprint }: SideModel, collection: Collection): void {
  if (!holds) return
  const taken = sideModels(collection).find(({ model }) => model.fingerprint === fingerprint)?.sides ?? holds
  if (taken.length === holds.length && taken.every((side) => holds.includes(side))) return
  throw new SemdexError('COLLECTION_MODEL_MISMATCH', {
    message: `The collection ${collection.name} was given another model meanwhile.`,
    fix: 'Ask again',
    details: { collection: collection.name },
  })
}

type LexicalScale = Omit<Scale, keyof Spread | 'searched'>

function lexicalScale(found: LexicalAnswer, { storage, collection }: Context): LexicalScale {
  return {
    bestLexical: found.hits[0]?.score ?? 0,
    bound: boundOf(found),
    terms: found.terms.map(({ term }) => term),
    absolute: storage.lexicalIndex(collection).capabilities.ranking === 'bm25',
  }
}

/** (k1 + 1)·1: what a term is worth at least in the bound. */
const LEAST_PER_TERM = 2.2

/**
 * The index's own bound, but not below that of terms with an IDF of 1: words that stand in most passages say nothing,
 * and must not look like a match because no other word was found.
 */
function boundOf({ bound, terms }: LexicalAnswer): number {
  return Math.max(bound, LEAST_PER_TERM * terms.filter(({ chunks }) => chunks > 0).length)
}

export const NO_SPREAD: Spread = { mean: 0, deviation: 0, count: 0 }

function searchOptions(documents: number, { filter, signal }: Context) {
  const limit = Math.min(MAX_DEPTH, Math.max(DEPTH, documents * CHUNKS_PER_DOCUMENT))
  return { limit, ...(filter && { filter }), ...(signal && { signal }) }
}

function join(
  { name: collection }: Collection,
  measured: readonly { model: SideModel; similarities: Map<number, number> }[],
  found: LexicalAnswer,
  { spreads, scale }: { spreads: Map<string, Spread>; scale: LexicalScale },
): Candidate[] {
  const searched = [...spreads.values()].reduce((sum, { count }) => sum + count, 0)
  const byWords = new Map<number, number>()
  for (const hits of [found.hits, found.included]) for (const { key, score } of hits) byWords.set(key, score)
  const candidates: Candidate[] = []
  const known = new Set<number>()
  for (const { model, similarities } of measured) {
    const own = { ...(spreads.get(model.fingerprint) ?? NO_SPREAD), ...scale, searched }
    for (const [key, similarity] of similarities) {
      candidates.push({ key, collection, model, similarity, lexical: byWords.get(key) ?? 0, scale: own })
      known.add(key)
    }
  }
  const own = { ...NO_SPREAD, ...scale, searched }
  for (const [key, lexical] of byWords) {
    if (!known.has(key)) candidates.push({ key, collection, model: null, similarity: null, lexical, scale: own })
  }
  return candidates
}
