import type { ErrorAnswer } from '../../core/errors.ts'
import type { Collection, CollectionChange, NewCollection, PutOptions } from '../../core/ports/record-store.ts'
import type { Connection } from '../../sqlite/connection.ts'
import { fromSqlite } from '../../sqlite/errors.ts'
import { type Follower, type Following, follow } from '../../sqlite/followers.ts'
import type { Procedures } from '../../sqlite/procedures.ts'
import { encodeText } from '../../sqlite/text.ts'
import { attempt } from '../../sqlite/transactions.ts'
import { requireCollection } from './reads.ts'
import type { CollectionRow } from './rows.ts'
import { createCollection, dropCollection, updateCollection } from './write-collections.ts'
import {
  type DocumentMessage,
  deleteDocument,
  type FileMessage,
  type MoveArgs,
  moveDocument,
  putDocument,
  putFile,
} from './write-documents.ts'
import { type PutVectorsArgs, putVectors } from './write-vectors.ts'

export type PutAnswer = { ok: true; key: number; chunkKeys: number[] } | { ok: false; error: ErrorAnswer }

export type RecordWrites = ReturnType<typeof recordWrites>

/** The writing procedures; the followers change in the same transactions. */
export function recordWrites(followers: readonly Follower[]) {
  return {
    'records.createCollection': (connection: Connection, collection: NewCollection): Collection =>
      createCollection(connection, followers, collection),

    'records.updateCollection': (
      connection: Connection,
      args: { name: string; change: CollectionChange },
    ): Collection => updateCollection(connection, followers, args.name, args.change),

    'records.dropCollection': (connection: Connection, { name }: { name: string }): boolean =>
      dropCollection(connection, followers, name),

    'records.putDocuments': (connection: Connection, { collection: name, documents, ifExists }: PutArgs) =>
      changing(connection, followers, name, (collection, following): PutAnswer[] =>
        documents.map((document) => {
          const result = attempt(connection, () => putDocument(connection, collection, following, document, ifExists))
          if (result.ok) return { ok: true, ...result.value }
          return { ok: false, error: fromSqlite(result.error, connection.file).toJSON() }
        }),
      ),

    'records.putVectors': (connection: Connection, args: PutVectorsArgs): number =>
      changing(connection, followers, args.collection, (collection, following) =>
        putVectors(connection, collection, following, args),
      ),

    'records.moveDocument': (connection: Connection, args: MoveArgs): boolean =>
      changing(connection, followers, args.collection, (collection) => moveDocument(connection, collection, args)),

    'records.deleteDocuments': (connection: Connection, args: { collection: string; ids: readonly string[] }): number =>
      changing(connection, followers, args.collection, (collection, following) => {
        const found = args.ids.filter((id) => deleteDocument(connection, collection, following, id))
        return found.length
      }),

    'records.putFiles': (connection: Connection, args: { collection: string; files: readonly FileMessage[] }): void => {
      const { key } = requireCollection(connection, args.collection)
      for (const file of args.files) putFile(connection, key, file, null, file.error)
    },

    'records.deleteFiles': (connection: Connection, args: { collection: string; paths: readonly string[] }): void => {
      const { key } = requireCollection(connection, args.collection)
      const statement = connection.sql('delete from files where collection = ? and path = ? and document is null')
      for (const path of args.paths) statement.run(key, encodeText(path))
    },
  } satisfies Procedures
}

interface PutArgs {
  collection: string
  documents: DocumentMessage[]
  ifExists: PutOptions['ifExists'] | undefined
}

function changing<T>(
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
