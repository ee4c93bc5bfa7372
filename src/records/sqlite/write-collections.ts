import { SemdexError } from '../../core/errors.ts'
import type { Collection, CollectionChange, NewCollection } from '../../core/ports/record-store.ts'
import { SIDES, type Side } from '../../core/sides.ts'
import type { Connection } from '../../sqlite/connection.ts'
import { dropIndexes, type Follower, updateIndexes } from '../../sqlite/followers.ts'
import { encodeText } from '../../sqlite/text.ts'
import { findMigration, migrationExists, movedSides } from './migration-rows.ts'
import { findCollection, requireCollection } from './reads.ts'
import { type CollectionRow, spaceOfSide, toCollection } from './rows.ts'
import { spaceKey } from './space-key.ts'

export function createCollection(
  connection: Connection,
  followers: readonly Follower[],
  given: NewCollection,
): Collection {
  const { name, model, roots = [], code = null, layout = 'native' } = given
  if (findCollection(connection, name)) {
    throw new SemdexError('COLLECTION_EXISTS', {
      message: `There is a collection ${name} already.`,
      details: { collection: name },
    })
  }
  const spaces = [spaceKey(connection, given), code && spaceKey(connection, code)]
  connection
    .sql(INSERT_COLLECTION)
    .run(encodeText(name), model, ...spaces, code?.model ?? null, layout, JSON.stringify(roots), Date.now())
  const made = requireCollection(connection, name)
  updateIndexes(connection, followers, made.key)
  return toCollection(made)
}

export function updateCollection(
  connection: Connection,
  followers: readonly Follower[],
  name: string,
  change: CollectionChange,
): Collection {
  const before = requireCollection(connection, name)
  const { addRoot, lastRunAt = before.last_run_at, layout = before.layout } = change
  const { fingerprint = before.fingerprint, dimensions = before.dimensions } = change
  const { code = toCollection(before).code } = change
  const roots: string[] = JSON.parse(before.roots)
  if (addRoot !== undefined && !roots.includes(addRoot)) roots.push(addRoot)
  const spaces = [spaceKey(connection, { fingerprint, dimensions }), code && spaceKey(connection, code)]
  connection
    .sql(UPDATE_COLLECTION)
    .run(JSON.stringify(roots), lastRunAt, layout, ...spaces, code?.model ?? null, before.key)
  const after = requireCollection(connection, name)
  refuseMoving(connection, before, after)
  for (const side of SIDES) moveSide(connection, after, side, spaceOfSide(before, side).space)
  updateIndexes(connection, followers, before.key)
  return toCollection(after)
}

/** Where the side has another space now, its documents lack vectors of it, and have no errors of it. */
function moveSide(connection: Connection, collection: CollectionRow, side: Side, before: number): void {
  const { space } = spaceOfSide(collection, side)
  if (space === before) return
  connection.sql(CLEAR_CHUNKS).run(collection.key, side)
  connection.sql(CLEAR_ATTEMPTS).run(before, collection.key, side)
  connection.sql(RECOUNT).run(space, collection.key, side)
  connection.sql(WAIT).run(space, space, collection.key, side)
}

/** The sides that a migration moves are changed by it alone, and which those are does not change meanwhile. */
function refuseMoving(connection: Connection, before: CollectionRow, after: CollectionRow): void {
  const joined = (before.code_space === null) !== (after.code_space === null)
  const changed = SIDES.filter((side) => spaceOfSide(before, side).space !== spaceOfSide(after, side).space)
  for (const moving of SIDES) {
    if (!findMigration(connection, before.key, moving)) continue
    const touched = movedSides(before, moving).some((side) => changed.includes(side))
    if (joined || touched) throw migrationExists(before, moving)
  }
}

export function dropCollection(connection: Connection, followers: readonly Follower[], name: string): boolean {
  const collection = findCollection(connection, name)
  if (!collection) return false
  dropIndexes(connection, followers, collection.key)
  connection.sql(LOG_DROP).run(collection.name, collection.key)
  connection.sql('delete from collections where key = ?').run(collection.key)
  return true
}

const INSERT_COLLECTION = `
  insert into collections (name, model, space, code_space, code_model, layout, roots, created_at)
  values (?, ?, ?, ?, ?, ?, ?, ?)`

const UPDATE_COLLECTION = `
  update collections set roots = ?, last_run_at = ?, layout = ?, space = ?, code_space = ?, code_model = ?
  where key = ?`

const LOG_DROP = `
  insert into changes (collection, document, kind)
  select ?, id, 'delete' from documents where collection = ? order by key`

const CLEAR_CHUNKS = `
  update chunks set error = null, waits = null
  where (error is not null or waits is not null)
    and document in (select key from documents where collection = ? and side = ?)`

const CLEAR_ATTEMPTS = `
  delete from attempts where space = ? and chunk in (
    select c.key from documents d join chunks c on c.document = d.key where d.collection = ? and d.side = ?)`

const RECOUNT = `
  update documents set failed = 0, pending = chunks - (
    select count(*) from chunks c join vectors v on v.chunk = c.key and v.space = ?
    where c.document = documents.key)
  where collection = ? and side = ?`

const WAIT = `
  update chunks set waits = ?
  where not exists (select 1 from vectors v where v.chunk = chunks.key and v.space = ?)
    and document in (select key from documents where collection = ? and side = ? and active and pending > 0)`
