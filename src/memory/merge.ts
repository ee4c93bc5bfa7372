import type { Metadata } from '../core/documents.ts'
import { SemdexError } from '../core/errors.ts'
import type { MemoryParts } from './parts.ts'
import { type MemoryRecord, toMetadata, toRecord } from './record.ts'
import { onLatest } from './retry.ts'
import { readRecord } from './supersede.ts'

/** What a record gets of one that is merged into it. */
export interface Merged {
  text: string
  confidence: number
  source: string | null
  tags: readonly string[]
  metadata: Metadata
}

/**
 * Joins what was captured with a stored record, which keeps its id and its text: the tags of both, the higher confidence, and
 * of the rest what the stored one lacks. The revision's note has what was merged. Null where the record is not active any more.
 * @throws {SemdexError} what the record store throws
 */
export function mergeInto(id: string, merged: Merged, parts: MemoryParts): Promise<MemoryRecord | null> {
  return onLatest(async () => {
    const { storage, collection, now } = parts
    const document = await storage.records.document(collection.name, id)
    if (!document?.active) return null
    const kept = toRecord(document)
    const metadata = toMetadata(join(kept, merged))
    const revision = { change: 'merged', at: now(), note: noteOf(merged) }
    try {
      await storage.records.reviseDocuments(collection.name, [{ id, metadata, revision, ifVersion: kept.version }])
    } catch (thrown) {
      if (thrown instanceof SemdexError && thrown.code === 'DOCUMENT_NOT_FOUND') return null
      throw thrown
    }
    return readRecord(storage.records, collection.name, id)
  })
}

function join(kept: MemoryRecord, { confidence, source, tags, metadata }: Merged): MemoryRecord {
  return {
    ...kept,
    confidence: Math.max(kept.confidence, confidence),
    source: kept.source ?? source,
    tags: [...new Set([...kept.tags, ...tags])],
    metadata: { ...metadata, ...kept.metadata },
  }
}

function noteOf({ text, confidence, source, tags }: Merged): Metadata {
  return { text, confidence, ...(source !== null && { source }), ...(tags.length > 0 && { tags: [...tags] }) }
}
