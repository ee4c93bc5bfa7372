import { toBlob } from '../../core/vectors.ts'
import type { Connection } from '../../sqlite/connection.ts'
import type { AddedChunk, FollowedCollection, Follower } from '../../sqlite/followers.ts'

/**
 * One vec0 table for each collection, of the collection's present space. Distances are Euclidean, computed by
 * sqlite-vec in float32: good for choosing candidates, not for exact answers.
 */
export const vec0Follower: Follower = {
  name: 'vec0',
  version: '1',
  available: ({ vec }) => vec !== null,
  rebuild,
  remove(connection, { key, space }, document) {
    const forget = connection.sql(`delete from ${table(key)} where rowid = ?`)
    const keys = connection.sql<number>(CHUNKS_WITH_VECTOR).pluck().all(space, document)
    for (const chunk of keys) forget.run(BigInt(chunk))
  },
  add(connection, { key }, document) {
    insert(connection, key, document.chunks)
  },
  fill(connection, { key }, chunks) {
    insert(connection, key, chunks)
  },
  drop(connection, collection) {
    connection.db.exec(`drop table if exists ${table(collection)}`)
  },
}

/** vec0 answers at most so many neighbours. */
export const MAX_NEIGHBOURS = 4_096

export interface Neighbour {
  key: number
  /** In float32. */
  distance: number
}

/** The nearest chunks, ascending; only among `among` where it is given: vec0 applies it before `k`. */
export function nearest(
  connection: Connection,
  collection: number,
  query: Float32Array,
  k: number,
  among: readonly number[] | null,
): Neighbour[] {
  const sql = `select rowid key, distance from ${table(collection)} where embedding match ? and k = ?`
  if (!among) return connection.sql<Neighbour>(sql).all(toBlob(query), k)
  return connection
    .sql<Neighbour>(`${sql} and rowid in (select value from json_each(?))`)
    .all(toBlob(query), k, JSON.stringify(among))
}

function insert(connection: Connection, key: number, chunks: readonly Pick<AddedChunk, 'key' | 'vector'>[]): void {
  const statement = connection.sql(`insert into ${table(key)} (rowid, embedding) values (?, ?)`)
  for (const chunk of chunks) if (chunk.vector) statement.run(BigInt(chunk.key), toBlob(chunk.vector))
}

function table(collection: number): string {
  return `vectors_${collection}`
}

function rebuild(connection: Connection, { key, space, dimensions }: FollowedCollection): void {
  connection.db.exec(`
    drop table if exists ${table(key)};
    create virtual table ${table(key)} using vec0 (embedding float[${dimensions}] distance_metric = l2)`)
  connection
    .sql(
      `insert into ${table(key)} (rowid, embedding) select chunk, vector from vectors where collection = ? and space = ? order by key`,
    )
    .run(key, space)
}

const CHUNKS_WITH_VECTOR =
  'select c.key from chunks c join vectors v on v.chunk = c.key and v.space = ? where c.document = ?'
