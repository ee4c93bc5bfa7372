import type { Connection } from './connection.ts'

/** A collection as the indexes need it. */
export interface FollowedCollection {
  key: number
  space: number
  dimensions: number
}

/** A document that was written in this transaction. */
export interface AddedDocument {
  title: string | null
  path: string | null
  /** The space that its vectors are of. */
  space: number
  chunks: AddedChunk[]
}

export interface AddedChunk {
  key: number
  heading: string[]
  symbol: string | null
  text: string
  vector: Float32Array | null
}

export interface FilledChunk {
  key: number
  vector: Float32Array
}

/**
 * An index in the same file. It is changed in the transaction that changes the records, so it never disagrees with
 * them; where a process could not change it, its applied sequence stays behind and it is made anew.
 */
export interface Follower {
  readonly name: string
  /** Another version than the stored one: the index is made anew. */
  readonly version: string
  available(connection: Connection): boolean
  /** Makes the index anew from the records. */
  rebuild(connection: Connection, collection: FollowedCollection): void
  /** Runs while the document's chunks and vectors are still there. */
  remove(connection: Connection, collection: FollowedCollection, document: number): void
  add(connection: Connection, collection: FollowedCollection, document: AddedDocument): void
  /** Chunks that were there without a vector got one, which is stored already. */
  fill?(connection: Connection, collection: FollowedCollection, chunks: readonly FilledChunk[]): void
  /** Runs once at the end of each transaction that changed the collection. */
  settle?(connection: Connection, collection: FollowedCollection): void
  /** Removes everything of a collection, by key; also of one that is gone. */
  drop(connection: Connection, collection: number): void
}

/** Keeps the followers in step with one collection during one transaction. */
export interface Following {
  remove(document: number): void
  add(document: AddedDocument): void
  /** Their vectors are of the space. */
  fill(chunks: readonly FilledChunk[], space: number): void
  /** Records that the followers have seen everything up to the collection's present sequence. */
  finish(): void
}

export function follow(
  connection: Connection,
  followers: readonly Follower[],
  collection: FollowedCollection,
): Following {
  const active = followers.filter(
    (follower) => follower.available(connection) && isCurrent(connection, follower, collection.key),
  )
  return {
    remove: (document) => {
      for (const follower of active) follower.remove(connection, collection, document)
    },
    add: (document) => {
      const seen = document.space === collection.space ? document : withoutVectors(document)
      for (const follower of active) follower.add(connection, collection, seen)
    },
    fill: (chunks, space) => {
      if (space === collection.space) for (const follower of active) follower.fill?.(connection, collection, chunks)
    },
    finish: () => {
      for (const follower of active) {
        follower.settle?.(connection, collection)
        markCurrent(connection, follower, collection)
      }
    },
  }
}

function withoutVectors(document: AddedDocument): AddedDocument {
  return { ...document, chunks: document.chunks.map((chunk) => ({ ...chunk, vector: null })) }
}

/** Whether the index has seen every change of the collection. */
export function isCurrent(
  connection: Connection,
  { name, version }: Pick<Follower, 'name' | 'version'>,
  collection: number,
): boolean {
  return connection.sql(CURRENT).get(name, version, collection) !== undefined
}

/** Makes the collection's index anew where it can be made. */
export function rebuild(connection: Connection, follower: Follower, collection: FollowedCollection): void {
  if (!follower.available(connection)) return
  follower.rebuild(connection, collection)
  markCurrent(connection, follower, collection)
}

/** Removes the collection's indexes. What cannot be removed now is found by `sweep` later. */
export function dropIndexes(connection: Connection, followers: readonly Follower[], collection: number): void {
  for (const follower of followers) {
    if (!follower.available(connection)) continue
    follower.drop(connection, collection)
    connection.sql('delete from index_states where name = ? and collection = ?').run(follower.name, collection)
  }
}

/** The pairs of index and collection where something is left to do: `[follower, collection]`. */
export function findStale(
  connection: Connection,
  followers: readonly Follower[],
): { follower: Follower; collection: FollowedCollection | null; key: number }[] {
  const collections = connection
    .sql<FollowedCollection>('select c.key, space, dimensions from collections c join spaces s on s.key = c.space')
    .all()
  const known = new Set(collections.map(({ key }) => key))
  return followers
    .filter((follower) => follower.available(connection))
    .flatMap((follower) => {
      const orphans = connection
        .sql<{ collection: number }>('select collection from index_states where name = ?')
        .all(follower.name)
        .filter(({ collection }) => !known.has(collection))
      return [
        ...orphans.map(({ collection: key }) => ({ follower, collection: null, key })),
        ...collections
          .filter(({ key }) => !isCurrent(connection, follower, key))
          .map((collection) => ({ follower, collection, key: collection.key })),
      ]
    })
}

/** Rebuilds what is behind and removes what belongs to no collection any more. Run it in a transaction. */
export function catchUp(connection: Connection, followers: readonly Follower[]): void {
  for (const { follower, collection, key } of findStale(connection, followers)) {
    if (collection) rebuild(connection, follower, collection)
    else dropIndexes(connection, [follower], key)
  }
}

function markCurrent(connection: Connection, { name, version }: Follower, collection: FollowedCollection): void {
  const space = name === 'fts5' ? 0 : collection.space
  connection
    .sql('delete from index_states where name = ? and collection = ? and space <> ?')
    .run(name, collection.key, space)
  connection.sql(MARK).run(name, collection.key, space, version, collection.key)
}

const CURRENT = `
  select 1 from index_states s join collections c on c.key = s.collection
  where s.name = ? and s.version = ? and s.collection = ? and s.applied = c.sequence and s.space in (0, c.space)`

const MARK = `
  insert into index_states (name, collection, space, version, applied)
  values (?, ?, ?, ?, (select sequence from collections where key = ?))
  on conflict (name, collection, space) do update set
    version = excluded.version, applied = excluded.applied`
