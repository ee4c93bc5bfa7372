import { SemdexError } from '../../core/errors.ts'
import type { Collection, CollectionChange, NewCollection } from '../../core/ports/record-store.ts'
import type { Connection } from '../../sqlite/connection.ts'
import { dropIndexes, type Follower, rebuild } from '../../sqlite/followers.ts'
import { encodeText } from '../../sqlite/text.ts'
import { findCollection, requireCollection } from './reads.ts'
import { toCollection } from './rows.ts'

export function createCollection(
  connection: Connection,
  followers: readonly Follower[],
  given: NewCollection,
): Collection {
  const { name, model, fingerprint, dimensions, roots = [] } = given
  if (findCollection(connection, name)) {
    throw new SemdexError('COLLECTION_EXISTS', {
      message: `There is a collection ${name} already.`,
      details: { collection: name },
    })
  }
  connection
    .sql('insert into collections (name, model, space, roots, created_at) values (?, ?, ?, ?, ?)')
    .run(encodeText(name), model, spaceKey(connection, fingerprint, dimensions), JSON.stringify(roots), Date.now())
  const collection = requireCollection(connection, name)
  for (const follower of followers) rebuild(connection, follower, collection)
  return toCollection(collection)
}

export function updateCollection(
  connection: Connection,
  followers: readonly Follower[],
  name: string,
  change: CollectionChange,
): Collection {
  const before = requireCollection(connection, name)
  const { addRoot, lastRunAt = before.last_run_at } = change
  const { fingerprint = before.fingerprint, dimensions = before.dimensions } = change
  const roots: string[] = JSON.parse(before.roots)
  if (addRoot !== undefined && !roots.includes(addRoot)) roots.push(addRoot)
  const space = spaceKey(connection, fingerprint, dimensions)
  connection
    .sql('update collections set roots = ?, last_run_at = ?, space = ? where key = ?')
    .run(JSON.stringify(roots), lastRunAt, space, before.key)
  const after = requireCollection(connection, name)
  if (space !== before.space) {
    connection.sql('update chunks set error = null where collection = ?').run(before.key)
    connection.sql(RECOUNT).run(space, before.key)
    for (const follower of followers) rebuild(connection, follower, after)
  }
  return toCollection(after)
}

export function dropCollection(connection: Connection, followers: readonly Follower[], name: string): boolean {
  const collection = findCollection(connection, name)
  if (!collection) return false
  dropIndexes(connection, followers, collection.key)
  connection.sql(LOG_DROP).run(collection.name, collection.key)
  connection.sql('delete from collections where key = ?').run(collection.key)
  return true
}

function spaceKey(connection: Connection, fingerprint: string, dimensions: number): number {
  connection
    .sql('insert into spaces (fingerprint, dimensions) values (?, ?) on conflict do nothing')
    .run(fingerprint, dimensions)
  const sql = 'select key from spaces where fingerprint = ? and dimensions = ?'
  return connection.sql<number>(sql).pluck().get(fingerprint, dimensions) as number
}

const LOG_DROP = `
  insert into changes (collection, document, kind)
  select ?, id, 'delete' from documents where collection = ? order by key`

const RECOUNT = `
  update documents set failed = 0, pending = chunks - (
    select count(*) from chunks c join vectors v on v.chunk = c.key and v.space = ?
    where c.document = documents.key)
  where collection = ?`
