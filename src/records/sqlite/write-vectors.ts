import { type ErrorAnswer, SemdexError } from '../../core/errors.ts'
import { assertVector, toBlob } from '../../core/vectors.ts'
import type { Connection } from '../../sqlite/connection.ts'
import type { Following } from '../../sqlite/followers.ts'
import { decodeText, encodeText, type TextValue } from '../../sqlite/text.ts'
import type { CollectionRow } from './rows.ts'
import { INSERT_VECTOR, logChange } from './write-documents.ts'

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
  if (fingerprint !== collection.fingerprint) throw otherFingerprint(collection)
  const filled: { key: number; vector: Float32Array }[] = []
  const documents = new Set<number>()
  for (const { key, embeddingHash, vector, error } of vectors) {
    const document = connection.sql<number>(WAITING).pluck().get(key, collection.key, collection.space)
    if (document === undefined) continue
    documents.add(document)
    connection.sql(UPDATE_CHUNK).run(encodeText(embeddingHash), vector ? null : JSON.stringify(error), key)
    if (!vector) continue
    assertVector(vector, collection.dimensions)
    connection.sql(INSERT_VECTOR).run(key, collection.key, collection.space, toBlob(vector))
    filled.push({ key, vector })
  }
  following.fill(filled)
  for (const document of documents) recount(connection, collection, document)
  return filled.length
}

function recount(connection: Connection, collection: CollectionRow, document: number): void {
  const { pending, failed } = connection.sql<Counts>(MISSING).get(collection.space, document) as Counts
  connection.sql('update documents set pending = ?, failed = ? where key = ?').run(pending, failed, document)
  const id = connection.sql<TextValue>('select id from documents where key = ?').pluck().get(document) as TextValue
  logChange(connection, collection, id, 'put')
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

/** The document of a chunk without a vector. */
const WAITING = `
  select document from chunks c where key = ? and collection = ?
    and not exists (select 1 from vectors v where v.chunk = c.key and v.space = ?)`

const UPDATE_CHUNK = 'update chunks set embedding_hash = ?, error = ? where key = ?'

const MISSING = `
  select coalesce(sum(error is null), 0) pending, coalesce(sum(error is not null), 0) failed
  from chunks c left join vectors v on v.chunk = c.key and v.space = ?
  where c.document = ? and v.key is null`
