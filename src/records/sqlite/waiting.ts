import type { ErrorAnswer } from '../../core/errors.ts'
import type { WaitingChunk, WaitingCount, WaitingOptions, WaitingStore } from '../../core/ports/waiting-store.ts'
import type { Connection } from '../../sqlite/connection.ts'
import type { Follower } from '../../sqlite/followers.ts'
import { caller, type Procedures, type SqlitePool } from '../../sqlite/procedures.ts'
import type { CollectionSpace } from '../../sqlite/spaces.ts'
import { changing } from './changing.ts'
import { readChunks, recordReads, requireCollection } from './reads.ts'
import { retry } from './retry.ts'
import { countWaiting } from './waiting-counts.ts'
import { requireIndex } from './write-vectors.ts'

/** The waiting store over a pool whose module has `waitingReads` and `waitingWrites`. */
export function openSqliteWaiting(pool: SqlitePool): WaitingStore {
  const read = caller<typeof waitingReads>(pool, 'read')
  const write = caller<ReturnType<typeof waitingWrites>>(pool, 'write')
  return {
    waitingChunks: (collection, fingerprint, options) =>
      read('waiting.chunks', { collection, fingerprint, ...options }),
    countWaiting: (options) => read('waiting.counts', options),
    async putAttempts(collection, fingerprint, attempts) {
      const messages = attempts.map(({ error, ...attempt }) => ({ ...attempt, error: error.toJSON() }))
      await write('waiting.putAttempts', { collection, fingerprint, attempts: messages })
    },
    retryWaiting: (collection, fingerprint) => write('waiting.retry', { collection, fingerprint }),
  }
}

export const waitingReads = {
  'waiting.chunks': (connection: Connection, args: IndexArgs & WaitingOptions): WaitingChunk[] => {
    const collection = requireCollection(connection, args.collection)
    const index = requireIndex(connection, collection, args.fingerprint)
    const keys = waitingKeys(connection, collection.key, index, args)
    const tries = connection.sql<number>('select tries from attempts where chunk = ? and space = ?').pluck()
    return readChunks(connection, keys).map((chunk) => ({ ...chunk, attempts: tries.get(chunk.key, index.space) ?? 0 }))
  },

  'waiting.counts': (connection: Connection, { at, collection }: CountArgs): WaitingCount[] => {
    const names =
      collection === undefined
        ? recordReads['records.collections'](connection, null).map(({ name }) => name)
        : [collection]
    return names.flatMap((name) => countWaiting(connection, requireCollection(connection, name), at))
  },
} satisfies Procedures

export function waitingWrites(followers: readonly Follower[]) {
  return {
    'waiting.putAttempts': (connection: Connection, args: IndexArgs & { attempts: AttemptMessage[] }): void => {
      const collection = requireCollection(connection, args.collection)
      const index = requireIndex(connection, collection, args.fingerprint)
      for (const { key, error, nextAt } of args.attempts) {
        if (!isWaiting(connection, collection.key, index, key)) continue
        connection.sql(PUT_ATTEMPT).run(key, index.space, collection.key, Date.now(), nextAt, JSON.stringify(error))
      }
    },

    'waiting.retry': (connection: Connection, { collection: name, fingerprint }: IndexArgs): number =>
      changing(connection, followers, name, (collection) =>
        retry(connection, collection, requireIndex(connection, collection, fingerprint)),
      ),
  } satisfies Procedures
}

interface IndexArgs {
  collection: string
  fingerprint: string
}

interface CountArgs {
  at: number
  collection?: string | undefined
}

interface AttemptMessage {
  key: number
  error: ErrorAnswer
  nextAt: number
}

/** In one order of keys: what waits for the serving index, and what waits for that of a migration. */
function waitingKeys(
  connection: Connection,
  collection: number,
  { space, serving, migrating }: CollectionSpace,
  { after = 0, limit, at }: WaitingOptions,
): number[] {
  if (limit <= 0) return []
  const args = { collection, space, after, limit, at, sides: JSON.stringify(migrating) }
  const queued = serving.length > 0 ? connection.sql<number>(QUEUED).pluck().all(args) : []
  const lacking = migrating.length > 0 ? connection.sql<number>(LACKING).pluck().all(args) : []
  return [...queued, ...lacking].sort((a, b) => a - b).slice(0, limit)
}

function isWaiting(
  connection: Connection,
  collection: number,
  { space, migrating }: CollectionSpace,
  key: number,
): boolean {
  const args = { key, collection, space, sides: JSON.stringify(migrating) }
  return connection.sql(IS_WAITING).get(args) !== undefined
}

const NOT_DUE = 'select 1 from attempts a where a.chunk = c.key and a.space = $space and a.next_at > $at'

const QUEUED = `
  select c.key from chunks c
  where c.collection = $collection and c.waits = $space and c.key > $after and not exists (${NOT_DUE})
  order by c.key limit $limit`

const FAILED = 'select 1 from attempts a where a.chunk = c.key and a.space = $space and a.failed = 1'

const HAS_VECTOR = 'select 1 from vectors v where v.chunk = c.key and v.space = $space'

const IN_MIGRATION = `
  d.active = 1 and d.side in (select value from json_each($sides)) and not exists (${HAS_VECTOR})
    and not exists (${FAILED})`

/** The chunks are read by their keys, from the last one on: no order but that costs a scan alone. */
const LACKING = `
  select c.key from chunks c cross join documents d on d.key = c.document
  where c.key > $after and +c.collection = $collection and ${IN_MIGRATION} and not exists (${NOT_DUE})
  order by c.key limit $limit`

const IS_WAITING = `
  select 1 from chunks c join documents d on d.key = c.document
  where c.key = $key and c.collection = $collection and (c.waits = $space or ${IN_MIGRATION})`

const PUT_ATTEMPT = `
  insert into attempts (chunk, space, collection, tries, tried_at, next_at, error) values (?, ?, ?, 1, ?, ?, ?)
  on conflict do update set tries = tries + 1, tried_at = excluded.tried_at, next_at = excluded.next_at,
    error = excluded.error`
