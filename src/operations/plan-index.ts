import * as v from 'valibot'
import type { Parts } from '../core/parts.ts'
import type { Collection, RecordStore } from '../core/ports/record-store.ts'
import { type Side, sideModel } from '../core/sides.ts'
import { dryRun } from '../ingestion/dry-run.ts'
import type { IndexingParts } from '../ingestion/parts.ts'
import { type AskedModels, changedModels, newCollectionModels, requireModels } from './collection-models.ts'
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
  const changed = await changedModels(existing, parts)
  return dryRun(root, changed ? withoutOldVectors(working, existing, { ...existing, ...changed }) : working, options)
}

/** The store as if the vectors of models whose files changed since were gone. */
function withoutOldVectors(working: IndexingParts, before: Collection, now: Collection): IndexingParts {
  const { records } = working
  const isOld = (side: Side) => sideModel(before, side).fingerprint !== sideModel(now, side).fingerprint
  const files: RecordStore['files'] = async (name, root) =>
    (await records.files(name, root)).map((file) =>
      file.side !== null && isOld(file.side) ? { ...file, pending: Math.max(1, file.pending) } : file,
    )
  return { ...working, records: { ...records, collection: async () => now, files } }
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
