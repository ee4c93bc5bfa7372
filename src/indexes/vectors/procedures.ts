import type { FilterNode } from '../../core/filter.ts'
import type { VectorHit } from '../../core/ports/indexes.ts'
import { assertVector } from '../../core/vectors.ts'
import type { Connection } from '../../sqlite/connection.ts'
import { filteredChunks } from '../../sqlite/filters.ts'
import { type FollowedCollection, isCurrent, rebuild } from '../../sqlite/followers.ts'
import type { Procedures } from '../../sqlite/procedures.ts'
import { scanAll, scanChunks } from './exact.ts'
import { distribution, momentsFollower } from './moments.ts'
import { MAX_NEIGHBOURS, type Neighbour, nearest, vec0Follower } from './vec0.ts'

/** The vectors of one collection and fingerprint. */
export interface VectorTarget {
  collection: number
  fingerprint: string
  dimensions: number
}

interface Search extends VectorTarget {
  query: Float32Array
  limit: number
  filter?: FilterNode | undefined
}

export const vectorReads = {
  'vectors.search': (connection: Connection, { query, limit, filter, ...target }: Search): VectorHit[] => {
    assertVector(query, target.dimensions)
    const collection = findSpace(connection, target)
    if (!collection || limit <= 0) return []
    const among = filter ? filteredChunks(connection, collection.key, filter) : null
    return search(connection, collection, { query, limit, among })
  },

  'vectors.similarities': (connection: Connection, args: SimilaritiesArgs): Map<number, number> => {
    const { query, keys, ...target } = args
    assertVector(query, target.dimensions)
    const space = findSpace(connection, target)?.space
    const hits = space === undefined ? [] : scanChunks(connection, { space, query, limit: keys.length, keys })
    return new Map(hits.map(({ key, similarity }) => [key, similarity]))
  },

  'vectors.distribution': (connection: Connection, { query, ...target }: VectorTarget & { query: Float32Array }) => {
    assertVector(query, target.dimensions)
    const collection = findSpace(connection, target)
    if (!collection || !isCurrent(connection, momentsFollower, collection.key)) return NOTHING
    return distribution(connection, collection, query)
  },
} satisfies Procedures

export const vectorWrites = {
  'vectors.rebuild': (connection: Connection, target: VectorTarget): void => {
    const collection = findSpace(connection, target)
    if (!collection) return
    rebuild(connection, vec0Follower, collection)
    rebuild(connection, momentsFollower, collection)
  },
} satisfies Procedures

interface SimilaritiesArgs extends VectorTarget {
  query: Float32Array
  keys: readonly number[]
}

const NOTHING = { count: 0, mean: 0, deviation: 0 }

/** Fewer vectors than this are read one by one faster than vec0 sorts out which of all it may answer. */
const FEW = 1_000
/** Asked for beyond the limit, so that ties at the limit are decided by key. */
const MARGIN = 32

interface Request {
  query: Float32Array
  limit: number
  among: readonly number[] | null
}

function search(connection: Connection, { key, space, dimensions }: FollowedCollection, request: Request): VectorHit[] {
  const { query, limit, among } = request
  if (among && among.length <= FEW) return scanChunks(connection, { space, query, limit, keys: among })
  if (connection.vec && isCurrent(connection, vec0Follower, key)) {
    for (let k = limit + MARGIN; k <= MAX_NEIGHBOURS; k *= 2) {
      const found = nearest(connection, key, query, k, among)
      const hits = scanChunks(connection, { space, query, limit, keys: found.map(({ key }) => key) })
      if (found.length < k || isSettled(hits, found, dimensions)) return hits
    }
  }
  return among
    ? scanChunks(connection, { space, query, limit, keys: among })
    : scanAll(connection, { collection: key, space, query, limit })
}

/** Whether everything that vec0 left out is farther than the last hit, in spite of its float32 arithmetic. */
function isSettled(hits: VectorHit[], found: Neighbour[], dimensions: number): boolean {
  const farthest = found.at(-1)?.distance ?? 0
  const error = 1e-6 + dimensions * 2 ** -23
  return Number.isFinite(farthest) && (hits.at(-1)?.distance ?? 0) < farthest * (1 - error)
}

/** Null where the collection is gone or has another space now. */
function findSpace(connection: Connection, target: VectorTarget): FollowedCollection | null {
  const { collection, fingerprint, dimensions } = target
  return connection.sql<FollowedCollection>(SPACE).get(collection, fingerprint, dimensions) ?? null
}

const SPACE = `
  select c.key, space, dimensions from collections c join spaces s on s.key = c.space
  where c.key = ? and s.fingerprint = ? and s.dimensions = ?`
