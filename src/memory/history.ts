import type { Metadata } from '../core/documents.ts'
import type { Revision } from '../core/ports/record-store.ts'
import { memoryNotFound } from './errors.ts'
import type { MemoryParts } from './parts.ts'
import { type MemoryFields, toFields } from './record.ts'

/** A record as it was after a change. */
export interface PastRecord {
  version: number
  /** `captured`, `updated`, `merged`, `superseded`, `released`, `forgotten`. */
  change: string
  /** Milliseconds since 1970; never before that of the change before it. */
  at: number
  note: Metadata
  /** Null where the record was forgotten. */
  text: string | null
  fields: MemoryFields | null
}

/**
 * What a record was, oldest first; of one that was forgotten, that it was.
 * @throws {SemdexError} `MEMORY_NOT_FOUND` where nothing was ever known of it
 */
export async function history(
  id: string,
  { storage, collection }: Pick<MemoryParts, 'storage' | 'collection'>,
): Promise<PastRecord[]> {
  const revisions = await storage.records.revisions(collection.name, id)
  if (revisions.length === 0 && (await storage.records.document(collection.name, id)) === null) throw memoryNotFound(id)
  return revisions.map(toPast)
}

function toPast({ version, change, at, note, text, metadata }: Revision): PastRecord {
  return { version, change, at, note, text, fields: metadata && toFields(metadata, at) }
}
