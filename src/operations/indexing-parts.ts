import type { ModelSpec } from '../core/model-spec.ts'
import type { Parts, Storage } from '../core/parts.ts'
import type { Collection } from '../core/ports/record-store.ts'
import type { SideModel } from '../core/sides.ts'
import { approximateCounter } from '../ingestion/chunkers/approximate-counter.ts'
import { chunkingFingerprint } from '../ingestion/chunkers/fingerprint.ts'
import type { IndexingParts, SideParts } from '../ingestion/parts.ts'

/** Left free for the model's prompt and special tokens. */
const RESERVED_TOKENS = 8

/**
 * What indexing into a collection works with. Chunks are counted with the tokenizer of their side's model; it is opened, as
 * the model is, only when there is something to cut or to embed.
 */
export async function indexingParts(
  parts: Parts,
  collection: ModelsOfCollection,
  storage?: Storage,
): Promise<IndexingParts> {
  const { records } = storage ?? (await parts.storage())
  return { records, ...(await workingParts(parts, collection)) }
}

type ModelsOfCollection = Pick<Collection, 'model' | 'fingerprint'> & {
  code?: Pick<SideModel, 'model' | 'fingerprint'> | null
}

/** The same without a database. */
export async function workingParts(
  parts: Parts,
  { code = null, ...text }: ModelsOfCollection,
): Promise<Omit<IndexingParts, 'records'>> {
  return { ...(await partsOfSide(parts, text)), code: code && (await partsOfSide(parts, code)) }
}

async function partsOfSide(
  parts: Parts,
  { model, fingerprint }: Pick<SideModel, 'model' | 'fingerprint'>,
): Promise<SideParts> {
  const { chunkTokens, chunkOverlap, embeddings } = parts.configuration
  const resolved = await parts.models.resolve(model)
  const settings = {
    maxTokens: Math.min(chunkTokens, resolved.spec.maxTokens - RESERVED_TOKENS),
    overlapTokens: chunkOverlap,
  }
  const counterId = resolved.folder === null ? approximateCounter.id : tokenizerId(resolved.spec)
  return {
    chunking: {
      fingerprint: chunkingFingerprint(settings, counterId),
      async open() {
        const { createChunker } = await import('../ingestion/chunkers/chunker.ts')
        return createChunker((await parts.models.tokenCounter(model)) ?? approximateCounter, settings)
      },
    },
    embedding: embeddings
      ? { fingerprint: resolved.fingerprint ?? fingerprint, open: () => parts.models.embedder(model) }
      : null,
  }
}

/** The id of the counter that `Models.tokenCounter` opens. */
function tokenizerId({ files }: ModelSpec): string {
  return files.find(({ role }) => role === 'tokenizer')?.sha256 ?? approximateCounter.id
}
