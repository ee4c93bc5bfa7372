import type { ErrorAnswer } from '../../core/errors.ts'
import type {
  AcceptedCut,
  Collection,
  CollectionChange,
  DocumentChange,
  NewCollection,
  PutOptions,
  RevisionWrite,
} from '../../core/ports/record-store.ts'
import type { Connection } from '../../sqlite/connection.ts'
import { fromSqlite, isFatal } from '../../sqlite/errors.ts'
import type { Follower } from '../../sqlite/followers.ts'
import type { Procedures } from '../../sqlite/procedures.ts'
import { encodeText } from '../../sqlite/text.ts'
import { attempt, Undone } from '../../sqlite/transactions.ts'
import { changing } from './changing.ts'
import { requireCollection } from './reads.ts'
import { createCollection, dropCollection, updateCollection } from './write-collections.ts'
import {
  type DocumentMessage,
  deleteDocument,
  type FileMessage,
  type MoveArgs,
  moveDocument,
  putDocument,
  putFile,
  type WrittenDocument,
} from './write-documents.ts'
import { reviseDocument } from './write-revisions.ts'
import { type PutVectorsArgs, putVectors } from './write-vectors.ts'

export type PutAnswer = ({ ok: true } & WrittenDocument) | { ok: false; error: ErrorAnswer }

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
      changing(connection, followers, name, (collection, following): PutAnswer[] => {
        const put = (document: DocumentMessage) => putDocument(connection, collection, following, document, ifExists)
        const [only, ...others] = documents
        if (only && others.length === 0) return [putAlone(connection, () => put(only))]
        return documents.map((document) => {
          const result = attempt(connection, () => put(document))
          return result.ok ? { ok: true, ...result.value } : refused(connection, result.error)
        })
      }),

    'records.putVectors': (connection: Connection, args: PutVectorsArgs): number =>
      changing(connection, followers, args.collection, (collection, following) =>
        putVectors(connection, collection, following, args),
      ),

    'records.moveDocument': (connection: Connection, args: MoveArgs): boolean =>
      changing(connection, followers, args.collection, (collection) => moveDocument(connection, collection, args)),

    'records.reviseDocuments': (connection: Connection, args: ReviseArgs): void =>
      changing(connection, followers, args.collection, (collection, following) => {
        for (const change of args.changes) reviseDocument(connection, collection, following, change)
      }),

    'records.acceptCut': (connection: Connection, args: { collection: string; cut: AcceptedCut }): number => {
      const { key } = requireCollection(connection, args.collection)
      const { sides, from, to } = args.cut
      const sql = `update documents set chunking_fingerprint = ?
        where collection = ? and chunking_fingerprint = ? and side in (select value from json_each(?))`
      return connection.sql(sql).run(encodeText(to), key, encodeText(from), JSON.stringify(sides)).changes
    },

    'records.deleteDocuments': (connection: Connection, { collection: name, ids, revision }: DeleteArgs): number =>
      changing(connection, followers, name, (collection, following) => {
        const found = ids.filter((id) => deleteDocument(connection, collection, following, id, revision))
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

/**
 * Where there is one document its failure undoes the whole transaction. To undo a part of one SQLite copies each page before it
 * changes it, which is a tenth of what a small document costs.
 */
function putAlone(connection: Connection, put: () => WrittenDocument): PutAnswer {
  try {
    return { ok: true, ...put() }
  } catch (thrown) {
    if (isFatal(thrown) || !connection.db.inTransaction) throw thrown
    throw new Undone([refused(connection, thrown)])
  }
}

function refused({ file }: Connection, thrown: unknown): PutAnswer {
  return { ok: false, error: fromSqlite(thrown, file).toJSON() }
}

interface ReviseArgs {
  collection: string
  changes: readonly DocumentChange[]
}

interface DeleteArgs {
  collection: string
  ids: readonly string[]
  revision?: RevisionWrite | undefined
}

interface PutArgs {
  collection: string
  documents: DocumentMessage[]
  ifExists: PutOptions['ifExists'] | undefined
}
