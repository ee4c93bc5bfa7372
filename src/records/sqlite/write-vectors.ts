import { type ErrorAnswer, SemdexError } from '../../core/errors.ts'
import { SIDES, type Side } from '../../core/sides.ts'
import { assertVector, toBlob } from '../../core/vectors.ts'
import type { Connection } from '../../sqlite/connection.ts'
import type { FilledVector } from '../../sqlite/followed.ts'
import type { Following } from '../../sqlite/followers.ts'
import { type CollectionSpace, collectionSpaces } from '../../sqlite/spaces.ts'
import { decodeText, encodeText, type TextValue } from '../../sqlite/text.ts'
import { type CollectionRow, spaceOfSide } from './rows.ts'
import { INSERT_VECTOR, logChanges } from './stored-documents.ts'

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
  const filled: FilledVector[] = []
  const documents = new Set<number>()
  let count = 0
  for (const { key: chunk, embeddingHash, vector, error } of vectors) {
    const waiting = connection.sql<WaitingRow>(LACKING).get(chunk, collection.key, index.space)
    if (!waiting || ![...index.serving, ...index.migrating].includes(waiting.side)) continue
    const { side, document } = waiting
    if (vector) assertVector(vector, index.dimensions)
    const serving = index.serving.includes(side)
    if (serving) documents.add(document)
    const reason = vector ? null : JSON.stringify(error)
    if (serving) updateChunk(connection, chunk, waiting, { embeddingHash, reason })
    else if (reason !== null) connection.sql(FAIL).run(chunk, index.space, collection.key, Date.now(), reason)
    if (serving || vector) connection.sql('delete from attempts where chunk = ? and space = ?').run(chunk, index.space)
    if (!vector) continue
    const blob = toBlob(vector)
    const { lastInsertRowid } = connection.sql(INSERT_VECTOR).run(chunk, collection.key, index.space, blob)
    if (waiting.active) filled.push({ key: Number(lastInsertRowid), chunk, side, vector: blob })
    count++
  }
  following.fill(index.space, filled)
  recount(connection, collection, documents)
  return count
}

/** A hash that stays is not written: its index would be changed for nothing, at a page of its own for each chunk. */
function updateChunk(
  connection: Connection,
  key: number,
  { embedding_hash }: WaitingRow,
  { embeddingHash, reason }: { embeddingHash: string; reason: string | null },
): void {
  const hash = encodeText(embeddingHash)
  if (hash !== embedding_hash) connection.sql('update chunks set embedding_hash = ? where key = ?').run(hash, key)
  connection.sql('update chunks set error = ?, waits = null where key = ?').run(reason, key)
}

/** The collection's index of the fingerprint. @throws {SemdexError} `COLLECTION_MODEL_MISMATCH` */
export function requireIndex(connection: Connection, collection: CollectionRow, fingerprint: string): CollectionSpace {
  const found = collectionSpaces(connection, collection.key).find((index) => index.fingerprint === fingerprint)
  if (!found) throw otherFingerprint(collection)
  return found
}

/** Counts what the documents lack of their sides' models, which is a change of each. */
export function recount(connection: Connection, collection: CollectionRow, documents: Iterable<number>): void {
  const [text, code] = SIDES.map((side) => spaceOfSide(collection, side).space)
  const count = connection.sql<TextValue>(RECOUNT).pluck()
  const ids = [...documents].map((document) => count.get({ document, text, code }) as TextValue)
  logChanges(connection, collection, ids, 'put')
}

interface WaitingRow {
  document: number
  side: Side
  active: number
  embedding_hash: TextValue
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
  select c.document, d.side, d.active, c.embedding_hash from chunks c join documents d on d.key = c.document
  where c.key = ? and c.collection = ? and not exists (select 1 from vectors v where v.chunk = c.key and v.space = ?)`

const FAIL = `
  insert into attempts (chunk, space, collection, tries, tried_at, next_at, failed, error)
  values (?, ?, ?, 1, ?, 0, 1, ?)
  on conflict do update set tries = tries + 1, tried_at = excluded.tried_at, failed = 1, error = excluded.error`

const RECOUNT = `
  update documents set (pending, failed) = (
    select coalesce(sum(error is null), 0), coalesce(sum(error is not null), 0)
    from chunks c left join vectors v on v.chunk = c.key and v.space = iif(documents.side = 'code', $code, $text)
    where c.document = $document and v.key is null)
  where key = $document returning id`
