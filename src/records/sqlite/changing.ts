import type { Connection } from '../../sqlite/connection.ts'
import { type Follower, type Following, follow } from '../../sqlite/followers.ts'
import { requireCollection } from './reads.ts'
import type { CollectionRow } from './rows.ts'

/** Runs `work` on the collection with its indexes beside, which have seen all of it afterwards. */
export function changing<T>(
  connection: Connection,
  followers: readonly Follower[],
  name: string,
  work: (collection: CollectionRow, following: Following) => T,
): T {
  const collection = requireCollection(connection, name)
  const following = follow(connection, followers, collection.key)
  const result = work(collection, following)
  following.finish()
  return result
}
