import * as v from 'valibot'
import { SIDES } from '../core/sides.ts'
import type { AddReport } from '../ingestion/add-documents.ts'
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
import { storeDocuments } from './store-documents.ts'

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
  side: v.optional(
    v.pipe(
      v.picklist(SIDES),
      v.description('Which of the models reads it; default: by its kind (metadata.kind), else by its content'),
    ),
  ),
})

export const WaitInput = v.optional(
  v.pipe(
    v.boolean(),
    v.description('False: answers as soon as the texts are stored; their vectors are made in the background'),
  ),
  true,
)

export const AddOutput = v.object({
  collection: v.string(),
  added: Count,
  failed: Count,
  embedded: Count,
  reused: Count,
  pending: v.pipe(Count, v.description('Passages that wait for their vectors')),
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
    wait: WaitInput,
  }),
  output: AddOutput,
  async run(parts, { documents, ...request }, context) {
    const report = await storeDocuments(parts, documents, request, context)
    const ids = documents.map(({ id }) => id)
    return showReport(request.collection, ids, report)
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
  const chunks = results.reduce((sum, result) => sum + (result.ok ? result.chunks : 0), 0)
  // What the model read of a document that was not stored is counted as embedded too.
  const pending = Math.max(0, chunks - embedded - reused)
  return { collection, added, failed, embedded, reused, pending, degraded: degraded?.toJSON() ?? null, results }
}
