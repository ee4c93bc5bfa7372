import type { ChunkRecord, DocumentRecord } from '../core/documents.ts'
import { SemdexError, throwIfAborted } from '../core/errors.ts'
import type { Chunker } from '../core/ports/chunker.ts'
import type { Collection, VectorWrite } from '../core/ports/record-store.ts'
import { embeddingsOff, type IndexingParts } from './parts.ts'
import { type ChunkVector, type PreparedChunk, sha256 } from './prepare.ts'
import { VectorSource } from './vector-source.ts'

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
  { name, fingerprint }: Pick<Collection, 'name' | 'fingerprint'>,
  parts: IndexingParts,
  { signal, onProgress }: WaitingOptions = {},
): Promise<WaitingReport> {
  if (parts.embedding === null) throw embeddingsOff()
  const source = new VectorSource(parts, name)
  const report: WaitingReport = { results: [], embedded: 0, reused: 0 }
  const batches = batchesOf(documents, async ({ id }) =>
    look(await parts.records.chunksOfDocument(name, id), fingerprint, parts),
  )
  for await (const batch of batches) {
    throwIfAborted(signal)
    const vectors = await source.vectorsOf(batch.map(toDocument), signal)
    if (source.degraded) throw source.degraded
    const writes = batch.flatMap(({ waiting }) => waiting.flatMap((chunk) => vectorWrite(chunk, vectors.byHash)))
    if (writes.length > 0) await parts.records.putVectors(name, fingerprint, writes)
    report.results.push(...batch.map((looked) => resultOf(looked, vectors.byHash)))
    report.embedded += vectors.embedded
    report.reused += vectors.reused
    onProgress?.(report.results.length)
  }
  return report
}

/** A stored document, with what of it waits. */
interface Looked {
  chunks: number
  waiting: WaitingChunk[]
}

interface WaitingChunk extends PreparedChunk {
  key: number
}

async function look(
  chunks: readonly ChunkRecord[],
  fingerprint: string,
  { records, chunking }: IndexingParts,
): Promise<Looked> {
  const keys = chunks.map(({ key }) => key)
  const vectors = await records.vectors(keys, fingerprint)
  const missing = chunks.filter(({ key }) => !vectors.has(key))
  const chunker = missing.length > 0 ? await chunking.open() : null
  return { chunks: chunks.length, waiting: chunker ? missing.map((chunk) => prepareAgain(chunk, chunker)) : [] }
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
    chunks += looked.waiting.length
    if (chunks < BATCH_CHUNKS) continue
    yield batch
    batch = []
    chunks = 0
  }
  if (batch.length > 0) yield batch
}

function toDocument({ waiting }: Looked): { chunks: PreparedChunk[] } {
  return { chunks: waiting }
}

function vectorWrite({ key, embeddingHash }: WaitingChunk, vectors: ReadonlyMap<string, ChunkVector>): VectorWrite[] {
  const vector = vectors.get(embeddingHash) ?? null
  if (vector === null) return []
  if (vector instanceof SemdexError) return [{ key, embeddingHash, vector: null, error: vector }]
  return [{ key, embeddingHash, vector }]
}

function resultOf({ chunks, waiting }: Looked, vectors: ReadonlyMap<string, ChunkVector>): WaitingResult {
  const made = waiting.map(({ embeddingHash }) => vectors.get(embeddingHash))
  const filled = made.filter((vector) => vector instanceof Float32Array).length
  return { chunks, filled, error: made.find((vector) => vector instanceof SemdexError) ?? null }
}
