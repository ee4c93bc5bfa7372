import type { NewJob } from '../core/ports/job-store.ts'
import type { ChunkWrite, DocumentWrite, FileStamp, NewCollection, PutResult } from '../core/ports/record-store.ts'

export const FINGERPRINT = 'space-1'
export const DIMENSIONS = 4
/** A model of the code side. */
export const CODE = { model: 'c', fingerprint: 'code-1', dimensions: 2 }
/** A model that a side moves to. */
export const NEW = { model: 'n', fingerprint: 'new-1', dimensions: 2 }

export function sampleCollection(name: string, change: Partial<NewCollection> = {}): NewCollection {
  return { name, model: null, fingerprint: FINGERPRINT, dimensions: DIMENSIONS, ...change }
}

/** A document whose chunks are these texts, one per line; each with its vector, or null. */
export function sampleDocument(
  id: string,
  chunks: [text: string, vector: number[] | null][],
  change: Partial<DocumentWrite> = {},
): DocumentWrite {
  let start = 0
  const writes = chunks.map(([text, vector], index): ChunkWrite => {
    const place = {
      start,
      end: start + text.length,
      lines: [index + 1, index + 1] as [number, number],
      heading: [],
      symbol: null,
    }
    start = place.end + 1
    return { place, embeddingHash: `hash of ${text}`, vector: vector && Float32Array.from(vector) }
  })
  return {
    id,
    title: null,
    format: 'text',
    text: chunks.map(([text]) => text).join('\n'),
    metadata: {},
    contentHash: `content of ${id}`,
    chunkingFingerprint: 'chunking-1',
    chunks: writes,
    ...change,
  }
}

export function sampleFile(path: string, change: Partial<FileStamp> = {}): FileStamp {
  return { path, size: 10, modifiedAt: 1_700_000_000_000.25, inode: 42, checkedAt: 1_700_000_000_500, ...change }
}

/** The chunk keys of documents that were written. */
export function keysOf(results: readonly PutResult[]): number[] {
  return results.flatMap((result) => {
    if (!result.ok) throw result.error
    return result.chunkKeys
  })
}

/** How many jobs may be unfinished. */
export const LIMITS = { unfinished: 100 }

export function sampleJob(id: string, change: Partial<NewJob> = {}): NewJob {
  return { id, operation: 'index', input: { paths: ['/a'] }, owner: null, runner: 'r1', createdAt: 1_000.5, ...change }
}
