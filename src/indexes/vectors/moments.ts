import { fromBlob, norm } from '../../core/vectors.ts'
import type { Connection } from '../../sqlite/connection.ts'
import { type FollowedCollection, type FollowedDocument, isHeld } from '../../sqlite/followed.ts'
import type { Follower } from '../../sqlite/followers.ts'
import type { CollectionSpace } from '../../sqlite/spaces.ts'

/**
 * Mean and covariance of a space's vectors at unit length, kept as n, Σv and the upper triangle of Σvvᵀ.
 *
 * The sums are folded up to a vector key. Vectors above it are read from the records; what leaves the index below it, and what
 * comes back, is logged with its sign. Both are few, and are folded in when there are many.
 */
export const momentsFollower: Follower = {
  name: 'moments',
  available: () => true,
  indexes({ spaces }) {
    return spaces.map(({ space, members }) => ({ space, version: members.length > 1 ? '1' : `1 ${members[0]}` }))
  },
  rebuild(connection, collection, space) {
    const held = heldIn(collection, space)
    const { revision } = readHead(connection, held)
    momentsFollower.drop(connection, collection.key, space)
    connection
      .sql(INSERT)
      .run(collection.key, space, revision + 1, toBytes(new Float64Array(sumsLength(held.dimensions))))
    fold(connection, held)
  },
  remove(connection, collection, space, document) {
    log(connection, heldIn(collection, space), document, -1)
  },
  add(connection, collection, space, document) {
    if (document.hasVectors) log(connection, heldIn(collection, space), document, 1)
  },
  settle(connection, collection, space) {
    const held = heldIn(collection, space)
    if (countOpen(connection, held) > MAX_OPEN) fold(connection, held)
  },
  drop(connection, collection, space) {
    connection.sql('delete from moments where collection = ? and space = ?').run(collection, space)
    connection.sql('delete from moment_changes where collection = ? and space = ?').run(collection, space)
  },
}

/** The vectors of a space that its index holds. */
export interface Held extends CollectionSpace {
  collection: number
}

/** Vectors that were added or removed since the last fold cost a dot product each at every query. */
const MAX_OPEN = 256

/**
 * Count, mean and standard deviation of the query's cosines against all vectors: the mean is q·μ, the variance qᵀΣq.
 */
export function distribution(
  connection: Connection,
  held: Held,
  query: Float32Array,
): { count: number; mean: number; deviation: number } {
  const unit = toUnit(query)
  const { count, sums } = readSums(connection, held)
  let total = count
  let first = 0
  let second = 0
  if (count > 0) {
    first = dotLinear(sums, unit)
    second = quadraticForm(sums, unit)
  }
  for (const { sign, blob } of openVectors(connection, held)) {
    const cosine = dotUnit(unit, fromBlob(blob))
    total += sign
    first += sign * cosine
    second += sign * cosine ** 2
  }
  if (total === 0) return { count: 0, mean: 0, deviation: 0 }
  const mean = first / total
  return { count: total, mean, deviation: Math.sqrt(Math.max(0, second / total - mean ** 2)) }
}

function heldIn({ key, spaces }: FollowedCollection, space: number): Held {
  return { ...(spaces.find((other) => other.space === space) as CollectionSpace), collection: key }
}

/** Vectors above the last one that was folded need no log: they are read from the records while they are there. */
function log(connection: Connection, held: Held, document: FollowedDocument, sign: 1 | -1): void {
  if (!held.members.includes(document.side)) return
  const { folded } = readHead(connection, held)
  if (folded > 0) connection.sql(LOG).run(held.collection, held.space, sign, held.space, document.key, folded)
}

function fold(connection: Connection, held: Held): void {
  const { count, sums: before } = readSums(connection, held)
  const { collection, space } = held
  const sums = before.slice()
  let total = count
  let block = newBlock(held.dimensions)
  for (const { sign, blob } of openVectors(connection, held)) {
    put(block, toUnit(fromBlob(blob)), sign)
    total += sign
    if (block.count < AT_ONCE) continue
    addBlock(sums, block)
    block = newBlock(held.dimensions)
  }
  if (block.count > 0) addBlock(sums, block)
  const last = connection.sql<number>(LAST_VECTOR).pluck().get(collection, space) ?? 0
  connection.sql(UPDATE).run(total, last, toBytes(sums), collection, space)
  connection.memo.set(memoName(held), { revision: readHead(connection, held).revision, sums })
  connection.sql('delete from moment_changes where collection = ? and space = ?').run(collection, space)
}

function* openVectors(connection: Connection, held: Held) {
  const { collection, space } = held
  const { folded } = readHead(connection, held)
  const added = connection.db
    .prepare<unknown[], Buffer>(`${ADDED} and ${isHeld(held)} order by v.key`)
    .pluck()
    .iterate(collection, space, folded)
  for (const blob of added) yield { sign: 1, blob }
  const changed = connection.db.prepare<unknown[], Logged>(LOGGED).iterate(collection, space)
  for (const { sign, vector } of changed) yield { sign, blob: vector }
}

/** At least as many as there are: those that the index does not hold are among them. */
function countOpen(connection: Connection, held: Held): number {
  const { collection, space } = held
  const { folded } = readHead(connection, held)
  return connection.sql<number>(COUNT_OPEN).pluck().get(collection, space, folded, collection, space) ?? 0
}

interface Logged {
  sign: number
  vector: Buffer
}

interface Head {
  count: number
  folded: number
  revision: number
}

function readHead(connection: Connection, { collection, space }: Held): Head {
  const sql = 'select count, folded, revision from moments where collection = ? and space = ?'
  return connection.sql<Head>(sql).get(collection, space) ?? { count: 0, folded: 0, revision: 0 }
}

/** The sums, read from the file only where its revision is another than the last one seen here. */
function readSums(connection: Connection, held: Held): { count: number; sums: Float64Array } {
  const { count, revision } = readHead(connection, held)
  const cached = connection.memo.get(memoName(held)) as { revision: number; sums: Float64Array } | undefined
  if (cached?.revision === revision) return { count, sums: cached.sums }
  const sql = 'select sums from moments where collection = ? and space = ?'
  const blob = connection.sql<Buffer>(sql).pluck().get(held.collection, held.space)
  const sums = blob ? fromBytes(blob) : new Float64Array()
  connection.memo.set(memoName(held), { revision, sums })
  return { count, sums }
}

function memoName({ collection, space }: Held): string {
  return `moments ${collection} ${space}`
}

/** Σv, then the rows of the upper triangle of Σvvᵀ. */
function sumsLength(dimensions: number): number {
  return dimensions + (dimensions * (dimensions + 1)) / 2
}

/** Vectors of one pass over the sums: each number of them is read and written once for all, which is most of the cost. */
const AT_ONCE = 8

/** Vectors side by side: number i of all of them, then number i + 1. Missing ones are zeros. */
interface Block {
  signs: Float64Array
  numbers: Float64Array
  count: number
}

function newBlock(dimensions: number): Block {
  return { signs: new Float64Array(AT_ONCE), numbers: new Float64Array(dimensions * AT_ONCE), count: 0 }
}

function put(block: Block, unit: Float64Array, sign: number): void {
  for (let i = 0; i < unit.length; i++) block.numbers[i * AT_ONCE + block.count] = unit[i] as number
  block.signs[block.count++] = sign
}

/** Adds the block's vectors to the sums. The eight are written out: a loop over them takes twice as long. */
function addBlock(sums: Float64Array, { signs, numbers: x }: Block): void {
  const dimensions = x.length / AT_ONCE
  const number = (at: number) => x[at] as number
  const signed = (at: number) => (signs[at % AT_ONCE] as number) * number(at)
  let out = dimensions
  for (let i = 0; i < dimensions; i++) {
    const at = i * AT_ONCE
    const [a, b, c, d] = [signed(at), signed(at + 1), signed(at + 2), signed(at + 3)]
    const [e, f, g, h] = [signed(at + 4), signed(at + 5), signed(at + 6), signed(at + 7)]
    sums[i] = (sums[i] as number) + (a + b + (c + d) + (e + f + (g + h)))
    for (let j = at; j < x.length; j += AT_ONCE) {
      const first = a * number(j) + b * number(j + 1) + (c * number(j + 2) + d * number(j + 3))
      const second = e * number(j + 4) + f * number(j + 5) + (g * number(j + 6) + h * number(j + 7))
      sums[out] = (sums[out] as number) + (first + second)
      out++
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

const UPDATE = `
  update moments set count = ?, folded = ?, revision = revision + 1, sums = ? where collection = ? and space = ?`

const LOG = `
  insert into moment_changes (collection, space, sign, vector)
  select ?, ?, ?, v.vector from chunks c join vectors v on v.chunk = c.key and v.space = ?
  where c.document = ? and v.key <= ? order by v.key`

const LAST_VECTOR = 'select max(key) from vectors where collection = ? and space = ?'

const ADDED = `
  select v.vector from vectors v join chunks c on c.key = v.chunk join documents d on d.key = c.document
  where v.collection = ? and v.space = ? and v.key > ?`

const LOGGED = 'select sign, vector from moment_changes where collection = ? and space = ? order by key'

const COUNT_OPEN = `
  select (select count(*) from vectors where collection = ? and space = ? and key > ?)
    + (select count(*) from moment_changes where collection = ? and space = ?)`
