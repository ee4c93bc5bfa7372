import { SemdexError } from '../../core/errors.ts'
import type { ModelMigration } from '../../core/ports/migration-store.ts'
import { SIDES, type Side, type SideModel } from '../../core/sides.ts'
import type { Connection } from '../../sqlite/connection.ts'
import { collectionSpaces } from '../../sqlite/spaces.ts'
import { decodeText } from '../../sqlite/text.ts'
import { type CollectionRow, modelOfSide, spaceOfSide } from './rows.ts'
import { spaceKey } from './space-key.ts'

export interface MigrationRow {
  collection: number
  side: Side
  old_model: string | null
  old_space: number
  old_fingerprint: string
  old_dimensions: number
  new_model: string | null
  new_space: number
  new_fingerprint: string
  new_dimensions: number
  serving: 'old' | 'new'
  started_at: number
  switched_at: number | null
  comparison: string | null
}

export function findMigration(connection: Connection, collection: number, side: Side): MigrationRow | null {
  return connection.sql<MigrationRow>(MIGRATION).get(collection, side) ?? null
}

/** @throws {SemdexError} `MIGRATION_NOT_FOUND` */
export function requireMigration(connection: Connection, { key, name }: CollectionRow, side: Side): MigrationRow {
  const row = findMigration(connection, key, side)
  if (row) return row
  const collection = decodeText(name)
  throw new SemdexError('MIGRATION_NOT_FOUND', {
    message: `The ${side} side of the collection ${collection} is not moving to another model.`,
    details: { collection, side },
  })
}

export function toMigration(row: MigrationRow, collection: string): ModelMigration {
  return {
    collection,
    side: row.side,
    old: { model: row.old_model, fingerprint: row.old_fingerprint, dimensions: row.old_dimensions },
    new: { model: row.new_model, fingerprint: row.new_fingerprint, dimensions: row.new_dimensions },
    serving: row.serving,
    startedAt: row.started_at,
    switchedAt: row.switched_at,
    comparison: row.comparison === null ? null : JSON.parse(row.comparison),
  }
}

/** The sides whose documents a migration of this one moves. */
export function movedSides({ code_space }: Pick<CollectionRow, 'code_space'>, side: Side): Side[] {
  return side === 'text' && code_space === null ? [...SIDES] : [side]
}

export function beginMigration(
  connection: Connection,
  collection: CollectionRow,
  { side, to, at }: { side: Side; to: SideModel; at: number },
): void {
  const moved = movedSides(collection, side)
  const other = SIDES.find(
    (each) =>
      findMigration(connection, collection.key, each) &&
      movedSides(collection, each).some((one) => moved.includes(one)),
  )
  if (other) throw migrationExists(collection, other)
  const { space } = spaceOfSide(collection, side)
  const target = spaceKey(connection, to)
  if (target === space) {
    throw new SemdexError('INVALID_INPUT', {
      message: `The ${side} side of the collection ${decodeText(collection.name)} has this model already.`,
      details: { collection: decodeText(collection.name), side, model: to.model },
    })
  }
  connection.sql(INSERT).run(collection.key, side, modelOfSide(collection, side), space, to.model, target, at)
}

export function migrationExists({ name }: Pick<CollectionRow, 'name'>, side: Side): SemdexError {
  const collection = decodeText(name)
  return new SemdexError('MIGRATION_EXISTS', {
    message: `The ${side} side of the collection ${collection} is moving to another model.`,
    fix: 'Finish the migration, or roll it back, and remove its old index',
    details: { collection, side },
  })
}

/** Removes the migration and the vectors that nothing uses without it. */
export function endMigration(connection: Connection, collection: CollectionRow, row: MigrationRow): void {
  const space = row.serving === 'new' ? row.old_space : row.new_space
  connection.sql('delete from migrations where collection = ? and side = ?').run(collection.key, row.side)
  const left = collectionSpaces(connection, collection.key).find((other) => other.space === space)
  const users = left ? [...left.serving, ...left.migrating] : []
  if (users.length === 0) {
    connection.sql('delete from vectors where collection = ? and space = ?').run(collection.key, space)
    connection.sql('delete from attempts where collection = ? and space = ?').run(collection.key, space)
  } else {
    const sides = JSON.stringify(movedSides(collection, row.side).filter((side) => !users.includes(side)))
    for (const table of ['vectors', 'attempts']) connection.sql(deleteOfSides(table)).run(space, collection.key, sides)
  }
  connection.sql(DELETE_UNUSED_SPACE).run({ space })
}

const MIGRATION = `
  select m.*, o.fingerprint old_fingerprint, o.dimensions old_dimensions,
    n.fingerprint new_fingerprint, n.dimensions new_dimensions
  from migrations m join spaces o on o.key = m.old_space join spaces n on n.key = m.new_space
  where m.collection = ? and m.side = ?`

const INSERT = `
  insert into migrations (collection, side, old_model, old_space, new_model, new_space, started_at)
  values (?, ?, ?, ?, ?, ?, ?)`

function deleteOfSides(table: string): string {
  return `
    delete from ${table} where space = ? and chunk in (
      select c.key from documents d join chunks c on c.document = d.key
      where d.collection = ? and d.side in (select value from json_each(?)))`
}

const DELETE_UNUSED_SPACE = `
  delete from spaces where key = $space
    and not exists (select 1 from collections where $space in (space, code_space))
    and not exists (select 1 from migrations where $space in (old_space, new_space))
    and not exists (select 1 from vectors where space = $space)
    and not exists (select 1 from attempts where space = $space)`
