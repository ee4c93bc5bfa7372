import * as v from 'valibot'
import { SemdexError } from '../core/errors.ts'
import type { Parts } from '../core/parts.ts'
import { operation } from './operation.ts'
import { Count, ErrorOutput, ModelName } from './schemas.ts'

/** Every passage is read together with the query: more than candidates of a search would take minutes. */
const MOST_PASSAGES = 10_000

export const rerank = operation({
  name: 'rerank',
  summary: 'Order passages by how well they answer a query, read together with it by a cross-encoder.',
  access: 'read',
  input: v.strictObject({
    query: v.pipe(v.string(), v.description('A question or keywords')),
    passages: v.pipe(v.array(v.string()), v.maxLength(MOST_PASSAGES, `At most ${MOST_PASSAGES} passages at a time`)),
    model: v.optional(v.pipe(ModelName, v.description('A reranker; it must be named, since none comes with Semdex'))),
    limit: v.optional(
      v.pipe(v.number(), v.integer(), v.minValue(1), v.description('The most results; default: all passages')),
    ),
  }),
  output: v.object({
    model: v.string(),
    /** Best first; `index` is the passage's place in the input. */
    results: v.array(
      v.object({ index: Count, score: v.number(), logit: v.number(), tokens: Count, truncated: v.boolean() }),
    ),
    /** Passages that have no score, in their order. */
    failed: v.array(v.object({ index: Count, error: ErrorOutput })),
  }),
  async run(parts, { query, passages, model, limit }, { signal }) {
    if (model === undefined) throw await noModel(parts)
    const reranker = await parts.models.reranker(model)
    const reranked = await reranker.rerank(query, passages, { ...(signal && { signal }) })
    const results = reranked
      .flatMap((result, index) => {
        if (!result.ok) return []
        const { score, logit, tokens, truncated } = result
        return [{ index, score, logit, tokens, truncated }]
      })
      .sort((a, b) => b.logit - a.logit || a.index - b.index)
    const failed = reranked.flatMap((result, index) => (result.ok ? [] : [{ index, error: result.error.toJSON() }]))
    return { model: (await parts.models.resolve(model)).name, results: results.slice(0, limit), failed }
  },
})

async function noModel(parts: Parts): Promise<SemdexError> {
  const rerankers = (await parts.models.list()).filter(({ spec }) => spec.task === 'rerank')
  const names = rerankers.map(({ name }) => name)
  const installed = rerankers.filter(({ folder }) => folder !== null).map(({ name }) => name)
  return new SemdexError('INVALID_INPUT', {
    message: `A reranker must be named: none comes with Semdex, and ${installed.length > 0 ? `on this machine there is ${installed.join(', ')}` : 'none is on this machine'}.`,
    fix:
      installed.length > 0
        ? `Name it: --model ${installed[0]}`
        : `semdex models pull ${names[0]}, then --model ${names[0]}; known are ${names.join(', ')}`,
    details: { field: 'model', known: names, installed },
  })
}
