import type { VectorHit } from '../../core/ports/indexes.ts'
import { cosine, distance, fromBlob } from '../../core/vectors.ts'
import type { Connection } from '../../sqlite/connection.ts'

/** What decides an order: ascending distance, ties by ascending key. */
export interface Scored {
  key: number
  distance: number
}

/** The nearest of all vectors of a collection and space, computed from the blobs. */
export function scanAll(
  connection: Connection,
  { collection, space, query, limit }: { collection: number; space: number; query: Float32Array; limit: number },
): VectorHit[] {
  const best = createBest(limit)
  const rows = connection.db
    .prepare<[number, number], [number, Buffer]>(
      'select chunk, vector from vectors where collection = ? and space = ? order by key',
    )
    .raw()
    .iterate(collection, space) as IterableIterator<[number, Buffer]>
  for (const [key, blob] of rows) best.offer(key, distance(query, fromBlob(blob)))
  return withCosines(connection, space, query, best.take())
}

/** The nearest of these chunks, computed from the blobs; those without a vector are left out. */
export function scanChunks(
  connection: Connection,
  { space, query, limit, keys }: { space: number; query: Float32Array; limit: number; keys: Iterable<number> },
): VectorHit[] {
  const best = createBest(limit)
  for (const key of keys) {
    const vector = readVector(connection, space, key)
    if (vector) best.offer(key, distance(query, vector))
  }
  return withCosines(connection, space, query, best.take())
}

export function readVector(connection: Connection, space: number, chunk: number): Float32Array | null {
  const blob = connection
    .sql<Buffer>('select vector from vectors where chunk = ? and space = ?')
    .pluck()
    .get(chunk, space)
  return blob ? fromBlob(blob) : null
}

function withCosines(connection: Connection, space: number, query: Float32Array, best: Scored[]): VectorHit[] {
  return best.map(({ key, distance }) => {
    const vector = readVector(connection, space, key) as Float32Array
    return { key, similarity: cosine(query, vector), distance }
  })
}

/** Keeps the best `limit` of what it is offered; sorts only when twice as many have gathered. */
function createBest(limit: number) {
  let kept: Scored[] = []
  let worst = Number.POSITIVE_INFINITY
  const trim = () => {
    kept.sort((a, b) => a.distance - b.distance || a.key - b.key)
    kept = kept.slice(0, limit)
    if (kept.length === limit) worst = kept.at(-1)?.distance ?? Number.POSITIVE_INFINITY
  }
  return {
    offer(key: number, distance: number) {
      if (distance > worst) return
      kept.push({ key, distance })
      if (kept.length >= limit * 2 + 64) trim()
    },
    take(): Scored[] {
      trim()
      return kept
    },
  }
}
