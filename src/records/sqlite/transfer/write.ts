import type { Revision } from '../../../core/ports/record-store.ts'
import type { History, StoredDocument } from '../../../core/ports/transfer-store.ts'
import type { Connection } from '../../../sqlite/connection.ts'
import { fromSqlite } from '../../../sqlite/errors.ts'
import type { Follower, Following } from '../../../sqlite/followers.ts'
import type { Procedures } from '../../../sqlite/procedures.ts'
import { collectionSpaces } from '../../../sqlite/spaces.ts'
import { encodeNullable, encodeText } from '../../../sqlite/text.ts'
import { attempt } from '../../../sqlite/transactions.ts'
import { changing } from '../changing.ts'
import { requireCollection } from '../reads.ts'
import { type CollectionRow, spaceOfSide } from '../rows.ts'
import { findStored } from '../stored-documents.ts'
import { putDocument, type WrittenDocument } from '../write-documents.ts'
import { putVectors } from '../write-vectors.ts'
import type { PutAnswer } from '../writes.ts'
import { hasRevisions } from './read.ts'

/** The followers change in the same transactions. */
export function transferWrites(followers: readonly Follower[]) {
  return {
    'transfer.writeDocuments': (connection: Connection, { collection: name, documents, ifExists }: WriteArgs) =>
      changing(connection, followers, name, (collection, following): PutAnswer[] =>
        documents.map((document) => {
          const result = attempt(connection, () => writeStored(connection, collection, following, document, ifExists))
          if (result.ok) return { ok: true, ...result.value }
          return { ok: false, error: fromSqlite(result.error, connection.file).toJSON() }
        }),
      ),

    'transfer.writeHistories': (
      connection: Connection,
      args: { collection: string; histories: readonly History[] },
    ) => {
      const { key } = requireCollection(connection, args.collection)
      const free = args.histories.filter(
        ({ id }) => !findStored(connection, key, id) && !hasRevisions(connection, key, id),
      )
      for (const { id, revisions } of free) writeRevisions(connection, key, id, revisions)
      return free.length
    },
  } satisfies Procedures
}

interface WriteArgs {
  collection: string
  documents: readonly StoredDocument[]
  ifExists: 'replace' | 'fail'
}

function writeStored(
  connection: Connection,
  collection: CollectionRow,
  following: Following,
  document: StoredDocument,
  ifExists: 'replace' | 'fail',
): WrittenDocument {
  const { file, chunks, revisions, version, createdAt, updatedAt, ...rest } = document
  const { fingerprint } = spaceOfSide(collection, document.side)
  const message = {
    ...rest,
    ...(file && { file }),
    chunks: chunks.map(({ vectors, ...chunk }) => ({
      ...chunk,
      vector: vectors.find((each) => each.fingerprint === fingerprint)?.vector ?? null,
    })),
  }
  const written = putDocument(connection, collection, following, message, ifExists)
  connection
    .sql('delete from revisions where collection = ? and document = ?')
    .run(collection.key, encodeText(document.id))
  writeRevisions(connection, collection.key, document.id, revisions)
  fillOthers(connection, collection, following, { document, keys: written.chunkKeys, fingerprint })
  connection
    .sql('update documents set version = ?, created_at = ?, updated_at = ? where key = ?')
    .run(version, createdAt, updatedAt, written.key)
  return { ...written, version }
}

/** The vectors of the indexes that a migration fills or keeps. */
function fillOthers(
  connection: Connection,
  collection: CollectionRow,
  following: Following,
  { document, keys, fingerprint }: { document: StoredDocument; keys: readonly number[]; fingerprint: string },
): void {
  for (const index of collectionSpaces(connection, collection.key)) {
    if (index.fingerprint === fingerprint) continue
    const vectors = document.chunks.flatMap(({ vectors, embeddingHash }, i) => {
      const found = vectors.find((each) => each.fingerprint === index.fingerprint)
      return found ? [{ key: keys[i] as number, embeddingHash, vector: found.vector, error: null }] : []
    })
    if (vectors.length > 0)
      putVectors(connection, collection, following, { collection: '', fingerprint: index.fingerprint, vectors })
  }
}

function writeRevisions(connection: Connection, collection: number, id: string, revisions: readonly Revision[]): void {
  const insert = connection.sql(INSERT)
  for (const { version, change, at, note, title, text, metadata } of revisions) {
    insert.run(
      collection,
      encodeText(id),
      version,
      encodeText(change),
      at,
      JSON.stringify(note),
      encodeNullable(title),
      encodeNullable(text),
      metadata === null ? null : JSON.stringify(metadata),
    )
  }
}

const INSERT = `
  insert into revisions (collection, document, version, change, at, note, title, text, metadata)
  values (?, ?, ?, ?, ?, ?, ?, ?, ?)`
