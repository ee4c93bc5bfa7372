import * as v from 'valibot'
import type { Parts } from '../core/parts.ts'
import type { Collection } from '../core/ports/record-store.ts'
import { dryRun } from '../ingestion/dry-run.ts'
import type { IndexingParts } from '../ingestion/parts.ts'
import { type AskedModels, newCollectionModels, requireModels } from './collection-models.ts'
import { indexOptions, realRoot } from './index-paths.ts'
import { indexingParts } from './indexing-parts.ts'
import { type OperationContext, operation } from './operation.ts'
import { placePath } from './roots.ts'
import { CodeModelName, CollectionName, Count, ModelName, PathName } from './schemas.ts'

const Estimate = v.object({
  root: v.string(),
  collection: v.string(),
  files: Count,
  deleted: Count,
  unchanged: Count,
  skipped: v.record(v.string(), Count),
  chunks: Count,
  toEmbed: Count,
  bytes: Count,
  seconds: v.nullable(v.number()),
  basis: v.variant('kind', [
    v.object({ kind: v.literal('sample'), texts: Count, textsPerSecond: v.number() }),
    v.object({ kind: v.picklist(['nothing to embed', 'no model']) }),
  ]),
})

export const planIndex = operation({
  name: 'index.plan',
  summary: 'Say what indexing some paths would do: files, chunks and the time it would take.',
  access: 'admin',
  input: v.strictObject({
    paths: v.pipe(v.array(PathName), v.minLength(1, 'Name at least one path'), v.description('Absolute')),
    collection: v.optional(
      v.pipe(CollectionName, v.description('Default: the one that holds the path, else one named after the folder')),
    ),
    model: v.optional(v.pipe(ModelName, v.description('Of a new collection; an existing one keeps its own'))),
    codeModel: v.optional(CodeModelName),
    force: v.optional(v.pipe(v.boolean(), v.description('As if nothing were indexed yet')), false),
  }),
  output: v.object({ plans: v.array(Estimate) }),
  async run(parts, { paths, ...choice }, context) {
    const roots = await Promise.all(paths.map(realRoot))
    const plans = []
    for (const root of roots) plans.push(await planRoot(root, parts, choice, context))
    return { plans }
  },
})

interface Choice extends AskedModels {
  collection?: string | undefined
  force: boolean
}

async function planRoot(root: string, parts: Parts, choice: Choice, context: OperationContext) {
  const { records } = await parts.storage()
  const collections = await records.collections()
  const placement = placePath(root, collections, choice.collection)
  const existing = collections.find(({ name }) => name === placement.collection)
  if (existing) await requireModels(parts, existing, choice)
  const collection = existing ?? (await imagined(placement.collection, parts, choice))
  const working = await indexingParts(parts, collection)
  const options = indexOptions(root, collection, collections, { ...choice, parts, context })
  if (!existing) return dryRun(root, withEmpty(working, collection), options)
  const fingerprint = working.embedding?.fingerprint ?? existing.fingerprint
  if (fingerprint === existing.fingerprint) return dryRun(root, working, options)
  return dryRun(root, withoutVectors(working, { ...existing, fingerprint }), { ...options, force: true })
}

/** The store as if no text were embedded: the model's files changed since. */
function withoutVectors(working: IndexingParts, collection: Collection): IndexingParts {
  const vectorsByHash = async () => new Map<string, Float32Array>()
  return { ...working, records: { ...working.records, collection: async () => collection, vectorsByHash } }
}

async function imagined(name: string, parts: Parts, asked: AskedModels): Promise<Collection> {
  const models = await newCollectionModels(parts, asked)
  return { name, key: 0, roots: [], createdAt: 0, lastRunAt: null, layout: 'native', ...models }
}

/** The store as if the collection were there and empty: a plan makes none. */
function withEmpty(working: IndexingParts, collection: Collection): IndexingParts {
  const records = {
    ...working.records,
    collection: async () => collection,
    files: async () => [],
    vectorsByHash: async () => new Map<string, Float32Array>(),
  }
  return { ...working, records }
}
