import type { ChunkRecord, DocumentRecord } from '../core/documents.ts'
import { SemdexError, throwIfAborted } from '../core/errors.ts'
import type { Chunker } from '../core/ports/chunker.ts'
import type { Collection, VectorWrite } from '../core/ports/record-store.ts'
import { SIDES, type Side, sideModel } from '../core/sides.ts'
import { SideChunkers } from './chunkers/of-sides.ts'
import { embeddingsOff, type IndexingParts } from './parts.ts'
import { type ChunkVector, type PreparedChunk, sha256 } from './prepare.ts'
import { VectorSource, type Vectors } from './vector-source.ts'

export interface WaitingOptions {
  signal?: AbortSignal
  /** Called with the number of documents done. */
  onProgress?: (done: number) => void
}

export interface WaitingReport {
  /** One per document, in order. */
  results: WaitingResult[]
  /** Texts that the model read. */
  embedded: number
  /** Chunks whose text had its vector already, from another chunk. */
  reused: number
}

export type WaitingResult = { chunks: number; filled: number; error: SemdexError | null }

/**
 * Gives the chunks of stored documents the vectors that they lack, in place: nothing is cut again, and what has its vector is
 * not read. Durable batch by batch. A chunk that cannot be embedded is its document's error, and is tried again next time.
 * @throws {SemdexError} why no model can be used, where a chunk needs one; `ABORTED` between batches; what the store throws
 */
export async function embedWaiting(
  documents: readonly Pick<DocumentRecord, 'id'>[],
  collection: Collection,
  parts: IndexingParts,
  { signal, onProgress }: WaitingOptions = {},
): Promise<WaitingReport> {
  if (parts.embedding === null) throw embeddingsOff()
  const { name } = collection
  const source = new VectorSource(parts, name)
  const chunkers = new SideChunkers(parts)
  const report: WaitingReport = { results: [], embedded: 0, reused: 0 }
  const batches = batchesOf(documents, async ({ id }) =>
    look(await parts.records.chunksOfDocument(name, id), collection, parts.records, chunkers),
  )
  for await (const batch of batches) {
    throwIfAborted(signal)
    const vectors = await source.vectorsOf(batch, signal)
    if (source.degraded) throw source.degraded
    for (const side of SIDES) await writeSide(batch, vectors, side, collection, parts.records)
    report.results.push(...batch.map((looked) => resultOf(looked, vectors.bySide[looked.side])))
    report.embedded += vectors.embedded
    report.reused += vectors.reused
    onProgress?.(report.results.length)
  }
  return report
}

/** A stored document, with the chunks of it that wait. */
interface Looked {
  side: Side
  /** All of them, the others too. */
  count: number
  chunks: WaitingChunk[]
}

interface WaitingChunk extends PreparedChunk {
  key: number
}

/** All chunks of a document are on its side. */
async function look(
  chunks: readonly ChunkRecord[],
  collection: Collection,
  records: IndexingParts['records'],
  chunkers: SideChunkers,
): Promise<Looked> {
  const side = chunks[0]?.side ?? 'text'
  const keys = chunks.map(({ key }) => key)
  const vectors = await records.vectors(keys, sideModel(collection, side).fingerprint)
  const missing = chunks.filter(({ key }) => !vectors.has(key))
  const chunker = missing.length > 0 ? await chunkers.open(side) : null
  return { side, count: chunks.length, chunks: chunker ? missing.map((chunk) => prepareAgain(chunk, chunker)) : [] }
}

async function writeSide(
  batch: readonly Looked[],
  { bySide }: Vectors,
  side: Side,
  collection: Collection,
  records: IndexingParts['records'],
): Promise<void> {
  const waiting = batch.filter((looked) => looked.side === side).flatMap(({ chunks }) => chunks)
  const writes = waiting.flatMap((chunk) => vectorWrite(chunk, bySide[side]))
  if (writes.length > 0) await records.putVectors(collection.name, sideModel(collection, side).fingerprint, writes)
}

function prepareAgain({ key, title, place, text }: ChunkRecord, chunker: Chunker): WaitingChunk {
  const embeddingText = chunker.embeddingText({ title, heading: place.heading, text })
  return { key, place, embeddingText, embeddingHash: sha256(embeddingText) }
}

/** Chunks that are embedded and committed together. */
const BATCH_CHUNKS = 512

async function* batchesOf<T>(items: readonly T[], lookAt: (item: T) => Promise<Looked>): AsyncGenerator<Looked[]> {
  let batch: Looked[] = []
  let chunks = 0
  for (const item of items) {
    const looked = await lookAt(item)
    batch.push(looked)
    chunks += looked.chunks.length
    if (chunks < BATCH_CHUNKS) continue
    yield batch
    batch = []
    chunks = 0
  }
  if (batch.length > 0) yield batch
}

function vectorWrite({ key, embeddingHash }: WaitingChunk, vectors: ReadonlyMap<string, ChunkVector>): VectorWrite[] {
  const vector = vectors.get(embeddingHash) ?? null
  if (vector === null) return []
  if (vector instanceof SemdexError) return [{ key, embeddingHash, vector: null, error: vector }]
  return [{ key, embeddingHash, vector }]
}

function resultOf({ count, chunks }: Looked, vectors: ReadonlyMap<string, ChunkVector>): WaitingResult {
  const made = chunks.map(({ embeddingHash }) => vectors.get(embeddingHash))
  const filled = made.filter((vector) => vector instanceof Float32Array).length
  return { chunks: count, filled, error: made.find((vector) => vector instanceof SemdexError) ?? null }
}
