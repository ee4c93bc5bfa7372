import type { Storage } from '../core/parts.ts'
import type { LexicalAnswer } from '../core/ports/indexes.ts'
import type { Scope, SearchRequest } from './request.ts'
import type { Stopwatch } from './stopwatch.ts'

/** A chunk that one of the two searches found, with both of its parts. */
export interface Candidate {
  key: number
  collection: string
  /** True cosine; null where there is no query vector or the chunk has no vector. */
  similarity: number | null
  /** BM25; 0 where no word of the query is in the chunk. */
  lexical: number
  scale: Scale
}

/** What the scores of one collection are measured against for this query; its first three of all with the same vectors. */
export interface Scale {
  /** Mean and standard deviation of the query's cosines. */
  mean: number
  deviation: number
  /** Vectors that these are taken over. */
  count: number
  /** The best BM25 of this query. */
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
  /** Of its vectors. */
  fingerprint: string
  scale: Scale
  candidates: Candidate[]
}

/** How deep each list is read: beyond it, fusion changes nothing that a reader sees. */
const DEPTH = 200
const MAX_DEPTH = 4_000
const CHUNKS_PER_DOCUMENT = 4

interface Context extends Scope {
  vector: Float32Array | null
  storage: Storage
  watch: Stopwatch
  signal?: AbortSignal | undefined
}

/** The union of both lists of one collection, each candidate with both parts. */
export async function findCandidates(request: SearchRequest, context: Context): Promise<FoundInCollection> {
  const { collection, vector, storage, watch } = context
  const options = searchOptions(request.limit, context)
  const vectors = storage.vectorIndex(collection)
  const nearest = vector ? await watch.time('vector', () => vectors.search(vector, options)) : []
  const keys = nearest.map(({ key }) => key)
  const found =
    request.mode === 'vector'
      ? NOTHING_FOUND
      : await watch.time('lexical', () =>
          storage.lexicalIndex(collection).search(request.query, { ...options, include: keys }),
        )
  const similarities = new Map(nearest.map(({ key, similarity }) => [key, similarity]))
  const missing = found.hits.map(({ key }) => key).filter((key) => !similarities.has(key))
  if (vector && missing.length > 0) {
    const more = await watch.time('vector', () => vectors.similarities(vector, missing))
    for (const [key, similarity] of more) similarities.set(key, similarity)
  }
  const spread = vector
    ? await watch.time('vector', () => vectors.distribution(vector))
    : { count: 0, mean: 0, deviation: 0 }
  const scale: Scale = {
    mean: spread.mean,
    deviation: spread.deviation,
    count: spread.count,
    bestLexical: found.hits[0]?.score ?? 0,
    bound: boundOf(found),
    terms: found.terms.map(({ term }) => term),
    absolute: storage.lexicalIndex(collection).capabilities.ranking === 'bm25',
  }
  return { fingerprint: collection.fingerprint, scale, candidates: join(collection.name, similarities, found, scale) }
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

const NOTHING_FOUND: LexicalAnswer = { hits: [], included: [], terms: [], bound: 0 }

function searchOptions(documents: number, { filter, signal }: Context) {
  const limit = Math.min(MAX_DEPTH, Math.max(DEPTH, documents * CHUNKS_PER_DOCUMENT))
  return { limit, ...(filter && { filter }), ...(signal && { signal }) }
}

function join(collection: string, similarities: Map<number, number>, found: LexicalAnswer, scale: Scale): Candidate[] {
  const lexical = new Map([...found.hits, ...found.included].map(({ key, score }) => [key, score]))
  const keys = new Set([...similarities.keys(), ...lexical.keys()])
  return [...keys].map((key) => ({
    key,
    collection,
    similarity: similarities.get(key) ?? null,
    lexical: lexical.get(key) ?? 0,
    scale,
  }))
}
