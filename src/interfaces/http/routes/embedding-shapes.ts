import * as v from 'valibot'
import { CollectionName, Count, DocumentId, limitUpTo, Milliseconds, ModelName } from '../../../operations/schemas.ts'

/** What the embedding endpoints take and answer, where it differs from the operations behind them. */

const Kind = v.optional(v.picklist(['query', 'passage']))
const MOST_TEXTS = 10_000

export const GenerateInput = v.strictObject({ text: v.string(), model: v.optional(ModelName), kind: Kind })

export const GenerateAnswer = v.object({
  embedding: v.array(v.number()),
  dimensions: Count,
  model: v.string(),
  tokens: v.pipe(v.nullable(Count), v.description('Null where a remote model does not tell')),
  inference_ms: v.pipe(Milliseconds, v.description('Without loading the model')),
})

export const BatchInput = v.pipe(
  v.strictObject({
    texts: v.optional(v.pipe(v.array(v.string()), v.maxLength(MOST_TEXTS, `At most ${MOST_TEXTS} texts at a time`))),
    ids: v.optional(
      v.pipe(
        v.array(DocumentId),
        v.maxLength(MOST_TEXTS, `At most ${MOST_TEXTS} ids at a time`),
        v.description('Documents that are stored, to embed what of them waits'),
      ),
    ),
    model: v.optional(v.pipe(ModelName, v.description('Of texts; documents have the model of their collection'))),
    kind: Kind,
    collection: v.optional(v.pipe(CollectionName, v.description('Of ids'))),
  }),
  v.check(({ texts, ids }) => (texts === undefined) !== (ids === undefined), 'Give either texts or ids'),
  v.check(({ texts, collection }) => texts === undefined || collection === undefined, 'A collection is for ids alone'),
  v.check(
    ({ ids, model, kind }) => ids === undefined || (model === undefined && kind === undefined),
    'A model and a kind are for texts alone',
  ),
)

export const BatchAnswer = v.object({
  processed: v.pipe(Count, v.description('Texts, or documents, that have their vectors')),
  failed: Count,
  errors: v.optional(v.array(v.object({ index: Count, code: v.string(), message: v.string() }))),
  time_ms: Milliseconds,
  embeddings: v.optional(
    v.pipe(v.array(v.nullable(v.array(v.number()))), v.description('Of texts: in order, null for one that failed')),
  ),
})

/** Of the query string; `offset` and `limit` are of a document's chunks. */
export const StoredQuery = v.strictObject({
  collection: v.optional(CollectionName),
  offset: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
  limit: limitUpTo(1_000, 100),
})
