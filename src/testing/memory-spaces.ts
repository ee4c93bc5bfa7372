import type { Collection } from '../core/ports/record-store.ts'
import { SIDES, type Side, type SideModel, sideModel } from '../core/sides.ts'
import { fail, type MemoryChunk, type MemoryDocument, type MemoryState, spaceOf } from './memory-state.ts'

/** The index of a model that a collection has vectors of. */
export interface MemorySpace {
  space: string
  model: SideModel
  serving: Side[]
  migrating: Side[]
  members: Side[]
}

export function spacesOf(state: MemoryState, collection: Collection): MemorySpace[] {
  const uses = [
    ...SIDES.map((side) => ({ side, model: sideModel(collection, side), serves: true })),
    ...state.migrations
      .filter((migration) => migration.collection === collection.name)
      .flatMap((migration) =>
        movedSides(collection, migration.side).flatMap((side) =>
          [migration.old, migration.new].map((model) => ({ side, model, serves: false })),
        ),
      ),
  ]
  return [...Map.groupBy(uses, ({ model }) => spaceOf(model))].map(([space, all]) => {
    const serving = SIDES.filter((side) => all.some((use) => use.serves && use.side === side))
    const migrating = SIDES.filter((side) => !serving.includes(side) && all.some((use) => use.side === side))
    const { model } = all[0] as { model: SideModel }
    return { space, model, serving, migrating, members: serving.length > 0 ? serving : migrating }
  })
}

export function movedSides({ code }: Collection, side: Side): Side[] {
  return side === 'text' && code === null ? [...SIDES] : [side]
}

export function requireSpace(state: MemoryState, collection: Collection, fingerprint: string): MemorySpace {
  const found = spacesOf(state, collection).find(({ model }) => model.fingerprint === fingerprint)
  if (!found) throw fail('COLLECTION_MODEL_MISMATCH')
  return found
}

export function servingSpace(collection: Collection, { record }: MemoryDocument): string {
  return spaceOf(sideModel(collection, record.side))
}

/** Whether a chunk of an active document waits for a vector of the space. */
export function isWaiting({ record }: MemoryDocument, chunk: MemoryChunk, { space, serving, migrating }: MemorySpace) {
  if (!record.active || chunk.vectors.has(space)) return false
  if (serving.includes(record.side)) return !chunk.error
  return migrating.includes(record.side) && !chunk.tries.get(space)?.failed
}

export function count(document: MemoryDocument, collection: Collection) {
  const { chunks } = document
  const missing = chunks.filter(({ vectors }) => !vectors.has(servingSpace(collection, document)))
  const failed = missing.filter(({ error }) => error).length
  return { vectors: chunks.length - missing.length, failed, pending: missing.length - failed }
}
