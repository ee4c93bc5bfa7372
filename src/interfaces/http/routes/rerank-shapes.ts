import * as v from 'valibot'
import { Count, ModelName } from '../../../operations/schemas.ts'

/** Cohere's limit of one request, and what the operation takes. */
const MOST_DOCUMENTS = 10_000

const Document = v.union(
  [v.string(), v.record(v.string(), v.unknown())],
  'A document is a text, or an object with its fields',
)

export const RerankInput = v.strictObject({
  model: v.optional(ModelName),
  query: v.pipe(v.string(), v.minLength(1, 'The query is not empty')),
  documents: v.pipe(
    v.array(Document),
    v.minLength(1, 'The documents are one at least'),
    v.maxLength(MOST_DOCUMENTS, `At most ${MOST_DOCUMENTS} documents at a time`),
  ),
  top_n: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  return_documents: v.optional(v.boolean(), false),
  rank_fields: v.optional(
    v.pipe(
      v.array(v.string()),
      v.minLength(1, 'Rank fields are one at least'),
      v.description('Of documents that are objects: what is read of them, in this order. Default: text'),
    ),
  ),
})

export const RerankAnswer = v.object({
  id: v.string(),
  results: v.array(
    v.object({
      index: Count,
      relevance_score: v.pipe(v.number(), v.description('0 to 1; no similarity')),
      document: v.optional(v.pipe(v.record(v.string(), v.unknown()), v.description('As it was given'))),
    }),
  ),
  meta: v.object({
    api_version: v.object({ version: v.picklist(['1', '2']) }),
    warnings: v.optional(v.pipe(v.array(v.string()), v.description('Documents that have no score, and why'))),
  }),
})
