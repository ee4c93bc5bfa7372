import type { FilterNode } from '../core/filter.ts'
import type { MemoryParts } from './parts.ts'
import { type MemoryRecord, toRecord } from './record.ts'

export interface ListRequest {
  filter?: FilterNode | undefined
  limit: number
  /** The key after which the page begins. */
  after: number
}

export interface Page {
  records: MemoryRecord[]
  /** The key after which the next begins; null where this is the last. */
  next: number | null
}

/** The records of a page, oldest first. @throws {SemdexError} what the record store throws */
export async function list(
  { filter, limit, after }: ListRequest,
  { storage, collection }: Pick<MemoryParts, 'storage' | 'collection'>,
): Promise<Page> {
  const found = await storage.records.documents(collection.name, { after, limit: limit + 1, ...(filter && { filter }) })
  const page = found.slice(0, limit)
  const last = found.length > limit ? page.at(-1) : undefined
  return { records: page.map(toRecord), next: last?.key ?? null }
}
