import { SemdexError } from '../../core/errors.ts'
import type { VectorIndex } from '../../core/ports/indexes.ts'
import { assertVector } from '../../core/vectors.ts'
import { closedAs } from '../../sqlite/closed.ts'
import { caller, type SqlitePool } from '../../sqlite/procedures.ts'
import type { VectorTarget, vectorReads, vectorWrites } from './procedures.ts'
import { MAX_NEIGHBOURS } from './vec0.ts'

/** Exact nearest neighbours in the pool's file: by vec0 where it is loaded and up to date, else by a scan. */
export function openVectorIndex(pool: SqlitePool, { collection, fingerprint, dimensions }: VectorTarget): VectorIndex {
  const target = { collection, fingerprint, dimensions }
  const read = caller<typeof vectorReads>(pool, 'read')
  const scan = caller<typeof vectorReads>(pool, 'scan')
  const write = caller<typeof vectorWrites>(pool, 'write')
  return {
    capabilities: { exact: true, maxLimit: MAX_NEIGHBOURS },
    async search(query, { limit, filter, signal }) {
      assertVector(query, dimensions)
      assertNeighbours(limit)
      return closedAs('INDEX_CLOSED', scan('vectors.search', { ...target, query, limit, filter }, signal))
    },
    async similarities(query, keys) {
      assertVector(query, dimensions)
      return closedAs('INDEX_CLOSED', read('vectors.similarities', { ...target, query, keys }))
    },
    async distribution(query) {
      assertVector(query, dimensions)
      return closedAs('INDEX_CLOSED', read('vectors.distribution', { ...target, query }))
    },
    rebuild: () => closedAs('INDEX_CLOSED', write('vectors.rebuild', target)),
  }
}

/** @throws {SemdexError} `INVALID_INPUT` for more than vec0 answers */
export function assertNeighbours(limit: number): void {
  if (limit <= MAX_NEIGHBOURS) return
  throw new SemdexError('INVALID_INPUT', {
    message: `At most ${MAX_NEIGHBOURS} hits can be asked for, not ${limit}.`,
  })
}
