import type { Configuration } from '../core/configuration.ts'
import { SemdexError } from '../core/errors.ts'
import type { Models } from '../core/parts.ts'
import type { Chunker } from '../core/ports/chunker.ts'
import type { Embedder } from '../core/ports/embedder.ts'
import type { RecordStore } from '../core/ports/record-store.ts'
import { approximateCounter } from './chunkers/approximate-counter.ts'
import { chunkingFingerprint } from './chunkers/fingerprint.ts'

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

/**
 * The parts for a collection's model, none of them opened.
 * @param model The collection's; null where its vectors are the caller's own, so that files wait without any.
 * @throws {SemdexError} `MODEL_UNKNOWN`
 */
export async function indexingParts(
  records: RecordStore,
  models: Models,
  model: string | null,
  configuration: Pick<Configuration, 'chunkTokens' | 'chunkOverlap' | 'embeddings'>,
): Promise<IndexingParts> {
  const { spec, fingerprint, folder } = await models.resolve(model)
  const settings = {
    // The model adds a token at each end of a text.
    maxTokens: Math.min(configuration.chunkTokens, spec.maxTokens - 2),
    overlapTokens: configuration.chunkOverlap,
  }
  const tokenizer = folder === null ? undefined : spec.files.find(({ role }) => role === 'tokenizer')
  return {
    records,
    chunking: {
      fingerprint: chunkingFingerprint(settings, tokenizer?.sha256 ?? approximateCounter.id),
      async open() {
        const { createChunker } = await import('./chunkers/chunker.ts')
        const counter = tokenizer ? await models.tokenCounter(model) : null
        return createChunker(counter ?? approximateCounter, settings)
      },
    },
    embedding: configuration.embeddings && model !== null ? { fingerprint, open: () => models.embedder(model) } : null,
  }
}
