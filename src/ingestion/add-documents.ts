import { SemdexError, throwIfAborted, toSemdexError } from '../core/errors.ts'
import type { PutResult } from '../core/ports/record-store.ts'
import { SideChunkers } from './chunkers/of-sides.ts'
import type { IndexingParts } from './parts.ts'
import { type DocumentInput, documentWrite, type PreparedDocument, prepareDocument, sideOfInput } from './prepare.ts'
import { VectorSource } from './vector-source.ts'

export interface AddOptions {
  /** What becomes of a document whose id is taken. Default `replace`. */
  ifExists?: 'replace' | 'fail'
  signal?: AbortSignal
  /** Called with the number of documents done. */
  onProgress?: (done: number) => void
}

export interface AddReport {
  /** One per document, in order. */
  results: PutResult[]
  embedded: number
  reused: number
  /** Why chunks were left waiting for their vectors; null where none were. */
  degraded: SemdexError | null
}

/** Chunks that are embedded and committed together: enough to keep every worker busy. */
const BATCH_CHUNKS = 512

/**
 * Adds documents that did not come from files, or replaces those with the same ids. Durable batch by batch; a document
 * that cannot be cut or written costs no other.
 * @throws {SemdexError} `ABORTED` between batches, and what the record store throws
 */
export async function addDocuments(
  inputs: readonly DocumentInput[],
  collection: string,
  parts: IndexingParts,
  options: AddOptions = {},
): Promise<AddReport> {
  const { ifExists = 'replace' } = options
  const source = new VectorSource(parts, collection)
  const report: AddReport = { results: [], embedded: 0, reused: 0, degraded: null }
  for await (const batch of batches(inputs, new SideChunkers(parts))) {
    throwIfAborted(options.signal)
    const documents = batch.filter((item): item is PreparedDocument => !(item instanceof SemdexError))
    const vectors = await source.vectorsOf(documents, options.signal)
    const writes = documents.map((document) => documentWrite(document, vectors))
    const written = (await parts.records.putDocuments(collection, writes, { ifExists })).values()
    for (const item of batch) {
      report.results.push(
        item instanceof SemdexError ? { ok: false, error: item } : (written.next().value as PutResult),
      )
    }
    report.embedded += vectors.embedded
    report.reused += vectors.reused
    options.onProgress?.(report.results.length)
  }
  return { ...report, degraded: source.degraded }
}

async function* batches(
  inputs: readonly DocumentInput[],
  chunkers: SideChunkers,
): AsyncGenerator<(PreparedDocument | SemdexError)[]> {
  let batch: (PreparedDocument | SemdexError)[] = []
  let chunks = 0
  for (const input of inputs) {
    const prepared = await tryPrepare(input, chunkers)
    batch.push(prepared)
    if (!(prepared instanceof SemdexError)) chunks += prepared.chunks.length
    if (chunks < BATCH_CHUNKS) continue
    yield batch
    batch = []
    chunks = 0
  }
  if (batch.length > 0) yield batch
}

async function tryPrepare(input: DocumentInput, chunkers: SideChunkers): Promise<PreparedDocument | SemdexError> {
  const side = await sideOfInput(input)
  const chunker = await chunkers.open(side)
  try {
    return prepareDocument(input, side, chunker)
  } catch (thrown) {
    return toSemdexError(thrown)
  }
}
