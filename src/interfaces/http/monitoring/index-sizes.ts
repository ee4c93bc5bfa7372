import { stat } from 'node:fs/promises'
import type { Parts } from '../../../core/parts.ts'
import type { CollectionCounts } from '../../../core/ports/record-store.ts'

export interface IndexSizes {
  collections: CollectionCounts[]
  /** Of the database file. */
  bytes: number
  /** Whether the database could be read; else there are no other figures. */
  up: boolean
}

/** Counting reads the whole index of a table: what was counted is good for so many milliseconds. */
const MAX_AGE = 5_000
/** Further collections are counted together, under a name that none can have. */
const MAX_COLLECTIONS = 200
const OTHERS = '(others)'

/** What the collections hold; never throws. */
export function readIndexSizes(parts: Parts): () => Promise<IndexSizes> {
  let read: Promise<IndexSizes> | null = null
  let readAt = Number.NEGATIVE_INFINITY
  return () => {
    if (!read || performance.now() - readAt > MAX_AGE) {
      readAt = performance.now()
      read = count(parts).catch(() => ({ collections: [], bytes: 0, up: false }))
    }
    return read
  }
}

async function count(parts: Parts): Promise<IndexSizes> {
  const { records, file } = await parts.storage()
  const counts = await records.counts()
  const { size } = await stat(file)
  return {
    collections: [...counts.slice(0, MAX_COLLECTIONS), ...together(counts.slice(MAX_COLLECTIONS))],
    bytes: size,
    up: true,
  }
}

function together(counts: readonly CollectionCounts[]): CollectionCounts[] {
  if (counts.length === 0) return []
  const sum = (size: Exclude<keyof CollectionCounts, 'collection'>) =>
    counts.reduce((total, each) => total + each[size], 0)
  return [
    {
      collection: OTHERS,
      documents: sum('documents'),
      chunks: sum('chunks'),
      vectors: sum('vectors'),
      inactive: sum('inactive'),
      pending: sum('pending'),
      failed: sum('failed'),
    },
  ]
}
