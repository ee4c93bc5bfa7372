import * as v from 'valibot'
import { SemdexError } from '../core/errors.ts'
import type { Storage } from '../core/parts.ts'
import type { ModelMigration } from '../core/ports/migration-store.ts'
import { SIDES, type Side, type SideModel } from '../core/sides.ts'
import { countOf } from '../maintenance/migration/migrate.ts'
import { CollectionName, Count } from './schemas.ts'

export const SideName = v.pipe(
  v.picklist(SIDES),
  v.description('The side of the collection: its documents of prose, or of code'),
)

/** Which migration is meant; one alone needs no name. */
export const MIGRATION_INPUT = {
  collection: v.optional(CollectionName),
  side: v.optional(SideName),
}

export const ModelOutput = v.object({ model: v.nullable(v.string()), dimensions: v.number() })

const Both = v.object({ old: v.number(), new: v.number() })

const ComparisonOutput = v.object({
  queries: Count,
  source: v.picklist(['judged', 'sampled']),
  'overlap@10': v.nullable(v.number()),
  rankCorrelation: v.nullable(v.number()),
  'ndcg@10': v.nullable(Both),
  'found@10': v.nullable(Both),
})

export const MigrationOutput = v.object({
  collection: v.string(),
  side: v.picklist(SIDES),
  from: ModelOutput,
  to: ModelOutput,
  serving: v.pipe(v.picklist(['old', 'new']), v.description('The index that searches are answered from')),
  state: v.pipe(
    v.picklist(['filling', 'switched', 'rolled-back']),
    v.description('Of an ended migration nothing is left to show'),
  ),
  waiting: v.pipe(v.object({ old: Count, new: Count }), v.description('Chunks without a vector in each index')),
  failed: v.pipe(v.object({ old: Count, new: Count }), v.description('Chunks that its model cannot embed')),
  /** Milliseconds since 1970. */
  startedAt: v.number(),
  switchedAt: v.nullable(v.number()),
  comparison: v.nullable(ComparisonOutput),
})

/** A migration with what waits in its indexes. */
export async function showMigration(
  migration: ModelMigration,
  { waiting: store }: Storage,
): Promise<v.InferOutput<typeof MigrationOutput>> {
  const { collection, side, old, new: next, serving, startedAt, switchedAt } = migration
  const counts = await store.countWaiting({ at: Date.now(), collection })
  const [before, after] = [countOf(counts, old), countOf(counts, next)]
  return {
    collection,
    side,
    from: showModel(old),
    to: showModel(next),
    serving,
    state: serving === 'new' ? 'switched' : switchedAt === null ? 'filling' : 'rolled-back',
    waiting: { old: before?.waiting ?? 0, new: after?.waiting ?? 0 },
    failed: { old: before?.failed ?? 0, new: after?.failed ?? 0 },
    startedAt,
    switchedAt,
    comparison: migration.comparison as v.InferOutput<typeof ComparisonOutput> | null,
  }
}

export function showModel({ model, dimensions }: SideModel): v.InferOutput<typeof ModelOutput> {
  return { model, dimensions }
}

/** @throws {SemdexError} `MIGRATION_NOT_FOUND`; `INVALID_INPUT` where several might be meant */
export async function requireMigration(
  { migrations }: Storage,
  { collection, side }: { collection?: string | undefined; side?: Side | undefined },
): Promise<ModelMigration> {
  const meant = (await migrations.migrations()).filter(
    (each) =>
      (collection === undefined || each.collection === collection) && (side === undefined || each.side === side),
  )
  const [one] = meant
  if (one && meant.length === 1) return one
  if (!one) {
    throw new SemdexError('MIGRATION_NOT_FOUND', {
      message: `There is no migration${side ? ` of the ${side} side` : ''}${collection ? ` of the collection ${collection}` : ''}.`,
      fix: 'semdex migrate --status lists them; one that has ended cannot be taken back',
      details: { collection: collection ?? null, side: side ?? null },
    })
  }
  throw new SemdexError('INVALID_INPUT', {
    message: `There are ${meant.length} migrations: ${meant.map((each) => `${each.collection} (${each.side})`).join(', ')}.`,
    fix: 'Name one by --collection and --side',
    details: { field: collection === undefined ? 'collection' : 'side' },
  })
}
