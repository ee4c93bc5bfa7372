import * as v from 'valibot'
import { assertKind } from '../../memory/errors.ts'
import { recall } from '../../memory/recall.ts'
import { restrictionFilter } from '../../memory/restriction.ts'
import { operation } from '../operation.ts'
import { ErrorOutput, limitUpTo } from '../schemas.ts'
import { memoryPlace } from './parts.ts'
import { MemoryCollection, RecordOutput, RestrictionInput, showRecord } from './schemas.ts'

export const recallMemory = operation({
  name: 'memory.recall',
  summary: 'Recall what was remembered: the records that answer a query, by meaning, certainty, age and kind.',
  access: 'read',
  tool: 'recall',
  input: v.strictObject({
    query: v.pipe(
      v.string(),
      v.maxLength(100_000),
      v.check((query) => query.trim() !== '', 'The query is empty'),
      v.description('A question or keywords; never syntax'),
    ),
    limit: limitUpTo(200, 10, 'The most records'),
    ...RestrictionInput,
    explain: v.optional(v.pipe(v.boolean(), v.description('Show every part of each score')), false),
    collection: MemoryCollection,
  }),
  output: v.object({
    query: v.string(),
    degraded: v.nullable(ErrorOutput),
    records: v.array(
      v.object({
        rank: v.number(),
        score: v.number(),
        similarity: v.nullable(v.number()),
        ...RecordOutput,
        text: v.string(),
        snippet: v.string(),
        explanation: v.optional(v.object({ rule: v.string(), parts: v.record(v.string(), v.any()) })),
      }),
    ),
  }),
  async run(parts, { query, limit, explain, collection, ...restriction }, { signal, onStage }) {
    const { memoryKinds, memoryWeights, memoryBonus } = parts.configuration
    for (const kind of restriction.kinds ?? []) assertKind(kind, memoryKinds)
    const filter = restrictionFilter(restriction)
    const place = await memoryPlace(parts, collection)
    if (!place) return { query, degraded: null, records: [] }
    const working = { ...place, models: parts.models, weights: memoryWeights, bonus: memoryBonus }
    const { hits, degraded } = await recall({ query, limit, filter }, working, { signal, onStage })
    const records = hits.map(({ record, score, similarity, snippet, explanation }, i) => ({
      ...{ rank: i + 1, score, similarity },
      ...showRecord(record),
      ...{ text: record.text, snippet },
      ...(explain && { explanation }),
    }))
    return { query, degraded, records }
  },
})
