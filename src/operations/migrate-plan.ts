import * as v from 'valibot'
import type { Parts } from '../core/parts.ts'
import type { Collection } from '../core/ports/record-store.ts'
import { SIDES, type Side, type SideModel, sideModel } from '../core/sides.ts'
import { estimateMigration } from '../maintenance/migration/estimate.ts'
import { assertMovable, assertSameTarget } from '../maintenance/migration/target.ts'
import { newCollectionModel } from './collection-models.ts'
import { workingParts } from './indexing-parts.ts'
import { chooseCollections, TARGET_INPUT } from './migrate.ts'
import { ModelOutput, showModel } from './migration-output.ts'
import { type OperationContext, operation } from './operation.ts'
import { Count } from './schemas.ts'

const Estimate = v.object({
  collection: v.string(),
  side: v.picklist(SIDES),
  from: ModelOutput,
  to: ModelOutput,
  documents: Count,
  chunks: Count,
  toEmbed: v.pipe(Count, v.description('Texts that the new model has to read, at most')),
  longer: v.pipe(
    v.nullable(v.object({ chunks: Count, sampled: Count })),
    v.description('Chunks that are longer than the new model reads, by counting some of them'),
  ),
  seconds: v.nullable(v.number()),
  basis: v.variant('kind', [
    v.object({ kind: v.literal('sample'), texts: Count, textsPerSecond: v.number() }),
    v.object({ kind: v.picklist(['nothing to embed', 'no model']) }),
  ]),
  bytes: v.pipe(Count, v.description('That the database grows by')),
  freeBytes: v.pipe(Count, v.description('On the disk of the database')),
})

export const planMigration = operation({
  name: 'migrate.plan',
  summary: 'Say what moving collections to another model would take: chunks, time and disk space.',
  access: 'admin',
  agents: false,
  input: v.strictObject(TARGET_INPUT),
  output: v.object({ plans: v.array(Estimate) }),
  async run(parts, { to, collection, side }, context) {
    const model = await newCollectionModel(parts, to)
    const plans = []
    for (const each of await chooseCollections(parts, { collection, side, to: model })) {
      plans.push(await planOne(parts, { collection: each, side, to: model }, context))
    }
    return { plans }
  },
})

interface Chosen {
  collection: Collection
  side: Side
  to: SideModel
}

async function planOne(parts: Parts, target: Chosen, { signal }: OperationContext) {
  const { collection, side, to } = target
  const storage = await parts.storage()
  const migration = await storage.migrations.migration(collection.name, side)
  if (migration) assertSameTarget(migration, to)
  else assertMovable(target)
  const { models } = parts
  const chunker = await (await workingParts(parts, to)).chunking.open()
  const estimate = await estimateMigration(
    { ...target, from: migration?.old ?? sideModel(collection, side), migration },
    {
      storage,
      embedder: await models.embedder(to.model).catch(() => null),
      counter: await models.tokenCounter(to.model).catch(() => null),
      embeddingText: ({ title, place, text }) => chunker.embeddingText({ title, heading: place.heading, text }),
    },
    signal,
  )
  return { ...estimate, from: showModel(estimate.from), to: showModel(estimate.to) }
}
