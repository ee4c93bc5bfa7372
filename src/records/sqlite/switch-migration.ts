import type { Side } from '../../core/sides.ts'
import type { Connection } from '../../sqlite/connection.ts'
import { findMigration, type MigrationRow, movedSides } from './migration-rows.ts'
import { requireCollectionByKey } from './reads.ts'
import { type CollectionRow, spaceOfSide } from './rows.ts'
import { countLacking } from './waiting-counts.ts'
import { recount } from './write-vectors.ts'

/** Lets an index serve, unless something waits there; answers the number of chunks that do. */
export function switchMigration(
  connection: Connection,
  collection: CollectionRow,
  row: MigrationRow,
  { serving, at }: { serving: 'old' | 'new'; at: number },
): number {
  if (row.serving === serving) return 0
  const to = serving === 'new' ? row.new_space : row.old_space
  const sides = movedSides(collection, row.side)
  const waiting = countLacking(connection, collection, to, sides)
  if (waiting > 0) return waiting
  const moved = { collection: collection.key, from: spaceOfSide(collection, row.side).space, to, sides }
  const documents = findUnequal(connection, moved)
  moveReasons(connection, moved)
  setModel(connection, collection, row, serving)
  connection.sql(SWITCHED).run({ serving, at, collection: collection.key, side: row.side })
  const after = requireCollectionByKey(connection, collection.key)
  recount(connection, after, documents)
  return 0
}

interface Moved {
  collection: number
  from: number
  to: number
  sides: readonly Side[]
}

/** The documents whose counts may not be the same in both indexes; all others have all their vectors in both. */
function findUnequal(connection: Connection, { collection, from, to, sides }: Moved): number[] {
  return connection
    .sql<number>(UNEQUAL)
    .pluck()
    .all({ collection, from, to, sides: JSON.stringify(sides) })
}

/** Reasons stand at the chunk for the index that serves, and beside it for the one that does not. */
function moveReasons(connection: Connection, { collection, from, to, sides }: Moved): void {
  const args = { collection, from, to, sides: JSON.stringify(sides), now: Date.now() }
  connection.sql(KEEP_REASONS).run(args)
  connection.sql(CLEAR_REASONS).run(args)
  connection.sql(CLEAR_QUEUE).run(args)
  connection.sql(TAKE_REASONS).run(args)
  connection.sql(DROP_TAKEN).run(args)
}

function setModel(connection: Connection, collection: CollectionRow, row: MigrationRow, serving: 'old' | 'new'): void {
  const model = serving === 'new' ? row.new_model : row.old_model
  const space = serving === 'new' ? row.new_space : row.old_space
  if (row.side === 'text') {
    connection.sql('update collections set model = ?, space = ? where key = ?').run(model, space, collection.key)
    return
  }
  const textMoves = findMigration(connection, collection.key, 'text') !== null
  const shared = serving === 'old' && space === collection.space && !textMoves
  const sql = 'update collections set code_model = ?, code_space = ? where key = ?'
  connection.sql(sql).run(shared ? null : model, shared ? null : space, collection.key)
}

const OF_SIDES = 'd.collection = $collection and d.side in (select value from json_each($sides))'

const UNEQUAL = `
  select d.key from documents d where ${OF_SIDES} and d.active = 1 and d.pending > 0
  union select d.key from documents d indexed by documents_failed where ${OF_SIDES} and d.failed > 0
  union select d.key from documents d where ${OF_SIDES} and d.active = 0
  union select d.key from attempts a join chunks c on c.key = a.chunk join documents d on d.key = c.document
    where a.collection = $collection and a.space = $to and ${OF_SIDES}
  order by 1`

const FAILED = `
  select c.key from documents d indexed by documents_failed join chunks c on c.document = d.key
  where ${OF_SIDES} and d.failed > 0 and c.error is not null`

const KEEP_REASONS = `
  insert into attempts (chunk, space, collection, tries, tried_at, next_at, failed, error)
  select c.key, $from, c.collection, 1, $now, 0, 1, c.error from chunks c
  where c.key in (${FAILED}) and not exists (select 1 from vectors v where v.chunk = c.key and v.space = $from)
  on conflict do update set failed = 1, next_at = 0, error = excluded.error`

const CLEAR_REASONS = `update chunks set error = null where key in (${FAILED})`

const CLEAR_QUEUE = `
  update chunks set waits = null
  where collection = $collection and waits = $from
    and exists (select 1 from documents d where d.key = chunks.document and ${OF_SIDES})`

const TAKEN = `
  select c.key from attempts a join chunks c on c.key = a.chunk join documents d on d.key = c.document
  where a.collection = $collection and a.space = $to and a.failed = 1 and ${OF_SIDES}`

const TAKE_REASONS = `
  update chunks set error = (select a.error from attempts a where a.chunk = chunks.key and a.space = $to)
  where key in (${TAKEN})`

const DROP_TAKEN = `delete from attempts where space = $to and chunk in (${TAKEN})`

const SWITCHED = `
  update migrations set serving = $serving, switched_at = max($at, started_at, coalesce(switched_at, $at))
  where collection = $collection and side = $side`
