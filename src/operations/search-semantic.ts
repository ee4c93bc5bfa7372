import * as v from 'valibot'
import { chunkId } from '../core/documents.ts'
import { parseFilter } from '../core/filter.ts'
import { searchPassages } from '../retrieval/passages.ts'
import { operation } from './operation.ts'
import { CollectionName, Count, ErrorOutput, FilterInput, limitUpTo, Milliseconds } from './schemas.ts'
import { chooseScopes } from './search.ts'

export const searchSemantic = operation({
  name: 'search.semantic',
  summary: 'Find the passages that are nearest to a query in meaning, each with its cosine; never by keyword.',
  access: 'read',
  agents: false,
  input: v.strictObject({
    query: v.pipe(v.string(), v.maxLength(100_000)),
    limit: limitUpTo(1_000, 10),
    threshold: v.optional(
      v.pipe(v.number(), v.minValue(-1), v.maxValue(1), v.description('The least true cosine of a result')),
    ),
    filter: v.optional(FilterInput),
    collection: v.optional(CollectionName),
  }),
  output: v.object({
    query: v.string(),
    results: v.array(
      v.object({
        id: v.pipe(v.string(), v.description("A chunk's id, as `get` and `embeddings.get` take it")),
        text: v.string(),
        metadata: v.record(v.string(), v.any()),
        similarity: v.pipe(v.number(), v.description('True cosine of query and passage, −1 to 1')),
        distance: v.pipe(v.number(), v.description('Euclidean, of unit vectors: √(2 − 2·similarity)')),
      }),
    ),
    stats: v.object({
      total_results: v.pipe(Count, v.description('Results of this answer')),
      inference_ms: v.pipe(Milliseconds, v.description('For embedding the query, without loading the model')),
      search_ms: v.pipe(Milliseconds, v.description('For all else')),
    }),
    degraded: v.optional(
      v.pipe(
        ErrorOutput,
        v.description('Why a model was not asked, where others answer; absent where none is missing'),
      ),
    ),
  }),
  async run(parts, { query, limit, threshold, filter, collection }, { signal, onStage }) {
    const restriction = { collection, paths: undefined, filter: filter && parseFilter(filter) }
    const { passages, degraded, timings } = await searchPassages(
      { query, limit, ...(threshold !== undefined && { minSimilarity: threshold }) },
      { models: parts.models, storage: () => parts.storage(), scopes: (storage) => chooseScopes(storage, restriction) },
      { ...(signal && { signal }), ...(onStage && { onStage }) },
    )
    const results = passages.map(({ ranked, chunk }) => {
      const similarity = ranked.similarity as number
      return {
        id: chunkId(chunk.key),
        text: chunk.text,
        metadata: chunk.metadata,
        similarity,
        distance: distanceOf(similarity),
      }
    })
    const search_ms = Math.max(0, timings.total - timings.load - timings.embed)
    const stats = { total_results: results.length, inference_ms: timings.embed, search_ms }
    return { query, results, stats, ...(degraded && { degraded }) }
  },
})

/** Of unit vectors with this cosine. */
function distanceOf(similarity: number): number {
  return Math.sqrt(Math.max(0, 2 - 2 * similarity))
}
