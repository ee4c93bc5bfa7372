import * as v from 'valibot'
import { Count, ModelName } from '../../../operations/schemas.ts'

/** OpenAI's limit of one request. */
const MOST_INPUTS = 2_048

const TokenId = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 31 - 1))
const Tokens = v.pipe(v.array(TokenId), v.minLength(1, 'Token ids are one at least'))

function many<T extends v.GenericSchema>(item: T) {
  return v.pipe(
    v.array(item),
    v.minLength(1, 'The input is not empty'),
    v.maxLength(MOST_INPUTS, `The input has at most ${MOST_INPUTS} entries`),
  )
}

export const EmbeddingsInput = v.strictObject({
  input: v.union(
    [v.string(), many(v.string()), Tokens, many(Tokens)],
    'The input is a text, a list of texts, or token ids of the model, or a list of those; 2,048 entries at most, none of them empty',
  ),
  model: v.pipe(
    ModelName,
    v.description(
      'A name that GET /v1/models lists, or default; with :query or :passage after it, the texts are embedded as such',
    ),
  ),
  dimensions: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  encoding_format: v.optional(v.picklist(['float', 'base64']), 'float'),
  user: v.optional(v.string()),
  input_type: v.optional(
    v.pipe(
      v.picklist(['query', 'passage', 'search_query', 'search_document']),
      v.description('What the texts are to the model; not of OpenAI. Default passage'),
    ),
  ),
})

export const EmbeddingsAnswer = v.object({
  object: v.literal('list'),
  data: v.array(
    v.object({
      object: v.literal('embedding'),
      index: Count,
      embedding: v.pipe(
        v.union([v.array(v.number()), v.string()]),
        v.description('Or base64 of little-endian float32'),
      ),
    }),
  ),
  model: v.string(),
  usage: v.object({ prompt_tokens: Count, total_tokens: Count }),
})

export const ModelAnswer = v.object({
  id: v.string(),
  object: v.literal('model'),
  created: v.pipe(Count, v.description('0: it is not known')),
  owned_by: v.string(),
})

export const ModelsAnswer = v.object({ object: v.literal('list'), data: v.array(ModelAnswer) })
