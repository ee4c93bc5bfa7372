import { SemdexError } from '../../core/errors.ts'
import type { ModelMigration } from '../../core/ports/migration-store.ts'
import type { Collection } from '../../core/ports/record-store.ts'
import { type Side, type SideModel, sideModel } from '../../core/sides.ts'

/** What is to move where. */
export interface Target {
  collection: Collection
  side: Side
  to: SideModel
}

/** The sides whose documents move: with the text side goes the code side, where it has no model of its own. */
export function movedSides({ code }: Pick<Collection, 'code'>, side: Side): Side[] {
  return side === 'text' && code === null ? ['text', 'code'] : [side]
}

/** The collection as it is where that model serves the side. */
export function servedBy(
  collection: Collection,
  side: Side,
  { model, fingerprint, dimensions }: SideModel,
): Collection {
  const own = { model, fingerprint, dimensions }
  return side === 'text' ? { ...collection, ...own } : { ...collection, code: own }
}

/** @throws {SemdexError} `COLLECTION_MODEL_MISMATCH` for vectors that no model made; `INVALID_INPUT` for the model it has */
export function assertMovable({ collection, side, to }: Target): void {
  const from = sideModel(collection, side)
  if (from.model === null) {
    throw new SemdexError('COLLECTION_MODEL_MISMATCH', {
      message: `The collection ${collection.name} has vectors of its own: no model made them, and none can take their place.`,
      fix: 'Add its documents to a new collection with a model',
      details: { collection: collection.name },
    })
  }
  if (from.fingerprint !== to.fingerprint) return
  throw new SemdexError('INVALID_INPUT', {
    message: `The ${side} side of the collection ${collection.name} has the model ${to.model} already.`,
    details: { field: 'to', collection: collection.name, side, model: to.model },
  })
}

/** @throws {SemdexError} `MIGRATION_EXISTS` where the side is on its way to another model */
export function assertSameTarget(migration: ModelMigration, to: SideModel): void {
  const { collection, side, old, new: next, serving } = migration
  if (next.fingerprint === to.fingerprint) return
  const flags = flagsOf(migration)
  const details = { collection, side, from: old.model, to: next.model, serving }
  if (next.model === to.model) {
    throw new SemdexError('MIGRATION_EXISTS', {
      message: `The files of the model ${to.model} are not those that the migration of the collection ${collection} began with.`,
      fix:
        serving === 'old'
          ? `semdex migrate --abandon ${flags}, then begin again`
          : `semdex index --collection ${collection}`,
      details,
    })
  }
  throw new SemdexError('MIGRATION_EXISTS', {
    message: `The ${side} side of the collection ${collection} has a migration from ${old.model} to ${next.model} already.`,
    fix: wayOut(migration, to),
    details,
  })
}

function wayOut(migration: ModelMigration, to: SideModel): string {
  const flags = flagsOf(migration)
  const { serving, old, new: next } = migration
  if (serving === 'old')
    return `semdex migrate --to ${next.model} ${flags} goes on with it, semdex migrate --abandon ${flags} gives it up`
  if (old.fingerprint === to.fingerprint) return `semdex migrate --rollback ${flags} goes back to ${to.model}`
  return `semdex migrate --remove-old ${flags} removes the index of ${old.model}, after which it can move on`
}

/** How the command line names the side of a collection. */
export function flagsOf({ collection, side }: { collection: string; side: Side }): string {
  return `--collection ${collection}${side === 'code' ? ' --side code' : ''}`
}
