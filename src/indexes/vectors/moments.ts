import { fromBlob, norm } from '../../core/vectors.ts'
import type { Connection } from '../../sqlite/connection.ts'
import type { FollowedCollection, Follower } from '../../sqlite/followers.ts'

/**
 * Mean and covariance of a collection's vectors at unit length, kept as n, Σv and the upper triangle of Σvvᵀ.
 *
 * The sums are folded up to a vector key. Vectors above it are read from the records, and what is removed below it
 * is logged; both are few, and are folded in when there are many.
 */
export const momentsFollower: Follower = {
  name: 'moments',
  version: '1',
  available: () => true,
  rebuild(connection, collection) {
    const { revision } = readHead(connection, collection.key)
    momentsFollower.drop(connection, collection.key)
    const zero = new Float64Array(sumsLength(collection.dimensions))
    connection.sql(INSERT).run(collection.key, collection.space, revision + 1, toBytes(zero))
    fold(connection, collection)
  },
  remove(connection, collection, document) {
    const { folded } = readHead(connection, collection.key)
    connection.sql(LOG_REMOVAL).run(collection.key, collection.space, document, folded)
  },
  add() {},
  settle(connection, collection) {
    if (countOpen(connection, collection) > MAX_OPEN) fold(connection, collection)
  },
  drop(connection, collection) {
    connection.sql('delete from moments where collection = ?').run(collection)
    connection.sql('delete from moment_changes where collection = ?').run(collection)
  },
}

/** Vectors that were added or removed since the last fold cost a dot product each at every query. */
const MAX_OPEN = 256

/**
 * Count, mean and standard deviation of the query's cosines against all vectors: the mean is q·μ, the variance qᵀΣq.
 */
export function distribution(
  connection: Connection,
  collection: FollowedCollection,
  query: Float32Array,
): { count: number; mean: number; deviation: number } {
  const unit = toUnit(query)
  const { count, sums } = readSums(connection, collection.key)
  let total = count
  let first = 0
  let second = 0
  if (count > 0) {
    first = dotLinear(sums, unit)
    second = quadraticForm(sums, unit)
  }
  for (const { sign, blob } of openVectors(connection, collection)) {
    const cosine = dotUnit(unit, fromBlob(blob))
    total += sign
    first += sign * cosine
    second += sign * cosine ** 2
  }
  if (total === 0) return { count: 0, mean: 0, deviation: 0 }
  const mean = first / total
  return { count: total, mean, deviation: Math.sqrt(Math.max(0, second / total - mean ** 2)) }
}

function fold(connection: Connection, collection: FollowedCollection): void {
  const { count, sums: before } = readSums(connection, collection.key)
  const sums = before.slice()
  let total = count
  for (const { sign, blob } of openVectors(connection, collection)) {
    addVector(sums, toUnit(fromBlob(blob)), sign)
    total += sign
  }
  const last = connection.sql<number>(LAST_VECTOR).pluck().get(collection.key, collection.space) ?? 0
  connection.sql(UPDATE).run(total, last, toBytes(sums), collection.key)
  connection.memo.set(memoName(collection.key), { revision: readHead(connection, collection.key).revision, sums })
  connection.sql('delete from moment_changes where collection = ?').run(collection.key)
}

function* openVectors(connection: Connection, { key, space }: FollowedCollection) {
  const { folded } = readHead(connection, key)
  const added = connection.db.prepare<unknown[], Buffer>(ADDED).pluck().iterate(key, space, folded)
  for (const blob of added) yield { sign: 1, blob }
  const removed = connection.db.prepare<unknown[], Buffer>(REMOVED).pluck().iterate(key)
  for (const blob of removed) yield { sign: -1, blob }
}

function countOpen(connection: Connection, { key, space }: FollowedCollection): number {
  const { folded } = readHead(connection, key)
  return connection.sql<number>(COUNT_OPEN).pluck().get(key, space, folded, key) ?? 0
}

interface Head {
  count: number
  folded: number
  revision: number
}

function readHead(connection: Connection, collection: number): Head {
  const sql = 'select count, folded, revision from moments where collection = ?'
  return connection.sql<Head>(sql).get(collection) ?? { count: 0, folded: 0, revision: 0 }
}

/** The sums, read from the file only where its revision is another than the last one seen here. */
function readSums(connection: Connection, collection: number): { count: number; sums: Float64Array } {
  const { count, revision } = readHead(connection, collection)
  const cached = connection.memo.get(memoName(collection)) as { revision: number; sums: Float64Array } | undefined
  if (cached?.revision === revision) return { count, sums: cached.sums }
  const blob = connection.sql<Buffer>('select sums from moments where collection = ?').pluck().get(collection)
  const sums = blob ? fromBytes(blob) : new Float64Array()
  connection.memo.set(memoName(collection), { revision, sums })
  return { count, sums }
}

function memoName(collection: number): string {
  return `moments ${collection}`
}

/** Σv, then the rows of the upper triangle of Σvvᵀ. */
function sumsLength(dimensions: number): number {
  return dimensions + (dimensions * (dimensions + 1)) / 2
}

function addVector(sums: Float64Array, unit: Float64Array, sign: number): void {
  const { length } = unit
  let at = length
  for (let i = 0; i < length; i++) {
    const value = sign * (unit[i] as number)
    sums[i] = (sums[i] as number) + value
    for (let j = i; j < length; j++) {
      sums[at] = (sums[at] as number) + value * (unit[j] as number)
      at++
    }
  }
}

function dotLinear(sums: Float64Array, unit: Float64Array): number {
  let sum = 0
  for (let i = 0; i < unit.length; i++) sum += (sums[i] as number) * (unit[i] as number)
  return sum
}

function quadraticForm(sums: Float64Array, unit: Float64Array): number {
  const { length } = unit
  let at = length
  let sum = 0
  for (let i = 0; i < length; i++) {
    const value = unit[i] as number
    let row = ((sums[at++] as number) * value) / 2
    for (let j = i + 1; j < length; j++) row += (sums[at++] as number) * (unit[j] as number)
    sum += 2 * value * row
  }
  return sum
}

function toUnit(vector: Float32Array): Float64Array {
  const length = norm(vector)
  const unit = new Float64Array(vector.length)
  for (let i = 0; i < unit.length; i++) unit[i] = (vector[i] as number) / length
  return unit
}

function dotUnit(unit: Float64Array, vector: Float32Array): number {
  let sum = 0
  for (let i = 0; i < unit.length; i++) sum += (unit[i] as number) * (vector[i] as number)
  return sum / norm(vector)
}

/** Little-endian float64, as the vectors are little-endian float32. */
function toBytes(sums: Float64Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(sums.byteLength))
  if (LITTLE_ENDIAN) return new Uint8Array(sums.buffer, sums.byteOffset, sums.byteLength)
  for (let i = 0; i < sums.length; i++) view.setFloat64(i * 8, sums[i] as number, true)
  return new Uint8Array(view.buffer)
}

function fromBytes(blob: Uint8Array): Float64Array {
  if (LITTLE_ENDIAN) return new Float64Array(Uint8Array.from(blob).buffer)
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength)
  return Float64Array.from({ length: blob.byteLength / 8 }, (_, i) => view.getFloat64(i * 8, true))
}

const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1

const INSERT = 'insert into moments (collection, space, count, folded, revision, sums) values (?, ?, 0, 0, ?, ?)'

const UPDATE = 'update moments set count = ?, folded = ?, revision = revision + 1, sums = ? where collection = ?'

const LOG_REMOVAL = `
  insert into moment_changes (collection, space, sign, vector)
  select ?, v.space, -1, v.vector from chunks c join vectors v on v.chunk = c.key and v.space = ?
  where c.document = ? and v.key <= ? order by v.key`

const LAST_VECTOR = 'select max(key) from vectors where collection = ? and space = ?'

const ADDED = 'select vector from vectors where collection = ? and space = ? and key > ? order by key'

const REMOVED = 'select vector from moment_changes where collection = ? order by key'

const COUNT_OPEN = `
  select (select count(*) from vectors where collection = ? and space = ? and key > ?)
    + (select count(*) from moment_changes where collection = ?)`
