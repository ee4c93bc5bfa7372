import type { CandidateLists, CandidateQuery } from '../../core/ports/indexes.ts'
import { assertVector } from '../../core/vectors.ts'
import { closedAs } from '../../sqlite/closed.ts'
import { caller, type SqlitePool } from '../../sqlite/procedures.ts'
import { assertNeighbours } from '../vectors/index.ts'
import type { candidateReads } from './procedures.ts'

/** What both indexes of a collection, given by its key, say of a query: one read of the pool's file. */
export async function findCandidates(
  pool: SqlitePool,
  collection: number,
  { vectors, words, limit, filter, signal }: CandidateQuery,
): Promise<CandidateLists> {
  for (const { model, vector } of vectors) assertVector(vector, model.dimensions)
  if (vectors.length > 0) assertNeighbours(limit)
  const scan = caller<typeof candidateReads>(pool, 'scan')
  const targets = vectors.map(({ model: { fingerprint, dimensions }, vector }) => ({
    fingerprint,
    dimensions,
    query: vector,
  }))
  return closedAs('INDEX_CLOSED', scan('candidates.find', { collection, targets, words, limit, filter }, signal))
}
