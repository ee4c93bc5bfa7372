import type { WaitingCount } from '../../core/ports/waiting-store.ts'
import type { Side } from '../../core/sides.ts'
import type { Connection } from '../../sqlite/connection.ts'
import { type CollectionSpace, collectionSpaces } from '../../sqlite/spaces.ts'
import { decodeText } from '../../sqlite/text.ts'
import type { CollectionRow } from './rows.ts'

/** Of one collection, by fingerprint; a space that serves one side and waits for another counts twice. */
export function countWaiting(connection: Connection, collection: CollectionRow, at: number): WaitingCount[] {
  const counts = collectionSpaces(connection, collection.key).flatMap((index) => [
    countServing(connection, collection, index, at),
    countMigrating(connection, collection, index, at),
  ])
  return counts
    .filter(({ waiting, failed }) => waiting + failed > 0)
    .sort((a, b) => (a.fingerprint < b.fingerprint ? -1 : a.fingerprint > b.fingerprint ? 1 : 0))
}

/** Chunks of active documents of these sides that lack a vector of the space and have no reason why. */
export function countLacking(
  connection: Connection,
  { key: collection, code_space }: CollectionRow,
  space: number,
  sides: readonly Side[],
): number {
  // Where every document is of one space, all its vectors count, and no chunk need be looked at.
  const sql = sides.length === 2 && code_space === null ? COUNT_ALL : COUNT_LACKING
  const args = { collection, space, sides: JSON.stringify(sides) }
  return connection.sql<number>(sql).pluck().get(args) ?? 0
}

function countServing(connection: Connection, row: CollectionRow, index: CollectionSpace, at: number): WaitingCount {
  const { space, serving: sides } = index
  const args = { collection: row.key, space, sides: JSON.stringify(sides) }
  const none = sides.length === 0
  const waiting = none ? 0 : (connection.sql<number>(COUNT_QUEUED).pluck().get(row.key, space) ?? 0)
  const failed = none ? 0 : (connection.sql<number>(COUNT_FAILED).pluck().get(args) ?? 0)
  const tries = connection.sql<Tries>(triesOf('c.waits = $space')).get({ ...args, at }) as Tries
  const error = tries.error ?? (failed > 0 ? connection.sql<string>(LAST_FAILED).pluck().get(args) : null) ?? null
  return toCount(row, index, { ...tries, use: 'serving', sides, waiting, failed, error })
}

function countMigrating(connection: Connection, row: CollectionRow, index: CollectionSpace, at: number): WaitingCount {
  const { space, migrating: sides } = index
  const args = { collection: row.key, space, sides: JSON.stringify(sides) }
  const none = sides.length === 0
  const waiting = none ? 0 : countLacking(connection, row, space, sides)
  const { failed, ...tries } = connection
    .sql<Tries & { failed: number }>(triesOf('d.active = 1 and d.side in (select value from json_each($sides))'))
    .get({ ...args, at }) as Tries & { failed: number }
  return toCount(row, index, { use: 'migration', sides, waiting, failed, ...tries })
}

interface Tries {
  retrying: number
  /** Of those that are retried, the ones that are not due. */
  later: number
  nextAt: number | null
  error: string | null
}

type Found = Pick<WaitingCount, 'use' | 'sides' | 'waiting' | 'failed'> & Tries

function toCount(
  { name }: CollectionRow,
  { fingerprint }: CollectionSpace,
  { use, sides, waiting, failed, retrying, later, nextAt, error }: Found,
): WaitingCount {
  const lastError = error === null ? null : JSON.parse(error)
  const due = waiting - later
  return { collection: decodeText(name), fingerprint, sides, use, waiting, due, retrying, nextAt, failed, lastError }
}

function triesOf(condition: string): string {
  const from = `
    from attempts a cross join chunks c on c.key = a.chunk cross join documents d on d.key = c.document
    where a.collection = $collection and a.space = $space and ${condition}`
  return `
    select coalesce(sum(failed = 0), 0) retrying, coalesce(sum(failed = 0 and next_at > $at), 0) later,
      coalesce(sum(failed = 1), 0) failed, min(iif(failed = 0 and next_at > $at, next_at, null)) nextAt,
      (select a.error ${from} order by tried_at desc, a.chunk desc limit 1) error
    from (select a.failed, a.next_at ${from})`
}

const COUNT_QUEUED = 'select count(*) from chunks where collection = ? and waits = ?'

const OF_SIDES = 'd.collection = $collection and d.active = 1 and d.side in (select value from json_each($sides))'

const COUNT_FAILED = `select sum(failed) from documents d indexed by documents_failed where failed > 0 and ${OF_SIDES}`

const LAST_FAILED = `
  select c.error from documents d indexed by documents_failed join chunks c on c.document = d.key
  where failed > 0 and ${OF_SIDES} and c.error is not null
    and not exists (select 1 from vectors v where v.chunk = c.key and v.space = $space)
  order by c.key desc limit 1`

const COUNT_LACKING = `
  select count(*) from documents d join chunks c on c.document = d.key
  where ${OF_SIDES}
    and not exists (select 1 from vectors v where v.chunk = c.key and v.space = $space)
    and not exists (select 1 from attempts a where a.chunk = c.key and a.space = $space and a.failed = 1)`

const COUNT_ALL = `
  select (select coalesce(sum(chunks), 0) from documents where collection = $collection and active = 1)
    - (select count(*) from vectors where collection = $collection and space = $space)
    + (select count(*) from documents d cross join chunks c on c.document = d.key
        cross join vectors v on v.chunk = c.key and v.space = $space where d.collection = $collection and d.active = 0)
    - (select count(*) from attempts a join chunks c on c.key = a.chunk join documents d on d.key = c.document
        where a.collection = $collection and a.space = $space and a.failed = 1 and d.active = 1)`
