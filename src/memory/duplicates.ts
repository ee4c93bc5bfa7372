import type { VectorIndex } from '../core/ports/indexes.ts'
import type { DocumentWrite, RecordStore } from '../core/ports/record-store.ts'
import { sideModel } from '../core/sides.ts'
import { textDigest } from './normal-text.ts'
import type { MemoryParts } from './parts.ts'
import { toFields } from './record.ts'

export interface Duplicate {
  id: string
  /** True cosine; 1 where the text is the same. */
  similarity: number
  /** Whether the texts differ in nothing but case, spaces, Unicode forms and the mark at their end. */
  exact: boolean
}

/** What a text is compared with: active records of one kind, but for those that it takes the place of. */
export interface Comparison {
  kind: string
  except: readonly string[]
}

/** The most that are reported. */
const MOST = 5

/** The records with the same text, oldest first, and the key of the last document that has it; 0 where none has. */
export async function sameText(
  text: string,
  { kind, except }: Comparison,
  { storage, collection }: Pick<MemoryParts, 'storage' | 'collection'>,
): Promise<{ duplicates: Duplicate[]; last: number }> {
  const same = await storage.records.documentsByContent(collection.name, textDigest(text))
  const duplicates = same
    .filter(
      ({ id, active, metadata, createdAt }) =>
        active && !except.includes(id) && toFields(metadata, createdAt).kind === kind,
    )
    .slice(0, MOST)
    .map(({ id }) => ({ id, similarity: 1, exact: true }))
  return { duplicates, last: same.at(-1)?.key ?? 0 }
}

/**
 * The records that are nearly the same, nearest first: each passage of the text has one in the record whose cosine reaches
 * the threshold, and the least of these cosines is the similarity. Null where a passage has no vector to compare.
 */
export async function nearDuplicates(
  { chunks, side = 'text' }: DocumentWrite,
  comparison: Comparison,
  { storage, collection, duplicates: threshold }: MemoryParts,
): Promise<Duplicate[] | null> {
  const vectors = chunks.flatMap(({ vector }) => (vector ? [vector] : []))
  const [first, ...others] = vectors
  if (vectors.length < chunks.length) return null
  if (!first) return []
  const index = storage.vectorIndex(collection, sideModel(collection, side))
  const near = await nearestRecords(first, comparison, { index, records: storage.records, threshold })
  for (const vector of others) {
    for (const [id, similarity] of near) {
      const chunks = await storage.records.chunksOfDocument(collection.name, id)
      const cosines = await index.similarities(
        vector,
        chunks.map(({ key }) => key),
      )
      near.set(id, Math.min(similarity, Math.max(-1, ...cosines.values())))
    }
  }
  return [...near]
    .filter(([, similarity]) => similarity >= threshold)
    .sort((a, b) => b[1] - a[1])
    .slice(0, MOST)
    .map(([id, similarity]) => ({ id, similarity, exact: false }))
}

interface Searched {
  index: VectorIndex
  records: RecordStore
  threshold: number
}

/** Cosines of the nearest passage by record. A filter would read the metadata of every record; most captures have no duplicate. */
async function nearestRecords(
  vector: Float32Array,
  { kind, except }: Comparison,
  { index, records, threshold }: Searched,
): Promise<Map<string, number>> {
  const near = new Map<string, number>()
  for (let limit = 4 * MOST; ; limit = Math.min(4 * limit, index.capabilities.maxLimit)) {
    const hits = (await index.search(vector, { limit })).filter(({ similarity }) => similarity >= threshold)
    const chunks = new Map((await records.chunks(hits.map(({ key }) => key))).map((chunk) => [chunk.key, chunk]))
    for (const { key, similarity } of hits) {
      const chunk = chunks.get(key)
      if (!chunk || near.has(chunk.documentId) || except.includes(chunk.documentId)) continue
      if (toFields(chunk.metadata, 0).kind === kind) near.set(chunk.documentId, similarity)
    }
    if (near.size >= MOST || hits.length < limit || limit === index.capabilities.maxLimit) return near
  }
}
