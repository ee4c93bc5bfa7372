import type { Parts } from '../../core/parts.ts'
import type { Collection } from '../../core/ports/record-store.ts'
import { addDocuments } from '../../ingestion/add-documents.ts'
import { artifactKinds } from '../../memory/artifacts/kinds.ts'
import type { ArtifactParts } from '../../memory/artifacts/parts.ts'
import { ensureCollection, withCurrentModel } from '../collection-models.ts'
import { requireCollection } from '../collections.ts'
import { indexingParts } from '../indexing-parts.ts'
import type { OperationContext } from '../operation.ts'

/** For what reads and removes. @throws {SemdexError} `COLLECTION_NOT_FOUND` */
export async function existingArtifacts(parts: Parts, name: string): Promise<ArtifactParts> {
  const { records } = await parts.storage()
  return artifactParts(parts, await requireCollection(records, name))
}

/** For what puts: the collection is made where it is missing. */
export async function ensuredArtifacts(
  parts: Parts,
  name: string,
  models: { model?: string | undefined; codeModel?: string | undefined },
): Promise<ArtifactParts> {
  return artifactParts(parts, await withCurrentModel(await ensureCollection(parts, name, models), parts))
}

async function artifactParts(parts: Parts, collection: Collection): Promise<ArtifactParts> {
  const { artifactTextKinds: text, artifactCodeKinds: code } = parts.configuration
  return {
    storage: await parts.storage(),
    collection,
    kinds: artifactKinds({ text, code }),
    async add(documents, { signal, onProgress }) {
      const working = await indexingParts(parts, collection)
      return addDocuments(documents, collection.name, working, {
        ...(signal && { signal }),
        ...(onProgress && { onProgress }),
      })
    },
    now: Date.now,
  }
}

/** How the context of an operation reads to those who work on documents. */
export function addOptions({ signal, onProgress }: OperationContext, total: number) {
  return {
    signal,
    onProgress: (done: number) => onProgress?.({ stage: 'index', done, total, unit: 'documents' }),
  }
}
