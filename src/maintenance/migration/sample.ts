import type { ChunkRecord } from '../../core/documents.ts'
import { evenly } from '../../core/embedding-speed.ts'
import { throwIfAborted } from '../../core/errors.ts'
import type { DocumentListing, RecordStore } from '../../core/ports/record-store.ts'
import type { Side } from '../../core/sides.ts'

/** What sides of a collection hold, of active documents. */
export interface SideCounts {
  documents: number
  chunks: number
  /** Ids of the documents that have chunks. */
  ids: string[]
}

const PAGE = 1_000

/** Counts what the sides of a collection hold; texts are not read. */
export async function countSides(
  records: RecordStore,
  collection: string,
  sides: readonly Side[],
  signal?: AbortSignal,
): Promise<SideCounts> {
  const counts: SideCounts = { documents: 0, chunks: 0, ids: [] }
  for await (const page of pages(records, collection)) {
    throwIfAborted(signal)
    for (const { id, active, side, chunks } of page) {
      if (!active || !sides.includes(side)) continue
      counts.documents++
      counts.chunks += chunks
      if (chunks > 0) counts.ids.push(id)
    }
  }
  return counts
}

/** Documents that are looked into, and chunks that are taken of one. */
const DOCUMENTS = 128
const CHUNKS = 4

/** Chunks of documents spread evenly over all; at most some of each. */
export async function sampleChunks(
  records: RecordStore,
  collection: string,
  { ids }: Pick<SideCounts, 'ids'>,
): Promise<ChunkRecord[]> {
  const chunks: ChunkRecord[] = []
  for (const id of evenly(ids, DOCUMENTS)) {
    chunks.push(...evenly(await records.chunksOfDocument(collection, id), CHUNKS))
  }
  return chunks
}

async function* pages(records: RecordStore, collection: string): AsyncGenerator<DocumentListing[]> {
  let after: number | undefined
  while (true) {
    const page = await records.listDocuments(collection, { limit: PAGE, ...(after !== undefined && { after }) })
    if (page.length === 0) return
    yield page
    after = (page.at(-1) as DocumentListing).key
  }
}
