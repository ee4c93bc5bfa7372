import { SemdexError, toSemdexError } from '../core/errors.ts'
import { modelNotInstalled } from '../core/not-installed.ts'
import type { Parts, Storage } from '../core/parts.ts'
import type { ModelMigration } from '../core/ports/migration-store.ts'
import type { SideModel } from '../core/sides.ts'
import { isUnavailable } from '../core/unavailable.ts'
import type { DueIndex } from '../maintenance/backfill/embed-due.ts'
import type { MigrationParts } from '../maintenance/migration/migrate.ts'
import { movedSides } from '../maintenance/migration/target.ts'
import { dueIndex } from './backfill/due-indexes.ts'
import { requireCollection } from './collections.ts'
import { assertSwitchedOn } from './embeddings-get.ts'
import { workingParts } from './indexing-parts.ts'
import { assertAlike, type ComparisonChoice, compareBoth } from './migration-comparison.ts'
import type { OperationContext } from './operation.ts'

/** What a migration works with. */
export async function migrationParts(
  parts: Parts,
  choice: ComparisonChoice,
  context: OperationContext,
): Promise<MigrationParts> {
  const storage = await parts.storage()
  return {
    storage,
    indexOf: (collection, model) => migrationIndex(parts, collection, model),
    assertUsable: (model) => assertUsable(parts, model),
    compare: (migration) => compare(migration, { parts, storage, choice, context }),
    keepCut: (migration) => keepCut(parts, migration),
    accept: (comparison, migration) => assertAlike(comparison, migration, choice),
  }
}

/**
 * What embeds into an index of a collection. A chunk has one text for all its vectors, that of the model that serves; where
 * that model has gone, the text is that of the other one.
 */
async function migrationIndex(parts: Parts, name: string, model: SideModel): Promise<DueIndex> {
  const collection = await requireCollection((await parts.storage()).records, name)
  const index = dueIndex(parts, collection, model)
  const openTexts = () =>
    index.openTexts().catch((thrown) => {
      if (!isUnavailable(toSemdexError(thrown))) throw thrown
      return dueIndex(parts, { ...collection, ...model, code: null }, model).openTexts()
    })
  return { ...index, use: 'migration', openTexts }
}

/**
 * That the model is here, whole, can be loaded, and gives the vectors of that fingerprint.
 * @throws {SemdexError} `EMBEDDING_UNAVAILABLE`, `MODEL_UNKNOWN`, `MODEL_NOT_INSTALLED`, `MODEL_DAMAGED`, `MODEL_INVALID`,
 * `COLLECTION_MODEL_MISMATCH` where its files are others now
 */
async function assertUsable(parts: Parts, { model, fingerprint }: SideModel): Promise<void> {
  assertSwitchedOn(parts)
  const { models } = parts
  const resolved = await models.resolve(model)
  if (resolved.folder === null || resolved.fingerprint === null) throw modelNotInstalled(resolved.spec)
  if (resolved.fingerprint !== fingerprint) {
    throw new SemdexError('COLLECTION_MODEL_MISMATCH', {
      message: `The files of the model ${model} are not those that the migration began with.`,
      fix: 'Put back the files that it began with; or semdex migrate --abandon, then begin again',
      details: { model },
    })
  }
  // An embedder that is open already would not notice that its files have gone.
  await models.verify(model)
  await models.embedder(model)
}

/** A model that is not known any more cannot say how it cut; its documents are cut anew when they are indexed next. */
async function keepCut(parts: Parts, migration: ModelMigration): Promise<void> {
  const { records } = await parts.storage()
  const collection = await requireCollection(records, migration.collection)
  const [left, serving] = migration.serving === 'new' ? (['old', 'new'] as const) : (['new', 'old'] as const)
  try {
    const [from, to] = await Promise.all([
      workingParts(parts, migration[left]),
      workingParts(parts, migration[serving]),
    ])
    const cut = { from: from.chunking.fingerprint, to: to.chunking.fingerprint }
    if (cut.from === cut.to) return
    await records.acceptCut(collection.name, { sides: movedSides(collection, migration.side), ...cut })
  } catch (thrown) {
    if (!isUnavailable(toSemdexError(thrown))) throw thrown
  }
}

interface Compared {
  parts: Parts
  storage: Storage
  choice: ComparisonChoice
  context: OperationContext
}

/** Null where nothing is asked for, or the old index can answer nothing, since its model is gone. */
async function compare(migration: ModelMigration, { parts, storage, choice, context }: Compared) {
  if (choice.eval === undefined && choice.queries === 0) return null
  try {
    await assertUsable(parts, migration.old)
  } catch (thrown) {
    if (choice.minOverlap !== undefined || choice.minNdcgRatio !== undefined) throw thrown
    context.onWarning?.(`The two indexes are not compared: ${(thrown as Error).message}`)
    return null
  }
  return compareBoth(migration, { models: parts.models, storage, choice, context })
}
