import type { Parts } from '../core/parts.ts'
import { type AddReport, addDocuments } from '../ingestion/add-documents.ts'
import type { IndexingParts } from '../ingestion/parts.ts'
import type { DocumentInput } from '../ingestion/prepare.ts'
import { embedAfterSwitch } from './backfill/after-switch.ts'
import { leaveToBackground } from './backfill/resume.ts'
import { capture } from './capture.ts'
import { type AskedModels, ensureCollection, withCurrentModel } from './collection-models.ts'
import { indexingParts } from './indexing-parts.ts'
import type { OperationContext } from './operation.ts'

export interface StoreRequest extends AskedModels {
  /** Made where it is missing. */
  collection: string
  ifExists: 'replace' | 'fail'
  /** False: answers as soon as the texts are stored; their vectors are made in the background. */
  wait: boolean
}

/**
 * Stores documents that a caller gave, with their vectors or ahead of them.
 * @throws {SemdexError} as `ensureCollection` and `addDocuments`
 */
export async function storeDocuments(
  parts: Parts,
  documents: readonly DocumentInput[],
  { collection: name, ifExists, wait, ...asked }: StoreRequest,
  { signal, onProgress }: OperationContext,
): Promise<AddReport> {
  const store = (working: IndexingParts) =>
    addDocuments(documents, name, working, {
      ifExists,
      ...(signal && { signal }),
      onProgress: (done) => onProgress?.({ stage: 'index', done, total: documents.length, unit: 'documents' }),
    })
  if (!wait) {
    const report = await capture(parts, name, { asked, store })
    await leaveToBackground(parts)
    return { ...report, degraded: null }
  }
  const collection = await withCurrentModel(await ensureCollection(parts, name, asked), parts)
  const report = await store(await indexingParts(parts, collection))
  await embedAfterSwitch(parts, collection, signal)
  return report
}
