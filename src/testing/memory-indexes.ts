import { SemdexError, throwIfAborted } from '../core/errors.ts'
import type { FilterNode } from '../core/filter.ts'
import type {
  CandidateLists,
  CandidateQuery,
  IndexSearchOptions,
  LexicalHit,
  LexicalIndex,
  VectorHit,
  VectorIndex,
} from '../core/ports/indexes.ts'
import type { Collection } from '../core/ports/record-store.ts'
import type { SideModel } from '../core/sides.ts'
import { assertVector, cosine, distance } from '../core/vectors.ts'
import { spacesOf } from './memory-spaces.ts'
import { documentsOf, fail, type MemoryDocument, type MemoryState, spaceOf } from './memory-state.ts'

export interface Analysis {
  /** How often a word of the title or a heading counts. */
  contextWeight: number
  analyze(text: string): string[]
  queryTerms(query: string): string[]
}

const MAX_LIMIT = 4_096

export function memoryVectorIndex(
  state: MemoryState,
  collection: Collection,
  model: SideModel = collection,
): VectorIndex {
  const space = spaceOf(model)
  const vectors = (options?: IndexSearchOptions) => {
    const stored = state.collections.find(({ name }) => name === collection.name)
    const index = stored && spacesOf(state, stored).find((other) => other.space === space)
    if (stored && !index) throw fail('COLLECTION_MODEL_MISMATCH')
    return activeOf(state, collection.name, options?.filter)
      .filter(({ record }) => index?.members.includes(record.side))
      .flatMap(({ chunks }) => chunks)
      .flatMap(({ key, vectors }) => {
        const vector = vectors.get(space)
        return vector ? [{ key, vector }] : []
      })
  }
  return {
    capabilities: { exact: true, maxLimit: MAX_LIMIT },
    async search(query, options) {
      check(state, options)
      assertVector(query, model.dimensions)
      return vectors(options)
        .map(({ key, vector }) => ({ key, similarity: cosine(query, vector), distance: distance(query, vector) }))
        .sort((a, b) => a.distance - b.distance || a.key - b.key)
        .slice(0, options.limit)
    },
    async similarities(query, keys) {
      check(state)
      assertVector(query, model.dimensions)
      const found = vectors().filter(({ key }) => keys.includes(key))
      return new Map(found.map(({ key, vector }) => [key, cosine(query, vector)]))
    },
    async distribution(query) {
      check(state)
      assertVector(query, model.dimensions)
      const cosines = vectors().map(({ vector }) => cosine(query, vector))
      const count = cosines.length
      if (count === 0) return { count: 0, mean: 0, deviation: 0 }
      const mean = sum(cosines) / count
      return { count, mean, deviation: Math.sqrt(sum(cosines.map((value) => (value - mean) ** 2)) / count) }
    },
    async rebuild() {
      check(state)
    },
  }
}

const K1 = 1.2
const B = 0.75

export function memoryLexicalIndex(state: MemoryState, collection: Collection, analysis: Analysis): LexicalIndex {
  const rows = () =>
    activeOf(state, collection.name).flatMap(({ record, chunks }) =>
      chunks.map(({ key, place }) => ({
        key,
        document: record.key,
        context: analysis.analyze([record.title ?? '', ...place.heading].join('\n')),
        body: analysis.analyze(record.text.slice(place.start, place.end)),
      })),
    )
  return {
    capabilities: { ranking: 'bm25', maxLimit: MAX_LIMIT },
    async search(query, { include = [], ...options }) {
      check(state, options)
      const all = rows()
      const passing = new Set(activeOf(state, collection.name, options.filter).map(({ record }) => record.key))
      const terms = analysis.queryTerms(query).map((term) => ({
        term,
        chunks: all.filter(({ context, body }) => context.includes(term) || body.includes(term)).length,
      }))
      const idf = (chunks: number) => Math.max(1e-6, Math.log((all.length - chunks + 0.5) / (chunks + 0.5)))
      const average = sum(all.map(({ context, body }) => context.length + body.length)) / all.length
      const scored: (LexicalHit & { document: number })[] = all.map((row) => {
        const parts = terms.map(({ term, chunks }) => {
          const count = (words: string[]) => words.filter((other) => other === term).length
          const frequency = analysis.contextWeight * count(row.context) + count(row.body)
          const length = 1 - B + (B * (row.context.length + row.body.length)) / average
          return (idf(chunks) * frequency * (K1 + 1)) / (frequency + K1 * length)
        })
        return { key: row.key, document: row.document, score: sum(parts.filter((part) => part > 0)) }
      })
      const matching = scored.filter(({ score }) => score > 0).sort((a, b) => b.score - a.score || a.key - b.key)
      const found = matching.filter(({ document }) => passing.has(document)).slice(0, options.limit)
      const hits = found.map(({ key, score }) => ({ key, score }))
      const included = matching.filter((hit) => include.includes(hit.key) && !found.includes(hit))
      return {
        hits,
        included: included.map(({ key, score }) => ({ key, score })).sort((a, b) => a.key - b.key),
        terms,
        bound: sum(terms.filter(({ chunks }) => chunks > 0).map(({ chunks }) => idf(chunks) * (K1 + 1))),
      }
    },
    async rebuild() {
      check(state)
    },
  }
}

/** Each index asked by itself. */
export async function memoryCandidates(
  state: MemoryState,
  collection: Collection,
  analysis: Analysis,
  { vectors, words, ...options }: CandidateQuery,
): Promise<CandidateLists> {
  const nearest: VectorHit[] = []
  for (const { model, vector } of vectors) {
    nearest.push(...(await memoryVectorIndex(state, collection, model).search(vector, options)))
  }
  const near = new Set(nearest.map(({ key }) => key))
  const lexical =
    words === null
      ? { hits: [], included: [], terms: [], bound: 0 }
      : await memoryLexicalIndex(state, collection, analysis).search(words, { ...options, include: [...near] })
  const missing = lexical.hits.map(({ key }) => key).filter((key) => !near.has(key))
  const measured: CandidateLists['measured'] = []
  for (const { model, vector } of vectors) {
    const index = memoryVectorIndex(state, collection, model)
    const own = (await index.search(vector, options)).map(({ key }) => key)
    const similarities = await index.similarities(vector, [...own, ...missing])
    measured.push({ similarities, distribution: await index.distribution(vector) })
  }
  return { measured, lexical, lexicalTime: 0 }
}

function activeOf(state: MemoryState, collection: string, filter?: FilterNode): MemoryDocument[] {
  return documentsOf(state, collection, filter).filter(({ record }) => record.active)
}

function check({ closed }: MemoryState, options?: IndexSearchOptions): void {
  if (closed) throw new SemdexError('INDEX_CLOSED', { message: 'The naive index was closed.' })
  throwIfAborted(options?.signal)
  if (options && options.limit > MAX_LIMIT) throw new SemdexError('INVALID_INPUT', { message: 'Too many hits.' })
}

function sum(numbers: number[]): number {
  return numbers.reduce((a, b) => a + b, 0)
}
