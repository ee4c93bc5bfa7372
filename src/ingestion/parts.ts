import { SemdexError } from '../core/errors.ts'
import type { Chunker } from '../core/ports/chunker.ts'
import type { Embedder } from '../core/ports/embedder.ts'
import type { RecordStore } from '../core/ports/record-store.ts'

/** What indexing works with. The chunker and the embedder are opened when there is something to cut or to embed. */
export interface IndexingParts {
  records: RecordStore
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

export function embeddingsOff(): SemdexError {
  return new SemdexError('EMBEDDING_UNAVAILABLE', {
    message: 'Embeddings are switched off, so chunks wait for their vectors.',
    fix: 'Set embeddings to on (SEMDEX_EMBEDDINGS), then index again',
  })
}
