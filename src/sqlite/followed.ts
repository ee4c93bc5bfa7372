import type { Side, VectorLayout } from '../core/sides.ts'
import type { Connection } from './connection.ts'
import { type CollectionSpace, collectionSpaces } from './spaces.ts'
import { decodeNullable, decodeText, type TextValue } from './text.ts'

/** A collection as the indexes need it. */
export interface FollowedCollection {
  key: number
  /** What an index has applied that has seen every change. Not that of the last change. */
  sequence: number
  layout: VectorLayout
  /** Those that it has vectors of, by key. */
  spaces: CollectionSpace[]
}

/** A document that is in the indexes, or comes into them. */
export interface FollowedDocument {
  key: number
  side: Side
}

export interface AddedDocument extends FollowedDocument, DocumentContent {
  /** False: none of its chunks has a vector. */
  hasVectors: boolean
}

/** What of a document is read by words. */
export interface DocumentContent {
  title: string | null
  chunks: { key: number; heading: string[]; text: string }[]
}

/** A vector that is stored already, of a document that is active. */
export interface FilledVector {
  /** Of its row. */
  key: number
  chunk: number
  /** Of the document. */
  side: Side
  vector: Uint8Array
}

/** Null where the collection is gone. */
export function readFollowed(connection: Connection, key: number): FollowedCollection | null {
  const row = connection.sql<Omit<FollowedCollection, 'spaces'>>(COLLECTION).get(key)
  return row ? { ...row, spaces: collectionSpaces(connection, key) } : null
}

/** The condition that a document `d` is in the index of a space. */
export function isHeld({ members }: Pick<CollectionSpace, 'members'>): string {
  return `d.active = 1 and d.side in (${members.map((side) => `'${side}'`).join(', ')})`
}

/** Those of the chunks that the index of a space may hold. */
export function heldChunks(
  connection: Connection,
  collection: number,
  space: CollectionSpace,
  keys: readonly number[],
): number[] {
  const sql = `
    select c.key from json_each(?) j cross join chunks c on c.key = j.value cross join documents d on d.key = c.document
    where d.collection = ? and ${isHeld(space)}`
  return connection.sql<number>(sql).pluck().all(JSON.stringify(keys), collection)
}

/** Null where the document is not active. */
export function readFollowedDocument(connection: Connection, key: number): FollowedDocument | null {
  const sql = 'select key, side from documents where key = ? and active = 1'
  return connection.sql<FollowedDocument>(sql).get(key) ?? null
}

export function readContent(connection: Connection, document: number): DocumentContent {
  const { title, text } = connection.sql<DocumentRow>(DOCUMENT).get(document) as DocumentRow
  const whole = decodeText(text)
  const chunks = connection
    .sql<ChunkRow>('select key, begins, ends, heading from chunks where document = ? order by position')
    .all(document)
    .map(({ key, begins, ends, heading }) => ({
      key,
      heading: JSON.parse(heading) as string[],
      text: whole.slice(begins, ends),
    }))
  return { title: decodeNullable(title), chunks }
}

interface DocumentRow {
  title: TextValue | null
  text: TextValue
}

interface ChunkRow {
  key: number
  begins: number
  ends: number
  heading: string
}

const COLLECTION = 'select key, sequence, layout from collections where key = ?'

const DOCUMENT = 'select title, text from documents d join texts t on t.document = d.key where d.key = ?'
