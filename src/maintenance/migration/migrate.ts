import { setTimeout as pause } from 'node:timers/promises'
import { SemdexError, throwIfAborted } from '../../core/errors.ts'
import type { Storage } from '../../core/parts.ts'
import type { ModelMigration } from '../../core/ports/migration-store.ts'
import type { WaitingCount } from '../../core/ports/waiting-store.ts'
import type { SideModel } from '../../core/sides.ts'
import { type DueIndex, type DueReport, embedDue } from '../backfill/embed-due.ts'
import { countSides } from './sample.ts'
import { assertMovable, assertSameTarget, flagsOf, movedSides, type Target } from './target.ts'

export interface MigrationParts {
  storage: Storage
  /** What embeds into an index of the collection. */
  indexOf(collection: string, model: SideModel): Promise<DueIndex>
  /** That the model can be used, and its files are those of the fingerprint. @throws {SemdexError} where not */
  assertUsable(model: SideModel): Promise<void>
  /** What both indexes answer to the same queries, as a JSON value. */
  compare(migration: ModelMigration): Promise<unknown>
  /** @throws {SemdexError} where they are not to be switched after such a comparison */
  accept(comparison: unknown, migration: ModelMigration): void
  /** Lets what was cut for the other model count as cut for the one that serves now, so that nothing cuts it anew. */
  keepCut(migration: ModelMigration): Promise<void>
}

export interface MigrationOptions {
  signal?: AbortSignal
  /** Told of chunks that have their vector, and of all that are to get one. */
  onProgress?: (done: number, total: number) => void
  /** Told of each call of the model that failed. */
  onFailure?: (error: SemdexError) => void
}

/** Names a migration. */
export type SideOfCollection = Pick<ModelMigration, 'collection' | 'side'>

export interface MigrationResult {
  migration: ModelMigration
  /** Chunks that got a vector by this call, and texts that the model read for them. */
  filled: number
  embedded: number
}

/**
 * Moves a side of a collection to another model: fills an index of that model while the old one serves, compares the two,
 * and lets the new one serve. What was done by an earlier call that was broken off is not done again. The old index stays.
 * @throws {SemdexError} `COLLECTION_MODEL_MISMATCH`, `INVALID_INPUT`, `MIGRATION_EXISTS`, `MIGRATION_RUNNING`;
 * `MIGRATION_INCOMPLETE` where chunks wait that cannot be embedded now; why the model cannot be used; what `compare` and `accept` throw.
 * The migration is then as far as it came, and the old index serves.
 */
export async function migrateSide(
  target: Target,
  parts: MigrationParts,
  options: MigrationOptions = {},
): Promise<MigrationResult> {
  return asOnlyRunner(parts.storage, async () => {
    const begun = await existingMigration(target, parts.storage)
    if (begun?.serving === 'new') {
      await parts.keepCut(begun)
      return { migration: begun, filled: 0, embedded: 0 }
    }
    if (!begun) assertMovable(target)
    await parts.assertUsable(target.to)
    const migration = begun ?? (await begin(target, parts.storage))
    const done = await fill(migration, 'new', parts, options)
    await assertMostEmbedded(migration, target, parts.storage)
    const comparison = await parts.compare(migration)
    await parts.storage.migrations.putComparison(migration.collection, migration.side, comparison)
    parts.accept(comparison, migration)
    await parts.assertUsable(migration.new)
    return switchOver(migration, 'new', parts, { options, done })
  })
}

/**
 * Lets the old index serve again, after it has got what was written since it did.
 * @throws {SemdexError} `MIGRATION_NOT_FOUND`, `MIGRATION_RUNNING`, `INVALID_INPUT` where the old index serves;
 * `MIGRATION_INCOMPLETE`; why the old model cannot be used
 */
export async function rollBack(
  of: SideOfCollection,
  parts: MigrationParts,
  options: MigrationOptions = {},
): Promise<MigrationResult> {
  return asOnlyRunner(parts.storage, async () => {
    const migration = await requireMigration(of, parts.storage)
    assertServing(migration, 'new', 'there is nothing to go back from')
    await parts.assertUsable(migration.old)
    const done = await fill(migration, 'old', parts, options)
    return switchOver(migration, 'old', parts, { options, done })
  })
}

/**
 * Removes the index that does not serve, with its vectors, and ends the migration: without the old index there is no way
 * back, without the new one the migration is given up.
 * @throws {SemdexError} `MIGRATION_NOT_FOUND`, `MIGRATION_RUNNING`; `INVALID_INPUT` where that index serves
 */
export async function removeIndex(of: SideOfCollection, index: 'old' | 'new', storage: Storage): Promise<void> {
  await asOnlyRunner(storage, async () => {
    const migration = await requireMigration(of, storage)
    const flags = flagsOf(migration)
    const way = index === 'old' ? `semdex migrate --abandon ${flags}` : `semdex migrate --remove-old ${flags}`
    assertServing(migration, index === 'old' ? 'new' : 'old', `it cannot be removed; ${way} removes the other one`)
    await storage.migrations.endMigration(migration.collection, migration.side)
  })
}

/** @throws {SemdexError} `MIGRATION_NOT_FOUND` */
async function requireMigration({ collection, side }: SideOfCollection, { migrations }: Storage) {
  const migration = await migrations.migration(collection, side)
  if (migration) return migration
  throw new SemdexError('MIGRATION_NOT_FOUND', {
    message: `There is no migration of the ${side} side of the collection ${collection}.`,
    fix: 'semdex migrate --status lists them; one that has ended cannot be taken back',
    details: { collection, side },
  })
}

/** Whether a process of this machine is at a migration of this database. */
export async function isRunning(storage: Storage): Promise<boolean> {
  const lock = await storage.tryLock(LOCK)
  lock?.close()
  return lock === null
}

/** What waits in an index of a migration. */
export function countOf(counts: readonly WaitingCount[], { fingerprint }: SideModel): WaitingCount | undefined {
  return counts.find((count) => count.fingerprint === fingerprint)
}

const LOCK = 'migration'
/** Whoever only looks whether there is a runner has the lock for a moment. */
const TRIES = 3
const TRY_INTERVAL = 50

async function asOnlyRunner<T>({ tryLock }: Storage, action: () => Promise<T>): Promise<T> {
  for (let left = TRIES; left > 0; left--) {
    const lock = await tryLock(LOCK)
    if (lock) return action().finally(() => lock.close())
    await pause(TRY_INTERVAL)
  }
  throw new SemdexError('MIGRATION_RUNNING', {
    message: 'Another process is at a migration of this database.',
    fix: 'semdex migrate --status shows how far it is; wait until it has ended',
  })
}

async function existingMigration({ collection, side, to }: Target, storage: Storage): Promise<ModelMigration | null> {
  const migration = await storage.migrations.migration(collection.name, side)
  if (migration) assertSameTarget(migration, to)
  return migration
}

function begin({ collection, side, to }: Target, { migrations }: Storage): Promise<ModelMigration> {
  return migrations.beginMigration(collection.name, side, to, Date.now())
}

type Done = Pick<MigrationResult, 'filled' | 'embedded'>

/** Gives an index all vectors that it lacks, those too that are written meanwhile. */
async function fill(
  migration: ModelMigration,
  which: 'old' | 'new',
  parts: MigrationParts,
  options: MigrationOptions,
): Promise<Done> {
  const { collection } = migration
  const model = migration[which]
  await parts.storage.waiting.retryWaiting(collection, model.fingerprint)
  return addUp(await embedSome(collection, model, parts, options), { filled: 0, embedded: 0 })
}

async function embedSome(
  collection: string,
  model: SideModel,
  { storage, indexOf }: MigrationParts,
  { signal, onProgress, onFailure }: MigrationOptions,
): Promise<DueReport> {
  throwIfAborted(signal)
  const report = await embedDue(storage, await indexOf(collection, model), {
    ...(signal && { signal }),
    ...(onProgress && { onProgress }),
    ...(onFailure && { onFailure }),
  })
  if (report.error) throw report.error
  return report
}

function addUp({ filled, embedded }: DueReport, done: Done): Done {
  return { filled: done.filled + filled, embedded: done.embedded + embedded }
}

/** Runs in vain after which what still waits is said to be stuck. */
const MOST_IN_VAIN = 3

/** Switches at a moment when nothing waits; fills what was written since the last look until there is such a moment. */
async function switchOver(
  migration: ModelMigration,
  to: 'old' | 'new',
  parts: MigrationParts,
  { options, done }: { options: MigrationOptions; done: Done },
): Promise<MigrationResult> {
  const { collection, side } = migration
  const quiet = { ...options, onProgress: () => undefined }
  let sum = done
  for (let inVain = 0; inVain < MOST_IN_VAIN; ) {
    throwIfAborted(options.signal)
    const answer = await parts.storage.migrations.switchMigration(collection, side, to, Date.now())
    if (answer.waiting === 0) {
      await parts.keepCut(answer.migration)
      return { migration: answer.migration, ...sum }
    }
    const report = await embedSome(collection, migration[to], parts, quiet)
    sum = addUp(report, sum)
    inVain = report.filled + report.failed > 0 ? 0 : inVain + 1
  }
  throw stuck(migration, countOf(await countsOf(migration, parts.storage), migration[to]))
}

function stuck({ collection, side }: ModelMigration, count: WaitingCount | undefined): SemdexError {
  const last = count?.lastError ? ` The last try ended with: ${count.lastError.message}` : ''
  return new SemdexError('MIGRATION_INCOMPLETE', {
    message: `${count?.waiting ?? 0} chunks of the collection ${collection} could not be embedded yet.${last}`,
    fix: 'The same command tries them again and goes on',
    details: { collection, side, waiting: count?.waiting ?? 0, lastError: count?.lastError ?? null },
  })
}

function countsOf({ collection }: ModelMigration, { waiting }: Storage): Promise<WaitingCount[]> {
  return waiting.countWaiting({ at: Date.now(), collection })
}

/** Chunks that only the new model cannot embed, beyond which no index of it takes over. */
const MOST_FAILED = 0.02

async function assertMostEmbedded(migration: ModelMigration, target: Target, storage: Storage): Promise<void> {
  const { collection, side, old, new: next } = migration
  const counts = await countsOf(migration, storage)
  const [before, failed] = [countOf(counts, old)?.failed ?? 0, countOf(counts, next)?.failed ?? 0]
  if (failed <= before) return
  const { chunks } = await countSides(storage.records, collection, movedSides(target.collection, side))
  if (failed - before <= MOST_FAILED * chunks) return
  throw new SemdexError('MIGRATION_INCOMPLETE', {
    message: `The model ${next.model} cannot embed ${failed} of ${chunks} chunks of the collection ${collection}, ${old.model} cannot embed ${before}.`,
    fix: `semdex migrate --abandon ${flagsOf(migration)}, and take another model`,
    details: { collection, side, failed, before, chunks },
  })
}

function assertServing({ collection, side, ...migration }: ModelMigration, wanted: 'old' | 'new', why: string): void {
  if (migration.serving === wanted) return
  const { model } = migration[migration.serving]
  throw new SemdexError('INVALID_INPUT', {
    message: `The ${side} side of the collection ${collection} is served by the index of ${model}: ${why}.`,
    details: { collection, side, serving: migration.serving },
  })
}
