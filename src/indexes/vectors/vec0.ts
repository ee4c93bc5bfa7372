import { fromBlob, toBlob } from '../../core/vectors.ts'
import type { Connection } from '../../sqlite/connection.ts'
import { type FollowedCollection, isHeld } from '../../sqlite/followed.ts'
import type { Follower } from '../../sqlite/followers.ts'
import type { CollectionSpace } from '../../sqlite/spaces.ts'

/**
 * sqlite-vec's tables. Distances are Euclidean, computed in float32: good for choosing candidates, not for exact answers.
 *
 * `native`: one table for each space, as wide as its vectors; a row is a chunk. `padded`: one table for the collection, as
 * wide as its widest space, zeros behind the shorter vectors; a row is a vector, since a chunk has two while its side moves
 * to another model. Zeros add nothing to a distance, and a query sees the rows of its own space alone.
 */
export const vec0Follower: Follower = {
  name: 'vec0',
  available: ({ vec }) => vec !== null,
  indexes({ layout, spaces }) {
    if (layout === 'padded') {
      const parts = spaces.map(({ space, members }) => `${space}: ${members.join(' ')}`)
      return [{ space: PADDED, version: `2 padded ${widest(spaces)} (${parts.join(', ')})` }]
    }
    return spaces.map(({ space, members }) => ({ space, version: `2 ${members.join(' ')}` }))
  },
  rebuild(connection, collection, space) {
    vec0Follower.drop(connection, collection.key, space)
    if (space === PADDED) rebuildPadded(connection, collection)
    else rebuildNative(connection, collection, spaceOf(collection, space))
  },
  remove(connection, { key }, space, document) {
    const forget = connection.sql(`delete from ${table(key, space)} where rowid = ?`)
    const rows = connection.sql<Pick<VectorRow, 'key' | 'chunk'>>(ROWS).all(document.key)
    for (const row of rows) forget.run(BigInt(space === PADDED ? row.key : row.chunk))
  },
  add(connection, collection, space, document) {
    if (!document.hasVectors) return
    const isIn = ({ space: from }: VectorRow) =>
      collection.spaces.some(({ space, members }) => space === from && members.includes(document.side))
    const rows = connection.sql<VectorRow>(VECTORS).all(document.key)
    insert(connection, collection, space, rows.filter(isIn))
  },
  fill(connection, collection, space, filled) {
    const from = collection.spaces.find((other) => other.space === filled.space)
    if (!from || (space !== PADDED && space !== from.space)) return
    const held = filled.vectors.filter(({ side }) => from.members.includes(side))
    insert(
      connection,
      collection,
      space,
      held.map((vector) => ({ ...vector, space: from.space })),
    )
  },
  drop(connection, collection, space) {
    connection.db.exec(`drop table if exists ${table(collection, space)}; drop table if exists vectors_${collection}`)
  },
}

/** vec0 answers at most so many neighbours. */
export const MAX_NEIGHBOURS = 4_096

export interface Neighbour {
  /** Of the chunk. */
  key: number
  /** In float32. */
  distance: number
}

/** The name of the index that a space's vectors are in. */
export function indexOf({ layout }: FollowedCollection, space: CollectionSpace): number {
  return layout === 'padded' ? PADDED : space.space
}

/** The nearest chunks of a space, ascending; only among `among` where it is given: vec0 applies it before `k`. */
export function nearest(
  connection: Connection,
  collection: FollowedCollection,
  space: CollectionSpace,
  query: Float32Array,
  k: number,
  among: readonly number[] | null,
): Neighbour[] {
  const keys = among && JSON.stringify(among)
  if (collection.layout === 'padded') return nearestPadded(connection, collection, space, query, k, keys)
  const sql = `select rowid key, distance from ${table(collection.key, space.space)} where embedding match ? and k = ?`
  if (keys === null) return connection.sql<Neighbour>(sql).all(toBlob(query), k)
  return connection.sql<Neighbour>(`${sql} and rowid in (select value from json_each(?))`).all(toBlob(query), k, keys)
}

/** No space has this key. */
const PADDED = 0

function nearestPadded(
  connection: Connection,
  collection: FollowedCollection,
  space: CollectionSpace,
  query: Float32Array,
  k: number,
  keys: string | null,
): Neighbour[] {
  const sql = `
    select rowid key, distance from ${table(collection.key, PADDED)} where embedding match ? and k = ? and space = ?`
  const values = [toBlob(padded(query, widest(collection.spaces))), k, BigInt(space.space)]
  const rows =
    keys === null
      ? connection.sql<Neighbour>(sql).all(...values)
      : connection.sql<Neighbour>(`${sql} and rowid in (${ROWS_OF_CHUNKS})`).all(...values, keys, space.space)
  const chunk = connection.sql<number>('select chunk from vectors where key = ?').pluck()
  return rows.map(({ key, distance }) => ({ key: chunk.get(key) as number, distance }))
}

function rebuildNative(connection: Connection, { key }: FollowedCollection, space: CollectionSpace): void {
  connection.db.exec(`
    create virtual table ${table(key, space.space)} using vec0 (embedding float[${space.dimensions}] distance_metric = l2)`)
  connection
    .sql(
      `insert into ${table(key, space.space)} (rowid, embedding)
      select v.chunk, v.vector ${FROM_VECTORS} where v.collection = ? and v.space = ? and ${isHeld(space)} order by v.key`,
    )
    .run(key, space.space)
}

function rebuildPadded(connection: Connection, collection: FollowedCollection): void {
  const { key, spaces } = collection
  connection.db.exec(`
    create virtual table ${table(key, PADDED)} using vec0 (
      space integer partition key, embedding float[${widest(spaces)}] distance_metric = l2)`)
  const read = connection.sql<VectorRow>('select key, chunk, space, vector from vectors where key = ?')
  for (const space of spaces) {
    const sql = `select v.key ${FROM_VECTORS} where v.collection = ? and v.space = ? and ${isHeld(space)} order by v.key`
    for (const row of connection.sql<number>(sql).pluck().all(key, space.space)) {
      insert(connection, collection, PADDED, [read.get(row) as VectorRow])
    }
  }
}

/** Vectors of other spaces than the index's are left out. */
function insert(connection: Connection, collection: FollowedCollection, index: number, rows: readonly VectorRow[]) {
  const columns = index === PADDED ? '(rowid, space, embedding) values (?, ?, ?)' : '(rowid, embedding) values (?, ?)'
  const statement = connection.sql(`insert into ${table(collection.key, index)} ${columns}`)
  const width = widest(collection.spaces)
  for (const { key, chunk, space, vector } of rows) {
    if (index === space) statement.run(BigInt(chunk), vector)
    if (index === PADDED) statement.run(BigInt(key), BigInt(space), toBlob(padded(fromBlob(vector), width)))
  }
}

function padded(vector: Float32Array, width: number): Float32Array {
  const wide = new Float32Array(width)
  wide.set(vector)
  return wide
}

function widest(spaces: readonly CollectionSpace[]): number {
  return Math.max(...spaces.map(({ dimensions }) => dimensions))
}

function spaceOf({ spaces }: FollowedCollection, key: number): CollectionSpace {
  return spaces.find(({ space }) => space === key) as CollectionSpace
}

function table(collection: number, space: number): string {
  return `vectors_${collection}_${space}`
}

interface VectorRow {
  key: number
  chunk: number
  space: number
  vector: Uint8Array
}

const FROM_VECTORS = 'from vectors v join chunks c on c.key = v.chunk join documents d on d.key = c.document'

const ROWS = 'select v.key, v.chunk from chunks c join vectors v on v.chunk = c.key where c.document = ?'

const VECTORS = `
  select v.key, v.chunk, v.space, v.vector from chunks c join vectors v on v.chunk = c.key where c.document = ?`

const ROWS_OF_CHUNKS = 'select v.key from json_each(?) j cross join vectors v on v.chunk = j.value and v.space = ?'
