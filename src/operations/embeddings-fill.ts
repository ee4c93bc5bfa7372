import * as v from 'valibot'
import type { DocumentRecord } from '../core/documents.ts'
import { SemdexError, toSemdexError } from '../core/errors.ts'
import type { Parts } from '../core/parts.ts'
import type { RecordStore } from '../core/ports/record-store.ts'
import { asUnavailable } from '../core/unavailable.ts'
import { embedWaiting, type WaitingReport } from '../ingestion/embed-waiting.ts'
import { withCurrentModel } from './collection-models.ts'
import { requireCollection } from './collections.ts'
import { assertSwitchedOn } from './embeddings-get.ts'
import { findById, notFound } from './get.ts'
import { indexingParts } from './indexing-parts.ts'
import { type OperationContext, operation } from './operation.ts'
import { CollectionName, Count, DocumentId, ErrorOutput } from './schemas.ts'

export const fillEmbeddings = operation({
  name: 'embeddings.fill',
  summary: 'Embed the chunks of stored documents that wait for their vectors; what has its vector is not read again.',
  access: 'write',
  job: 'resume',
  input: v.strictObject({
    ids: v.pipe(v.array(DocumentId), v.maxLength(10_000)),
    collection: v.optional(CollectionName),
  }),
  output: v.object({
    filled: v.pipe(Count, v.description('Chunks that got their vector')),
    embedded: v.pipe(Count, v.description('Texts that the model read for them')),
    failed: v.pipe(Count, v.description('Ids without a document, and documents with a chunk that has no vector')),
    results: v.array(
      v.variant('ok', [
        v.object({ ok: v.literal(true), id: v.string(), chunks: Count, filled: Count }),
        v.object({ ok: v.literal(false), id: v.string(), error: ErrorOutput }),
      ]),
    ),
  }),
  async run(parts, { ids, collection }, context) {
    assertSwitchedOn(parts)
    const { records } = await parts.storage()
    const documents = await findAll(records, ids, collection)
    const done = await fillAll(documents, parts, context)
    const results = ids.map((id) => {
      const result = done.results.get(id) ?? notFound(id)
      return result instanceof SemdexError
        ? { ok: false as const, id, error: result.toJSON() }
        : { ok: true as const, id, ...result }
    })
    return { filled: done.filled, embedded: done.embedded, failed: results.filter(({ ok }) => !ok).length, results }
  },
})

/** Where a document is. */
type Located = Pick<DocumentRecord, 'id' | 'collection'>

/** Each once. */
async function findAll(records: RecordStore, ids: readonly string[], collection: string | undefined) {
  const found: Located[] = []
  for (const id of new Set(ids)) {
    const document = await findById(records, id, collection)
    if (document) found.push({ id, collection: document.collection })
  }
  return found
}

interface Filled {
  filled: number
  embedded: number
  results: Map<string, { chunks: number; filled: number } | SemdexError>
}

/** Collection by collection: each has a model of its own. */
async function fillAll(documents: readonly Located[], parts: Parts, context: OperationContext): Promise<Filled> {
  const all: Filled = { filled: 0, embedded: 0, results: new Map() }
  for (const [name, group] of Map.groupBy(documents, ({ collection }) => collection)) {
    const before = all.results.size
    const onProgress = (done: number) =>
      context.onProgress?.({ stage: 'embed', done: before + done, total: documents.length, unit: 'documents' })
    const { results, embedded } = await fillCollection(name, group, parts, { ...context, onProgress })
    for (const [i, { chunks, filled, error }] of results.entries()) {
      all.filled += filled
      all.results.set((group[i] as Located).id, error ?? { chunks, filled })
    }
    all.embedded += embedded
  }
  return all
}

async function fillCollection(
  name: string,
  documents: readonly Located[],
  parts: Parts,
  { signal, onProgress }: { signal?: AbortSignal; onProgress: (done: number) => void },
): Promise<Pick<WaitingReport, 'results' | 'embedded'>> {
  const collection = await requireCollection((await parts.storage()).records, name)
  if (collection.model === null) return refuseAll(documents, name)
  try {
    const current = await withCurrentModel(collection, parts)
    const options = { onProgress, ...(signal && { signal }) }
    return await embedWaiting(documents, current, await indexingParts(parts, current), options)
  } catch (thrown) {
    throw asUnavailable('Embedding', toSemdexError(thrown))
  }
}

function refuseAll(documents: readonly Located[], name: string): Pick<WaitingReport, 'results' | 'embedded'> {
  const error = new SemdexError('COLLECTION_MODEL_MISMATCH', {
    message: `The collection ${name} has vectors of its own: no model makes them.`,
    details: { collection: name },
  })
  return { results: documents.map(() => ({ chunks: 0, filled: 0, error })), embedded: 0 }
}
