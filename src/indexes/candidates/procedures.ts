import type { FilterNode } from '../../core/filter.ts'
import type { CandidateLists, LexicalAnswer } from '../../core/ports/indexes.ts'
import type { Connection } from '../../sqlite/connection.ts'
import type { Procedures } from '../../sqlite/procedures.ts'
import { lexicalReads } from '../lexical/procedures.ts'
import { type VectorTarget, vectorReads } from '../vectors/procedures.ts'

export const candidateReads = {
  'candidates.find': (connection: Connection, asked: FindCandidates): CandidateLists => {
    const nearest = asked.targets.map((target) => findNearest(connection, target, asked))
    const began = performance.now()
    const lexical = findWords(connection, asked, nearest)
    const lexicalTime = performance.now() - began
    const missing = keysOnlyIn(lexical, nearest)
    const measured = asked.targets.map((target, at) => {
      const vector = { collection: asked.collection, ...target }
      const more = missing.length > 0 ? similarities(connection, { ...vector, keys: missing }) : []
      return {
        similarities: new Map([...(nearest[at] ?? []), ...more]),
        distribution: vectorReads['vectors.distribution'](connection, vector),
      }
    })
    return { measured, lexical, lexicalTime }
  },
} satisfies Procedures

interface FindCandidates {
  collection: number
  targets: readonly (Omit<VectorTarget, 'collection'> & { query: Float32Array })[]
  words: string | null
  limit: number
  filter?: FilterNode | undefined
}

type Similarities = [key: number, similarity: number][]

const { 'vectors.search': searchVectors, 'vectors.similarities': similarities } = vectorReads
const { 'lexical.search': searchWords } = lexicalReads

function findNearest(
  connection: Connection,
  target: FindCandidates['targets'][number],
  { collection, limit, filter }: FindCandidates,
): Similarities {
  const hits = searchVectors(connection, { collection, ...target, limit, filter })
  return hits.map(({ key, similarity }) => [key, similarity])
}

function findWords(
  connection: Connection,
  { collection, words, limit, filter }: FindCandidates,
  nearest: readonly Similarities[],
): LexicalAnswer {
  if (words === null) return { hits: [], included: [], terms: [], bound: 0 }
  const include = nearest.flatMap((hits) => hits.map(([key]) => key))
  return searchWords(connection, { collection, query: words, limit, filter, include })
}

function keysOnlyIn({ hits }: LexicalAnswer, nearest: readonly Similarities[]): number[] {
  const known = new Set(nearest.flatMap((found) => found.map(([key]) => key)))
  return hits.map(({ key }) => key).filter((key) => !known.has(key))
}
