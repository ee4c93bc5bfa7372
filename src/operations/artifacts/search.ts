import * as v from 'valibot'
import { findArtifacts } from '../../memory/artifacts/find.ts'
import { operation } from '../operation.ts'
import { ErrorOutput, limitUpTo } from '../schemas.ts'
import { existingArtifacts } from './parts.ts'
import { ArtifactCollection, ArtifactOutput, Restriction } from './schemas.ts'

export const searchArtifacts = operation({
  name: 'artifacts.search',
  summary: 'Find the templates, patterns and documents that answer a query; each hit says which model found it.',
  access: 'read',
  input: v.strictObject({
    query: v.pipe(v.string(), v.maxLength(100_000), v.description('A question or keywords; never syntax')),
    collection: ArtifactCollection,
    ...Restriction,
    limit: limitUpTo(1_000, 10, 'The most artifacts'),
    explain: v.optional(v.pipe(v.boolean(), v.description('Show every part of each score')), false),
  }),
  output: v.object({
    hits: v.array(
      v.object({
        artifact: ArtifactOutput,
        score: v.number(),
        similarity: v.nullable(v.number()),
        model: v.pipe(v.nullable(v.string()), v.description('What found it; null: words alone')),
        snippet: v.string(),
        explanation: v.optional(v.object({ rule: v.string(), parts: v.record(v.string(), v.any()) })),
      }),
    ),
    degraded: v.nullable(ErrorOutput),
  }),
  async run(parts, { collection, ...request }, { signal, onStage }) {
    const { collection: found, kinds } = await existingArtifacts(parts, collection)
    const working = { collection: found, kinds, models: parts.models, storage: await parts.storage() }
    return findArtifacts(request, working, { signal, onStage })
  },
})
