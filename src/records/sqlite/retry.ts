import type { Connection } from '../../sqlite/connection.ts'
import type { CollectionSpace } from '../../sqlite/spaces.ts'
import type { CollectionRow } from './rows.ts'
import { recount } from './write-vectors.ts'

/** Lets what waits for its next try be tried now, and what failed wait again. Answers the number of chunks. */
export function retry(connection: Connection, collection: CollectionRow, index: CollectionSpace): number {
  const { space, serving, migrating } = index
  const again = connection.sql(RETRY).run(collection.key, space, JSON.stringify(migrating)).changes
  return again + retryFailed(connection, collection, space, serving)
}

/** Chunks that have a reason instead of the serving index's vector. */
function retryFailed(
  connection: Connection,
  collection: CollectionRow,
  space: number,
  serving: CollectionSpace['serving'],
): number {
  const documents = connection.sql<number>(FAILED).pluck().all(collection.key, JSON.stringify(serving))
  let count = 0
  for (const document of documents) {
    count += connection.sql(WAIT_AGAIN).run(space, document, space).changes
  }
  recount(connection, collection, documents)
  return count
}

const RETRY = `
  update attempts set next_at = 0, failed = 0
  where collection = ? and space = ? and (next_at > 0 or failed = 1) and exists (
    select 1 from chunks c join documents d on d.key = c.document
    where c.key = attempts.chunk and d.active = 1
      and (c.waits = attempts.space or d.side in (select value from json_each(?))))`

const FAILED = `
  select key from documents indexed by documents_failed
  where collection = ? and failed > 0 and active = 1 and side in (select value from json_each(?))`

/** A chunk may keep the error of an earlier try where it has its vector by now. */
const WAIT_AGAIN = `
  update chunks set error = null, waits = ?
  where document = ? and error is not null
    and not exists (select 1 from vectors v where v.chunk = chunks.key and v.space = ?)`
