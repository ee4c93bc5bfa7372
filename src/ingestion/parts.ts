import { SemdexError } from '../core/errors.ts'
import type { Chunker } from '../core/ports/chunker.ts'
import type { Embedder } from '../core/ports/embedder.ts'
import type { RecordStore } from '../core/ports/record-store.ts'
import type { Side } from '../core/sides.ts'

/** What indexing works with; what stands beside `code` is the text side's. */
export interface IndexingParts extends SideParts {
  records: RecordStore
  /** The code side's; null where the text side's serve both. */
  code: SideParts | null
}

/** What cuts and embeds a side. Chunker and embedder are opened when there is something to cut or to embed. */
export interface SideParts {
  chunking: Chunking
  /** Null where no model may be used: what is indexed then waits for its vectors. */
  embedding: Embedding | null
}

export interface Chunking {
  /** Equals the opened chunker's. */
  fingerprint: string
  open(): Promise<Chunker>
}

export interface Embedding {
  /** Equals the opened embedder's. */
  fingerprint: string
  /** @throws {SemdexError} where no model can be used */
  open(): Promise<Embedder>
}

/** What cuts and embeds the documents of a side; the same object for both sides where one model reads both. */
export function sideParts(parts: IndexingParts, side: Side): SideParts {
  return side === 'code' && parts.code !== null ? parts.code : parts
}

export function embeddingsOff(): SemdexError {
  return new SemdexError('EMBEDDING_UNAVAILABLE', {
    message: 'Embeddings are switched off, so chunks wait for their vectors.',
    fix: 'Set embeddings to on (SEMDEX_EMBEDDINGS), then index again',
  })
}
