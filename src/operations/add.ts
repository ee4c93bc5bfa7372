import * as v from 'valibot'
import { type AddReport, addDocuments } from '../ingestion/add-documents.ts'
import { ensureCollection, withCurrentModel } from './collection-models.ts'
import { indexingParts } from './indexing-parts.ts'
import { operation } from './operation.ts'
import {
  CodeModelName,
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
  text: v.pipe(v.string(), v.description('The whole text; it is cut into passages')),
  title: v.optional(v.pipe(v.string(), v.description('Shown with hits, and searched'))),
  metadata: v.optional(MetadataInput),
  format: v.optional(
    v.pipe(v.picklist(['text', 'markdown', 'code']), v.description('How the text is cut into passages')),
    'text',
  ),
  language: v.optional(v.pipe(v.string(), v.description('Of code: rust, typescript'))),
})

export const AddOutput = v.object({
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
})

export const add = operation({
  name: 'add',
  summary: 'Store documents with their vectors, or replace those with the same ids.',
  access: 'write',
  job: 'once',
  input: v.strictObject({
    documents: v.pipe(v.array(DocumentInput), v.maxLength(10_000)),
    collection: v.optional(
      v.pipe(CollectionName, v.description('Where they go; made where it is missing')),
      DEFAULT_COLLECTION,
    ),
    model: v.optional(v.pipe(ModelName, v.description('Of a new collection; an existing one keeps its own'))),
    codeModel: v.optional(CodeModelName),
    ifExists: v.optional(
      v.pipe(v.picklist(['replace', 'fail']), v.description('What becomes of a document whose id is taken')),
      'replace',
    ),
  }),
  output: AddOutput,
  async run(parts, { documents, collection: name, model, codeModel, ifExists }, { signal, onProgress }) {
    const collection = await withCurrentModel(await ensureCollection(parts, name, { model, codeModel }), parts)
    const report = await addDocuments(documents, name, await indexingParts(parts, collection), {
      ifExists,
      ...(signal && { signal }),
      onProgress: (done) => onProgress?.({ stage: 'index', done, total: documents.length, unit: 'documents' }),
    })
    return showReport(
      name,
      documents.map(({ id }) => id),
      report,
    )
  },
})

/** What became of the documents of these ids, in order. */
export function showReport(
  collection: string,
  ids: readonly string[],
  report: AddReport,
): v.InferOutput<typeof AddOutput> {
  const results = report.results.map((result, i) => {
    const id = ids[i] as string
    return result.ok
      ? { ok: true as const, id, chunks: result.chunkKeys.length }
      : { ok: false as const, id, error: result.error.toJSON() }
  })
  const added = results.filter(({ ok }) => ok).length
  const { embedded, reused, degraded } = report
  const failed = results.length - added
  return { collection, added, failed, embedded, reused, degraded: degraded?.toJSON() ?? null, results }
}
