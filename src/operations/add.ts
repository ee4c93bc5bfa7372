import * as v from 'valibot'
import { addDocuments } from '../ingestion/add-documents.ts'
import { ensureCollection, requireCollection, withCurrentModel } from './collections.ts'
import { indexingParts } from './indexing-parts.ts'
import { operation } from './operation.ts'
import {
  CollectionName,
  Count,
  DEFAULT_COLLECTION,
  DocumentId,
  ErrorOutput,
  MetadataInput,
  ModelName,
} from './schemas.ts'

export const DocumentInput = v.strictObject({
  id: DocumentId,
  text: v.string(),
  title: v.optional(v.string()),
  metadata: v.optional(MetadataInput),
  format: v.optional(v.picklist(['text', 'markdown', 'code']), 'text'),
  /** Of code: `rust`, `typescript`. */
  language: v.optional(v.string()),
})

export const add = operation({
  name: 'add',
  summary: 'Store documents with their vectors, or replace those with the same ids.',
  access: 'write',
  input: v.strictObject({
    documents: v.pipe(v.array(DocumentInput), v.maxLength(10_000)),
    collection: v.optional(CollectionName, DEFAULT_COLLECTION),
    model: v.optional(ModelName),
  }),
  output: v.object({
    collection: v.string(),
    added: Count,
    failed: Count,
    embedded: Count,
    reused: Count,
    degraded: v.nullable(ErrorOutput),
    results: v.array(
      v.variant('ok', [
        v.object({ ok: v.literal(true), id: v.string(), chunks: Count }),
        v.object({ ok: v.literal(false), id: v.string(), error: ErrorOutput }),
      ]),
    ),
  }),
  async run(parts, { documents, collection: name, model }, { signal, onProgress }) {
    const collection = await withCurrentModel(await ensureCollection(parts, name, model), parts)
    const report = await addDocuments(documents, name, await indexingParts(parts, collection), {
      ...(signal && { signal }),
      onProgress: (done) => onProgress?.({ stage: 'index', done, total: documents.length, unit: 'documents' }),
    })
    const results = report.results.map((result, i) => {
      const { id } = documents[i] as { id: string }
      return result.ok
        ? { ok: true as const, id, chunks: result.chunkKeys.length }
        : { ok: false as const, id, error: result.error.toJSON() }
    })
    const added = results.filter(({ ok }) => ok).length
    const { embedded, reused, degraded } = report
    const failed = results.length - added
    return { collection: name, added, failed, embedded, reused, degraded: degraded?.toJSON() ?? null, results }
  },
})

export const remove = operation({
  name: 'delete',
  summary: 'Remove documents with their chunks and vectors.',
  access: 'write',
  input: v.strictObject({
    ids: v.pipe(v.array(DocumentId), v.maxLength(100_000)),
    collection: v.optional(CollectionName, DEFAULT_COLLECTION),
  }),
  output: v.object({ deleted: Count }),
  async run(parts, { ids, collection }) {
    const { records } = await parts.storage()
    const isThere = (await records.collection(collection)) !== null
    if (!isThere && collection === DEFAULT_COLLECTION) return { deleted: 0 }
    if (!isThere) await requireCollection(records, collection)
    return { deleted: await records.deleteDocuments(collection, ids) }
  },
})
