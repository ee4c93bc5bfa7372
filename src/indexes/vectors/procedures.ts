import { SemdexError } from '../../core/errors.ts'
import type { FilterNode } from '../../core/filter.ts'
import type { VectorHit } from '../../core/ports/indexes.ts'
import { assertVector } from '../../core/vectors.ts'
import type { Connection } from '../../sqlite/connection.ts'
import { filteredChunks } from '../../sqlite/filters.ts'
import { type FollowedCollection, heldChunks, readFollowed } from '../../sqlite/followed.ts'
import { isCurrent, rebuild } from '../../sqlite/followers.ts'
import type { Procedures } from '../../sqlite/procedures.ts'
import type { CollectionSpace } from '../../sqlite/spaces.ts'
import { scanAll, scanChunks } from './exact.ts'
import { distribution, momentsFollower } from './moments.ts'
import { indexOf, MAX_NEIGHBOURS, type Neighbour, nearest, vec0Follower } from './vec0.ts'

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
    const found = findSpace(connection, target)
    if (!found || limit <= 0) return []
    const among = filter ? filteredChunks(connection, target.collection, filter, found.space) : null
    return search(connection, found, { query, limit, among })
  },

  'vectors.similarities': (connection: Connection, args: SimilaritiesArgs): Map<number, number> => {
    const { query, keys, ...target } = args
    assertVector(query, target.dimensions)
    const space = findSpace(connection, target)?.space
    if (!space) return new Map()
    const held = heldChunks(connection, target.collection, space, keys)
    const hits = scanChunks(connection, { space, query, limit: keys.length, keys: held })
    return new Map(hits.map(({ key, similarity }) => [key, similarity]))
  },

  'vectors.distribution': (connection: Connection, { query, ...target }: VectorTarget & { query: Float32Array }) => {
    assertVector(query, target.dimensions)
    const found = findSpace(connection, target)
    if (!found || !isCurrent(connection, momentsFollower, found.collection, found.space.space)) return NOTHING
    const spread = distribution(connection, { ...found.space, collection: target.collection }, query)
    return { ...spread, sides: found.space.members }
  },
} satisfies Procedures

export const vectorWrites = {
  'vectors.rebuild': (connection: Connection, target: VectorTarget): void => {
    const found = findSpace(connection, target)
    if (!found) return
    const { collection, space } = found
    rebuild(connection, vec0Follower, collection, indexOf(collection, space))
    rebuild(connection, momentsFollower, collection, space.space)
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

interface FoundSpace {
  collection: FollowedCollection
  space: CollectionSpace
}

function search(connection: Connection, { collection, space }: FoundSpace, request: Request): VectorHit[] {
  const { query, limit, among } = request
  if (among && among.length <= FEW) return scanChunks(connection, { space, query, limit, keys: among })
  if (connection.vec && isCurrent(connection, vec0Follower, collection, indexOf(collection, space))) {
    for (let k = limit + MARGIN; k <= MAX_NEIGHBOURS; k *= 2) {
      const found = nearest(connection, collection, space, query, k, among)
      const hits = scanChunks(connection, { space, query, limit, keys: found.map(({ key }) => key) })
      if (found.length < k || isSettled(hits, found, space.dimensions)) return hits
    }
  }
  return among
    ? scanChunks(connection, { space, query, limit, keys: among })
    : scanAll(connection, { collection: collection.key, space, query, limit })
}

/** Whether everything that vec0 left out is farther than the last hit, in spite of its float32 arithmetic. */
function isSettled(hits: VectorHit[], found: Neighbour[], dimensions: number): boolean {
  const farthest = found.at(-1)?.distance ?? 0
  const error = 1e-6 + dimensions * 2 ** -23
  return Number.isFinite(farthest) && (hits.at(-1)?.distance ?? 0) < farthest * (1 - error)
}

/** Null where the collection is gone. @throws {SemdexError} `COLLECTION_MODEL_MISMATCH` where it has no such vectors now */
function findSpace(
  connection: Connection,
  { collection: key, fingerprint, dimensions }: VectorTarget,
): FoundSpace | null {
  const collection = readFollowed(connection, key)
  if (!collection) return null
  const space = collection.spaces.find((other) => other.fingerprint === fingerprint && other.dimensions === dimensions)
  if (space) return { collection, space }
  throw new SemdexError('COLLECTION_MODEL_MISMATCH', {
    message: 'The collection has no vectors of this model any more.',
    fix: 'Ask again: the collection was changed in the meantime',
    details: { fingerprint, dimensions },
  })
}
