import type { FilterNode } from '../../core/filter.ts'
import type { LexicalAnswer, LexicalHit } from '../../core/ports/indexes.ts'
import type { Connection } from '../../sqlite/connection.ts'
import { filteredChunks } from '../../sqlite/filters.ts'
import { readFollowed } from '../../sqlite/followed.ts'
import { rebuild } from '../../sqlite/followers.ts'
import type { Procedures } from '../../sqlite/procedures.ts'
import { whileUnchanged } from '../../sqlite/unchanged.ts'
import { createBest } from '../best.ts'
import { queryTerms } from './analyzer.ts'
import { fts5Follower, table, vocabulary, WHOLE } from './fts5.ts'

export const lexicalReads = {
  'lexical.search': (connection: Connection, args: LexicalSearch): LexicalAnswer => {
    if (!hasIndex(connection, args.collection)) return { hits: [], included: [], terms: [], bound: 0 }
    const terms = countTerms(connection, args.collection, queryTerms(args.query))
    const known = terms.filter(({ chunks }) => chunks > 0)
    return { ...rank(connection, args, known), terms, bound: bound(connection, args.collection, known) }
  },
} satisfies Procedures

export const lexicalWrites = {
  'lexical.rebuild': (connection: Connection, { collection }: { collection: number }): void => {
    const followed = readFollowed(connection, collection)
    if (followed) rebuild(connection, fts5Follower, followed, WHOLE)
  },
} satisfies Procedures

export interface LexicalSearch {
  collection: number
  query: string
  limit: number
  filter?: FilterNode | undefined
  include?: readonly number[] | undefined
}

/** A word of the title or a heading counts as two of the text. */
const CONTEXT_WEIGHT = '2.0'
/** FTS5's own constant. */
const K1 = 1.2

function hasIndex(connection: Connection, collection: number): boolean {
  const sql = "select 1 from index_states where name = 'fts5' and collection = ?"
  return connection.sql(sql).get(collection) !== undefined
}

function countTerms(connection: Connection, collection: number, terms: string[]): LexicalAnswer['terms'] {
  const count = connection.sql<number>(`select doc from ${vocabulary(collection)} where term = ?`).pluck()
  return terms.map((term) => ({ term, chunks: count.get(term) ?? 0 }))
}

/** One pass over the matches gives the best, and the scores of the included. */
function rank(
  connection: Connection,
  { collection, limit, filter, include = [] }: LexicalSearch,
  terms: LexicalAnswer['terms'],
): Pick<LexicalAnswer, 'hits' | 'included'> {
  if (terms.length === 0) return { hits: [], included: [] }
  const passing = filter && new Set(filteredChunks(connection, collection, filter))
  const name = table(collection)
  const matches = connection
    .sql<[key: number, score: number]>(
      `select rowid, -bm25(${name}, ${CONTEXT_WEIGHT}, 1.0) from ${name} where ${name} match ?`,
    )
    .raw()
    .all(terms.map(({ term }) => `"${term}"`).join(' OR '))
  const wanted = new Set(include)
  const best = createBest<LexicalHit>(limit, byScore)
  const scores = new Map<number, number>()
  for (const [key, score] of matches) {
    if (!passing || passing.has(key)) best.offer({ key, score })
    if (wanted.has(key)) scores.set(key, score)
  }
  const hits = best.take()
  for (const { key } of hits) scores.delete(key)
  const included = [...scores].map(([key, score]) => ({ key, score }))
  return { hits, included: included.sort((a, b) => a.key - b.key) }
}

function byScore(a: LexicalHit, b: LexicalHit): number {
  return b.score - a.score || a.key - b.key
}

/** Σ idf·(k1 + 1), with the idf that FTS5's bm25() uses: ln((N − n + ½) / (n + ½)), at least 10⁻⁶. */
function bound(connection: Connection, collection: number, terms: LexicalAnswer['terms']): number {
  const all = whileUnchanged(connection, `active chunks ${collection}`, () => activeChunks(connection, collection))
  return terms.reduce((sum, { chunks }) => {
    const idf = Math.log((all - chunks + 0.5) / (chunks + 0.5))
    return sum + Math.max(1e-6, idf) * (K1 + 1)
  }, 0)
}

function activeChunks(connection: Connection, collection: number): number {
  return connection.sql<number>(ACTIVE_CHUNKS).pluck().get(collection, collection) ?? 0
}

/** All but those that are not active: the index that counts all need not be left for either sum. */
const ACTIVE_CHUNKS = `
  select (select coalesce(sum(chunks), 0) from documents where collection = ?)
    - (select coalesce(sum(chunks), 0) from documents where collection = ? and active = 0)`
