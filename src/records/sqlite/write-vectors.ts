import { type ErrorAnswer, SemdexError } from '../../core/errors.ts'
import type { Side } from '../../core/sides.ts'
import { assertVector, toBlob } from '../../core/vectors.ts'
import type { Connection } from '../../sqlite/connection.ts'
import type { Following } from '../../sqlite/followers.ts'
import { type CollectionSpace, collectionSpaces } from '../../sqlite/spaces.ts'
import { decodeText, encodeText, type TextValue } from '../../sqlite/text.ts'
import { type CollectionRow, spaceOfSide } from './rows.ts'
import { INSERT_VECTOR, logChange } from './stored-documents.ts'

/** A vector as it crosses threads: errors are JSON. */
export interface VectorMessage {
  key: number
  embeddingHash: string
  vector: Float32Array | null
  error: ErrorAnswer | null
}

export interface PutVectorsArgs {
  collection: string
  fingerprint: string
  vectors: VectorMessage[]
}

/** Answers the number of chunks that got a vector. */
export function putVectors(
  connection: Connection,
  collection: CollectionRow,
  following: Following,
  { fingerprint, vectors }: PutVectorsArgs,
): number {
  const index = requireIndex(connection, collection, fingerprint)
  const filled: number[] = []
  const documents = new Set<number>()
  for (const { key, embeddingHash, vector, error } of vectors) {
    const waiting = connection.sql<WaitingRow>(LACKING).get(key, collection.key, index.space)
    if (!waiting || ![...index.serving, ...index.migrating].includes(waiting.side)) continue
    if (vector) assertVector(vector, index.dimensions)
    const serving = index.serving.includes(waiting.side)
    if (serving) documents.add(waiting.document)
    const reason = vector ? null : JSON.stringify(error)
    if (serving) connection.sql(UPDATE_CHUNK).run(encodeText(embeddingHash), reason, key)
    else if (reason !== null) connection.sql(FAIL).run(key, index.space, collection.key, Date.now(), reason)
    if (serving || vector) connection.sql('delete from attempts where chunk = ? and space = ?').run(key, index.space)
    if (!vector) continue
    connection.sql(INSERT_VECTOR).run(key, collection.key, index.space, toBlob(vector))
    filled.push(key)
  }
  following.fill(index.space, filled)
  for (const document of documents) recount(connection, collection, document)
  return filled.length
}

/** The collection's index of the fingerprint. @throws {SemdexError} `COLLECTION_MODEL_MISMATCH` */
export function requireIndex(connection: Connection, collection: CollectionRow, fingerprint: string): CollectionSpace {
  const found = collectionSpaces(connection, collection.key).find((index) => index.fingerprint === fingerprint)
  if (!found) throw otherFingerprint(collection)
  return found
}

export function recount(connection: Connection, collection: CollectionRow, document: number): void {
  const { space } = spaceOfSide(collection, connection.sql<Side>(SIDE).pluck().get(document) as Side)
  const { pending, failed } = connection.sql<Counts>(MISSING).get(space, document) as Counts
  connection.sql('update documents set pending = ?, failed = ? where key = ?').run(pending, failed, document)
  const id = connection.sql<TextValue>('select id from documents where key = ?').pluck().get(document) as TextValue
  logChange(connection, collection, id, 'put')
}

interface WaitingRow {
  document: number
  side: Side
}

interface Counts {
  pending: number
  failed: number
}

function otherFingerprint({ name, model }: CollectionRow): SemdexError {
  const collection = decodeText(name)
  return new SemdexError('COLLECTION_MODEL_MISMATCH', {
    message: `The collection ${collection} has vectors of another model, or of other files of it, than these.`,
    fix: 'Ask again: the collection was changed in the meantime',
    details: { collection, model },
  })
}

/** The document of a chunk without a vector of the space. */
const LACKING = `
  select c.document, d.side from chunks c join documents d on d.key = c.document
  where c.key = ? and c.collection = ? and not exists (select 1 from vectors v where v.chunk = c.key and v.space = ?)`

const SIDE = 'select side from documents where key = ?'

const UPDATE_CHUNK = 'update chunks set embedding_hash = ?, error = ?, waits = null where key = ?'

const FAIL = `
  insert into attempts (chunk, space, collection, tries, tried_at, next_at, failed, error)
  values (?, ?, ?, 1, ?, 0, 1, ?)
  on conflict do update set tries = tries + 1, tried_at = excluded.tried_at, failed = 1, error = excluded.error`

const MISSING = `
  select coalesce(sum(error is null), 0) pending, coalesce(sum(error is not null), 0) failed
  from chunks c left join vectors v on v.chunk = c.key and v.space = ?
  where c.document = ? and v.key is null`
