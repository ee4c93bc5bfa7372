import type { Connection } from './connection.ts'
import {
  type AddedDocument,
  type FilledVector,
  type FollowedCollection,
  type FollowedDocument,
  readContent,
  readFollowed,
  readFollowedDocument,
} from './followed.ts'

/**
 * Indexes in the same file. They are changed in the transaction that changes the records, so they never disagree with
 * them; where a process could not change one, it falls behind its collection's sequence and is made anew.
 *
 * An index is named by its space, 0 where it is not of one space alone. It holds active documents only.
 */
export interface Follower {
  readonly name: string
  available(connection: Connection): boolean
  /** What a collection needs. */
  indexes(collection: FollowedCollection): FollowedIndex[]
  /** Makes an index anew from the records. */
  rebuild(connection: Connection, collection: FollowedCollection, space: number): void
  /** Runs while the document's chunks and vectors are still there. */
  remove(connection: Connection, collection: FollowedCollection, space: number, document: FollowedDocument): void
  /** Runs when the document's chunks and vectors are there. */
  add(connection: Connection, collection: FollowedCollection, space: number, document: AddedDocument): void
  /** Chunks that were there without a vector got one, which is stored already. */
  fill?(connection: Connection, collection: FollowedCollection, space: number, filled: FilledChunks): void
  /** Runs once at the end of each transaction that changed the collection's vectors. */
  settle?(connection: Connection, collection: FollowedCollection, space: number): void
  /** Removes an index; also one of a collection that is gone. */
  drop(connection: Connection, collection: number, space: number): void
}

export interface FollowedIndex {
  space: number
  /** All that decides what is in it. Another one than the stored: the index is made anew. */
  version: string
}

export interface FilledChunks {
  /** Of the vectors. */
  space: number
  vectors: readonly FilledVector[]
}

/** Keeps the indexes in step with one collection during one transaction. Documents that are not active are passed over. */
export interface Following {
  /** To be called before anything of the document changes. */
  remove(document: number): void
  /** To be called when all of the document is written. What it is is read back where it is not given, as of an active one. */
  add(document: number, content?: Omit<AddedDocument, 'key'>): void
  /** To be called when the vectors are written. */
  fill(space: number, vectors: readonly FilledVector[]): void
  /** Records which indexes have not seen what was done. */
  finish(): void
}

export function follow(connection: Connection, followers: readonly Follower[], key: number): Following {
  const collection = readFollowed(connection, key)
  const states = collection ? readStates(connection, followers, key) : []
  const current = collection ? currentIndexes(connection, followers, collection, states) : []
  let changed = false
  let hasOtherVectors = false
  const each = (work: (follower: Follower, collection: FollowedCollection, space: number) => void) => {
    for (const { follower, space } of current) if (collection) work(follower, collection, space)
  }
  return {
    remove(key) {
      const document = readFollowedDocument(connection, key)
      if (!document) return
      changed = hasOtherVectors = true
      each((follower, ...index) => follower.remove(connection, ...index, document))
    },
    add(key, content) {
      const added = content ? { key, ...content } : readAdded(connection, key)
      if (!added) return
      changed = true
      hasOtherVectors ||= added.hasVectors
      each((follower, ...index) => follower.add(connection, ...index, added))
    },
    fill(space, vectors) {
      if (vectors.length > 0) changed = hasOtherVectors = true
      each((follower, ...index) => follower.fill?.(connection, ...index, { space, vectors }))
    },
    finish() {
      if (!collection) return
      if (hasOtherVectors) each((follower, ...index) => follower.settle?.(connection, ...index))
      if (changed) markBehind(connection, collection, states, current)
    },
  }
}

function readAdded(connection: Connection, key: number): AddedDocument | null {
  const document = readFollowedDocument(connection, key)
  return document && { ...document, ...readContent(connection, key), hasVectors: true }
}

/** Whether an index has seen every change of its collection. */
export function isCurrent(
  connection: Connection,
  follower: Follower,
  collection: FollowedCollection,
  space: number,
): boolean {
  const states = readStates(connection, [follower], collection.key)
  return currentIndexes(connection, [follower], collection, states).some((index) => index.space === space)
}

/** Makes a collection's index anew where it can be made. */
export function rebuild(
  connection: Connection,
  follower: Follower,
  collection: FollowedCollection,
  space: number,
): void {
  const index = follower.indexes(collection).find((other) => other.space === space)
  if (!index || !follower.available(connection)) return
  follower.rebuild(connection, collection, space)
  connection.sql(MARK).run(follower.name, collection.key, space, index.version, collection.sequence)
}

/**
 * Brings a collection's indexes in line with what it has now: makes those anew that are new to it, have other contents or are
 * behind, and removes those that it does not need. To be called after `finish`, where both are.
 */
export function updateIndexes(connection: Connection, followers: readonly Follower[], key: number): void {
  for (const stale of findStaleOf(connection, followers, key)) bringUp(connection, stale)
}

/** Removes the collection's indexes. What cannot be removed now is found by `catchUp` later. */
export function dropIndexes(connection: Connection, followers: readonly Follower[], key: number): void {
  for (const follower of followers.filter((other) => other.available(connection))) {
    for (const { space } of readStates(connection, [follower], key)) drop(connection, follower, key, space)
  }
}

/** An index where something is left to do; without a collection it belongs to nothing any more. */
export interface StaleIndex {
  follower: Follower
  collection: FollowedCollection | null
  key: number
  space: number
}

export function findStale(connection: Connection, followers: readonly Follower[]): StaleIndex[] {
  const sql = 'select key from collections union select collection from index_states order by 1'
  const keys = connection.sql<number>(sql).pluck().all()
  return keys.flatMap((key) => findStaleOf(connection, followers, key))
}

/** Rebuilds what is behind and removes what belongs to nothing any more. Run it in a transaction. */
export function catchUp(connection: Connection, followers: readonly Follower[]): void {
  for (const stale of findStale(connection, followers)) bringUp(connection, stale)
}

function findStaleOf(connection: Connection, followers: readonly Follower[], key: number): StaleIndex[] {
  const collection = readFollowed(connection, key)
  const all = readStates(connection, followers, key)
  return followers
    .filter((follower) => follower.available(connection))
    .flatMap((follower) => {
      const states = statesOf(follower, all)
      const needed = collection ? follower.indexes(collection) : []
      const orphans = states.filter(({ space }) => !needed.some((index) => index.space === space))
      const behind = needed.filter((index) => !states.some((state) => isUpToDate(state, index, collection)))
      return [
        ...orphans.map(({ space }) => ({ follower, collection: null, key, space })),
        ...behind.map(({ space }) => ({ follower, collection, key, space })),
      ]
    })
}

function bringUp(connection: Connection, { follower, collection, key, space }: StaleIndex): void {
  if (collection) rebuild(connection, follower, collection, space)
  else drop(connection, follower, key, space)
}

function drop(connection: Connection, follower: Follower, collection: number, space: number): void {
  follower.drop(connection, collection, space)
  connection
    .sql('delete from index_states where name = ? and collection = ? and space = ?')
    .run(follower.name, collection, space)
}

interface State extends FollowedIndex {
  /** Of the follower. */
  name: string
  applied: number
}

interface CurrentIndex {
  follower: Follower
  space: number
}

function currentIndexes(
  connection: Connection,
  followers: readonly Follower[],
  collection: FollowedCollection,
  all: readonly State[],
): CurrentIndex[] {
  return followers
    .filter((follower) => follower.available(connection))
    .flatMap((follower) => {
      const states = statesOf(follower, all)
      const current = follower
        .indexes(collection)
        .filter((index) => states.some((state) => isUpToDate(state, index, collection)))
      return current.map(({ space }) => ({ follower, space }))
    })
}

function isUpToDate(state: State, { space, version }: FollowedIndex, collection: FollowedCollection | null): boolean {
  return state.space === space && state.version === version && state.applied === collection?.sequence
}

function readStates(connection: Connection, followers: readonly Follower[], collection: number): State[] {
  const names = followers.map(({ name }) => `'${name}'`).join(', ')
  const sql = `
    select name, space, version, applied from index_states where name in (${names}) and collection = ?`
  return connection.sql<State>(sql).all(collection)
}

function statesOf({ name }: Follower, states: readonly State[]): State[] {
  return states.filter((state) => state.name === name)
}

/**
 * What this process did not change with the collection falls behind. What it did change needs no mark: a row that every write
 * changes would be a page more to write each time.
 */
function markBehind(
  connection: Connection,
  { key, sequence }: FollowedCollection,
  states: readonly State[],
  current: readonly CurrentIndex[],
): void {
  for (const { name, space, applied } of states) {
    const isChanged = current.some((index) => index.follower.name === name && index.space === space)
    if (!isChanged && applied === sequence) connection.sql(SET_APPLIED).run(BEHIND, name, key, space)
  }
}

/** Below every sequence. */
const BEHIND = -1

const MARK = `
  insert into index_states (name, collection, space, version, applied) values (?, ?, ?, ?, ?)
  on conflict (name, collection, space) do update set version = excluded.version, applied = excluded.applied`

const SET_APPLIED = 'update index_states set applied = ? where name = ? and collection = ? and space = ?'
