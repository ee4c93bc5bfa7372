import { memoryNotFound } from './errors.ts'
import type { MemoryParts } from './parts.ts'

/**
 * Removes a record with its chunks and vectors, and the texts of its history; that it was there, and when it went, stays.
 * @throws {SemdexError} `MEMORY_NOT_FOUND`, what the record store throws
 */
export async function forget(
  id: string,
  { storage, collection, now }: Pick<MemoryParts, 'storage' | 'collection' | 'now'>,
): Promise<void> {
  const revision = { change: 'forgotten', at: now() }
  const deleted = await storage.records.deleteDocuments(collection.name, [id], { revision })
  if (deleted === 0) throw memoryNotFound(id)
}
