import { SemdexError } from '../../core/errors.ts'
import type { DocumentChange, DocumentWrite, RevisionWrite } from '../../core/ports/record-store.ts'
import type { Connection } from '../../sqlite/connection.ts'
import type { Following } from '../../sqlite/followers.ts'
import { decodeText, encodeText, type TextValue } from '../../sqlite/text.ts'
import { type CollectionRow, spaceOfSide } from './rows.ts'
import { findStored, logChange, type StoredDocument } from './stored-documents.ts'

/** @throws {SemdexError} `DOCUMENT_NOT_FOUND`, `REVISION_CONFLICT` */
export function reviseDocument(
  connection: Connection,
  collection: CollectionRow,
  following: Following,
  { id, metadata, active, revision, ifVersion }: DocumentChange,
): void {
  const stored = findStored(connection, collection.key, id)
  if (!stored) throw documentNotFound(collection, id)
  assertVersion(collection, id, stored, ifVersion)
  if (metadata) {
    connection.sql('update documents set metadata = ? where key = ?').run(JSON.stringify(metadata), stored.key)
  }
  if (active === false && stored.active) deactivate(connection, following, stored.key)
  if (active === true && !stored.active) activate(connection, collection, following, stored)
  connection.sql('update documents set updated_at = ? where key = ?').run(Date.now(), stored.key)
  if (revision) writeRevision(connection, collection.key, { key: stored.key, id }, revision)
  logChange(connection, collection, encodeText(id), 'put')
}

/** @throws {SemdexError} `REVISION_CONFLICT` */
export function assertVersion(
  { name }: CollectionRow,
  id: string,
  { version }: StoredDocument,
  expected: number | undefined,
): void {
  if (expected === undefined || expected === version) return
  throw new SemdexError('REVISION_CONFLICT', {
    message: `The document ${id} has version ${version}, not ${expected}: it was changed in the meantime.`,
    fix: 'Read it again, and repeat the change',
    details: { collection: decodeText(name), id, version, expected },
  })
}

/** @throws {SemdexError} `REVISION_CONFLICT` */
export function assertLastAlike(
  connection: Connection,
  { key: collection, name }: CollectionRow,
  { id, contentHash, ifLastAlike }: Pick<DocumentWrite, 'id' | 'contentHash' | 'ifLastAlike'>,
): void {
  if (ifLastAlike === undefined) return
  const found = connection
    .sql<{ id: TextValue }>(NEXT_ALIKE)
    .get(collection, encodeText(contentHash), ifLastAlike, encodeText(id))
  if (!found) return
  const alike = decodeText(found.id)
  throw new SemdexError('REVISION_CONFLICT', {
    message: `The document ${alike} has the same content as ${id}: it was written in the meantime.`,
    fix: 'Look for the same content again, and repeat the change',
    details: { collection: decodeText(name), id, alike },
  })
}

/** Writes what the document is now as its next version, which it answers. */
export function writeRevision(
  connection: Connection,
  collection: number,
  { key, id }: { key: number; id: string },
  { change, at, note = {} }: RevisionWrite,
): number {
  const { version, after } = nextVersion(connection, collection, id)
  connection
    .sql(INSERT_REVISION)
    .run(collection, encodeText(id), version, encodeText(change), Math.max(at, after), JSON.stringify(note), key)
  connection.sql('update documents set version = ? where key = ?').run(version, key)
  return version
}

/** Of a document that is new under an id that had revisions before it was deleted: the last of them. */
export function lastVersion(connection: Connection, collection: number, id: string): number {
  return nextVersion(connection, collection, id).version - 1
}

/** A deleted document's revisions go with it, or keep what was done and when, and end with this one. */
export function endRevisions(
  connection: Connection,
  collection: number,
  id: string,
  revision: RevisionWrite | undefined,
): void {
  const document = encodeText(id)
  if (!revision) {
    connection.sql('delete from revisions where collection = ? and document = ?').run(collection, document)
    return
  }
  connection.sql(EMPTY_REVISIONS).run(collection, document)
  const { version, after } = nextVersion(connection, collection, id)
  const { change, at, note = {} } = revision
  connection
    .sql(INSERT_TOMBSTONE)
    .run(collection, document, version, encodeText(change), Math.max(at, after), JSON.stringify(note))
}

/** What a deleted document left under the new id is gone: the versions there are those of another document now. */
export function moveRevisions(connection: Connection, collection: number, from: string, to: string): void {
  if (from === to) return
  endRevisions(connection, collection, to, undefined)
  connection
    .sql('update revisions set document = ? where collection = ? and document = ?')
    .run(encodeText(to), collection, encodeText(from))
}

function nextVersion(connection: Connection, collection: number, id: string): { version: number; after: number } {
  const last = connection.sql<{ version: number; at: number }>(LAST).get(collection, encodeText(id))
  return last ? { version: last.version + 1, after: last.at } : { version: 1, after: Number.NEGATIVE_INFINITY }
}

function deactivate(connection: Connection, following: Following, key: number): void {
  following.remove(key)
  connection.sql('update documents set active = 0 where key = ?').run(key)
  connection.sql('update chunks set waits = null where document = ? and waits is not null').run(key)
  connection
    .sql('delete from attempts where failed = 0 and chunk in (select key from chunks where document = ?)')
    .run(key)
}

function activate(
  connection: Connection,
  collection: CollectionRow,
  following: Following,
  { key, side }: StoredDocument,
): void {
  const { space } = spaceOfSide(collection, side)
  connection.sql('update documents set active = 1 where key = ?').run(key)
  connection.sql(WAIT).run(space, key, space)
  following.add(key)
}

function documentNotFound({ name }: CollectionRow, id: string): SemdexError {
  const collection = decodeText(name)
  return new SemdexError('DOCUMENT_NOT_FOUND', {
    message: `There is no document ${id} in the collection ${collection}.`,
    details: { collection, id },
  })
}

const LAST = 'select version, at from revisions where collection = ? and document = ? order by version desc limit 1'

const NEXT_ALIKE = `
  select id from documents where collection = ? and content_hash = ? and path is null and key > ? and id is not ?
  order by key limit 1`

const INSERT_REVISION = `
  insert into revisions (collection, document, version, change, at, note, title, text, metadata)
  select ?, ?, ?, ?, ?, ?, title, text, metadata from documents d join texts t on t.document = d.key where d.key = ?`

const INSERT_TOMBSTONE = `
  insert into revisions (collection, document, version, change, at, note) values (?, ?, ?, ?, ?, ?)`

const EMPTY_REVISIONS = `
  update revisions set title = null, text = null, metadata = null, note = '{}' where collection = ? and document = ?`

const WAIT = `
  update chunks set waits = ?
  where document = ? and error is null
    and not exists (select 1 from vectors v where v.chunk = chunks.key and v.space = ?)`
