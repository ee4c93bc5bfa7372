import { SemdexError } from '../../core/errors.ts'
import type { LexicalIndex } from '../../core/ports/indexes.ts'
import { closedAs } from '../../sqlite/closed.ts'
import { caller, type SqlitePool } from '../../sqlite/procedures.ts'
import type { lexicalReads, lexicalWrites } from './procedures.ts'

const MAX_LIMIT = 100_000

/** Keyword search over a collection, given by its key, in the pool's file. */
export function openLexicalIndex(pool: SqlitePool, collection: number): LexicalIndex {
  const scan = caller<typeof lexicalReads>(pool, 'scan')
  const write = caller<typeof lexicalWrites>(pool, 'write')
  return {
    capabilities: { ranking: 'bm25', maxLimit: MAX_LIMIT },
    search(query, { limit, filter, include, signal }) {
      if (limit > MAX_LIMIT) return Promise.reject(tooMany(limit))
      return closedAs('INDEX_CLOSED', scan('lexical.search', { collection, query, limit, filter, include }, signal))
    },
    rebuild: () => closedAs('INDEX_CLOSED', write('lexical.rebuild', { collection })),
  }
}

function tooMany(limit: number): SemdexError {
  return new SemdexError('INVALID_INPUT', { message: `At most ${MAX_LIMIT} hits can be asked for, not ${limit}.` })
}
