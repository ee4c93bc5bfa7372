import type { VectorHit } from '../../core/ports/indexes.ts'
import { SIDES } from '../../core/sides.ts'
import { distance, fromBlob, norm } from '../../core/vectors.ts'
import type { Connection } from '../../sqlite/connection.ts'
import type { CollectionSpace } from '../../sqlite/spaces.ts'
import { createBest } from '../best.ts'

/** The nearest of all vectors that the index of a space holds, computed from the blobs. */
export function scanAll(
  connection: Connection,
  {
    collection,
    space,
    query,
    limit,
  }: { collection: number; space: CollectionSpace; query: Float32Array; limit: number },
): VectorHit[] {
  const best = createBest<Ranked>(limit, byDistance)
  const left = leftOut(connection, collection, space)
  const rows = connection.db
    .prepare<[number, number], [number, Buffer]>(
      'select chunk, vector from vectors where collection = ? and space = ? order by key',
    )
    .raw()
    .iterate(collection, space.space) as IterableIterator<[number, Buffer]>
  for (const [key, blob] of rows) if (!left.has(key)) best.offer({ key, distance: distance(query, fromBlob(blob)) })
  const keys = best.take().map(({ key }) => key)
  return scanChunks(connection, { space, query, limit, keys })
}

/** The nearest of these chunks, computed from the blobs; those without a vector are left out. */
export function scanChunks(
  connection: Connection,
  { space, query, limit, keys }: { space: CollectionSpace; query: Float32Array; limit: number; keys: Iterable<number> },
): VectorHit[] {
  const best = createBest<VectorHit>(limit, byDistance)
  const length = norm(query)
  for (const key of keys) {
    const vector = readVector(connection, space.space, key)
    if (vector) best.offer({ key, ...compare(query, length, vector) })
  }
  return best.take()
}

/** The chunks of documents that are not in the index: few reads where all are. */
function leftOut(connection: Connection, collection: number, { members }: CollectionSpace): Set<number> {
  const others = SIDES.filter((side) => !members.includes(side))
  const inactive = connection.sql<number>(chunksWhere('active = 0')).pluck().all(collection)
  const another = others.flatMap((side) =>
    connection.sql<number>(chunksWhere('side = ?')).pluck().all(collection, side),
  )
  return new Set([...inactive, ...another])
}

function chunksWhere(condition: string): string {
  return `select key from chunks where document in (select key from documents where collection = ? and ${condition})`
}

function readVector(connection: Connection, space: number, chunk: number): Float32Array | null {
  const blob = connection
    .sql<Buffer>('select vector from vectors where chunk = ? and space = ?')
    .pluck()
    .get(chunk, space)
  return blob ? fromBlob(blob) : null
}
/** Cosine and distance in one pass over the numbers; in each sum the order of `core/vectors`. */
function compare(query: Float32Array, length: number, vector: Float32Array): Omit<VectorHit, 'key'> {
  let product = 0
  let squares = 0
  let differences = 0
  for (let i = 0; i < query.length; i++) {
    const a = query[i] as number
    const b = vector[i] as number
    product += a * b
    squares += b * b
    differences += (a - b) * (a - b)
  }
  const similarity = Math.max(-1, Math.min(1, product / (length * Math.sqrt(squares))))
  return { similarity, distance: Math.sqrt(differences) }
}

function byDistance(a: Ranked, b: Ranked): number {
  return a.distance - b.distance || a.key - b.key
}

interface Ranked {
  key: number
  distance: number
}
