import * as v from 'valibot'
import { type ErrorCode, SemdexError, toSemdexError } from '../core/errors.ts'
import { modelNotInstalled } from '../core/not-installed.ts'
import type { Parts } from '../core/parts.ts'
import type { Collection } from '../core/ports/record-store.ts'
import { type Side, type SideModel, sideModel } from '../core/sides.ts'
import { migrateSide } from '../maintenance/migration/migrate.ts'
import { newCollectionModel } from './collection-models.ts'
import { requireCollection } from './collections.ts'
import { assertSwitchedOn } from './embeddings-get.ts'
import type { ComparisonChoice } from './migration-comparison.ts'
import { MigrationOutput, SideName, showMigration } from './migration-output.ts'
import { migrationParts } from './migration-parts.ts'
import { type OperationContext, operation } from './operation.ts'
import { CollectionName, Count, ErrorOutput, ModelName, PathName } from './schemas.ts'

export const TARGET_INPUT = {
  to: v.pipe(ModelName, v.description('The model that is to serve')),
  collection: v.optional(v.pipe(CollectionName, v.description('This one alone; default: all that have another model'))),
  side: v.optional(SideName, 'text'),
}

const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1))

export const migrate = operation({
  name: 'migrate',
  summary: 'Move collections to another model: fill its index while the old one serves, compare the two, switch.',
  access: 'admin',
  agents: false,
  job: 'resume',
  input: v.strictObject({
    ...TARGET_INPUT,
    eval: v.optional(
      v.pipe(
        PathName,
        v.description(
          'Judged queries to compare by: a folder in BEIR form, or JSON lines {"query", "relevant": [id, …]}; ids are those of the collection',
        ),
      ),
    ),
    queries: v.optional(
      v.pipe(
        v.number(),
        v.integer(),
        v.minValue(0),
        v.maxValue(1_000),
        v.description('Queries made of the own documents to compare by, where there are no judged ones'),
      ),
      100,
    ),
    minOverlap: v.optional(
      v.pipe(share, v.description('Do not switch where the two share less of the first 10 documents, 0 to 1')),
    ),
    minNdcgRatio: v.optional(
      v.pipe(
        v.number(),
        v.minValue(0),
        v.maxValue(10),
        v.description('Do not switch where the nDCG@10 of the new index is below so many times that of the old one'),
      ),
    ),
  }),
  output: v.object({
    migrations: v.array(
      v.variant('ok', [
        v.object({
          ok: v.literal(true),
          ...MigrationOutput.entries,
          filled: v.pipe(Count, v.description('Chunks that got their vector by this call')),
          embedded: v.pipe(Count, v.description('Texts that the model read for them')),
        }),
        v.object({ ok: v.literal(false), collection: v.string(), side: SideName, error: ErrorOutput }),
      ]),
    ),
  }),
  async run(parts, { to, collection, side, ...choice }, context) {
    assertChoice(choice)
    assertSwitchedOn(parts)
    const model = await newCollectionModel(parts, to)
    await assertInstalled(parts, model)
    const chosen = await chooseCollections(parts, { collection, side, to: model })
    if (collection !== undefined) {
      return {
        migrations: [
          await migrateOne(parts, { collection: chosen[0] as Collection, side, to: model }, choice, context),
        ],
      }
    }
    const migrations = []
    for (const each of chosen) {
      migrations.push(
        await migrateOne(parts, { collection: each, side, to: model }, choice, context).catch(asItem(each.name, side)),
      )
    }
    return { migrations }
  },
})

/** It says the same to all collections. @throws {SemdexError} `MODEL_NOT_INSTALLED` */
async function assertInstalled({ models }: Parts, { model }: SideModel): Promise<void> {
  const { folder, spec } = await models.resolve(model)
  if (folder === null) throw modelNotInstalled(spec)
}

/**
 * The named collection, or all that are not served by the model yet, by name. Of all, those with vectors that no model made
 * are left out.
 */
export async function chooseCollections(
  parts: Parts,
  { collection, side, to }: { collection: string | undefined; side: Side; to: SideModel },
): Promise<Collection[]> {
  const { records } = await parts.storage()
  if (collection !== undefined) return [await requireCollection(records, collection)]
  return (await records.collections()).filter((each) => {
    const { model, fingerprint } = sideModel(each, side)
    return model !== null && fingerprint !== to.fingerprint
  })
}

interface Chosen {
  collection: Collection
  side: Side
  to: SideModel
}

async function migrateOne(parts: Parts, target: Chosen, choice: ComparisonChoice, context: OperationContext) {
  const given = await migrationParts(parts, choice, context)
  const { migration, filled, embedded } = await migrateSide(target, given, fillOptions(context))
  return { ok: true as const, ...(await showMigration(migration, given.storage)), filled, embedded }
}

export function fillOptions({ signal, onProgress, onWarning }: OperationContext) {
  return {
    ...(signal && { signal }),
    onProgress: (done: number, total: number) => onProgress?.({ stage: 'embed', done, total, unit: 'chunks' }),
    onFailure: ({ message }: SemdexError) => onWarning?.(message),
  }
}

/** What says the same to all of them ends the call. */
const ENDINGS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'ABORTED',
  'MIGRATION_RUNNING',
  'STORE_CLOSED',
  'EMBEDDER_CLOSED',
  'DATABASE_BUSY',
  'DATABASE_READ_ONLY',
  'DISK_FULL',
])

function asItem(collection: string, side: Side) {
  return (thrown: unknown) => {
    const error = toSemdexError(thrown)
    if (ENDINGS.has(error.code)) throw error
    return { ok: false as const, collection, side, error: error.toJSON() }
  }
}

function assertChoice({ eval: path, queries, minOverlap, minNdcgRatio }: ComparisonChoice): void {
  if (minNdcgRatio !== undefined && path === undefined) {
    throw new SemdexError('INVALID_INPUT', {
      message: 'migrate: minNdcgRatio: nDCG needs judged queries.',
      fix: 'Name them by eval, or use minOverlap',
      details: { field: 'minNdcgRatio', operation: 'migrate' },
    })
  }
  if (minOverlap === undefined || path !== undefined || queries > 0) return
  throw new SemdexError('INVALID_INPUT', {
    message: 'migrate: minOverlap: there are no queries to compare by.',
    details: { field: 'minOverlap', operation: 'migrate' },
  })
}
