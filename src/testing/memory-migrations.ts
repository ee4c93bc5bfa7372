import type { MigrationStore, ModelMigration } from '../core/ports/migration-store.ts'
import { type Side, sideModel } from '../core/sides.ts'
import { count, isWaiting, movedSides, spacesOf } from './memory-spaces.ts'
import {
  assertOpen,
  documentsOf,
  fail,
  log,
  type MemoryChunk,
  type MemoryDocument,
  type MemoryState,
  need,
  spaceOf,
} from './memory-state.ts'

export function memoryMigrations(state: MemoryState): MigrationStore {
  const find = (collection: string, side: Side) => {
    need(state, collection)
    return state.migrations.find((each) => each.collection === collection && each.side === side)
  }
  const require = (collection: string, side: Side) => {
    const found = find(collection, side)
    if (!found) throw fail('MIGRATION_NOT_FOUND')
    return found
  }
  return {
    async beginMigration(collection, side, to, at) {
      const target = need(state, collection)
      const moved = movedSides(target, side)
      for (const each of state.migrations) {
        if (each.collection !== collection) continue
        if (movedSides(target, each.side).some((other) => moved.includes(other))) throw fail('MIGRATION_EXISTS')
      }
      const old = sideModel(target, side)
      if (spaceOf(old) === spaceOf(to)) throw fail('INVALID_INPUT')
      const migration: ModelMigration = {
        ...{ collection, side, old, new: to, serving: 'old' },
        ...{ startedAt: at, switchedAt: null, comparison: null },
      }
      state.migrations.push(structuredClone(migration))
      return structuredClone(migration)
    },
    async migration(collection, side) {
      return structuredClone(find(collection, side) ?? null)
    },
    async migrations() {
      assertOpen(state)
      const name = ({ collection, side }: ModelMigration) => [collection, side].join('\n')
      return structuredClone(state.migrations).sort((a, b) => (name(a) < name(b) ? -1 : 1))
    },
    async switchMigration(collection, side, serving, at) {
      const migration = require(collection, side)
      const waiting = migration.serving === serving ? 0 : switchTo(state, migration, serving, at)
      return { migration: structuredClone(migration), waiting }
    },
    async putComparison(collection, side, comparison) {
      require(collection, side).comparison = structuredClone(comparison)
    },
    async endMigration(collection, side) {
      const migration = find(collection, side)
      if (!migration) return false
      state.migrations = state.migrations.filter((each) => each !== migration)
      sweep(state, migration)
      return true
    },
  }
}

function switchTo(state: MemoryState, migration: ModelMigration, serving: 'old' | 'new', at: number): number {
  const collection = need(state, migration.collection)
  const { side } = migration
  const from = spaceOf(sideModel(collection, side))
  const to = spaceOf(migration[serving])
  const sides = movedSides(collection, side)
  const documents = documentsOf(state, collection.name).filter(({ record }) => sides.includes(record.side))
  const index = spacesOf(state, collection).find(({ space }) => space === to)
  const waiting = documents
    .flatMap((document) => document.chunks.map((chunk) => index && isWaiting(document, chunk, index)))
    .filter(Boolean).length
  if (waiting > 0) return waiting
  const changed = documents.filter((document) => {
    const { pending, failed } = count(document, collection)
    const { active } = document.record
    return !active || pending > 0 || failed > 0 || document.chunks.some(({ tries }) => tries.has(to))
  })
  for (const { chunks } of documents) for (const chunk of chunks) moveReason(chunk, from, to)
  const model = structuredClone(migration[serving])
  const textMoves = state.migrations.some((each) => each.collection === collection.name && each.side === 'text')
  if (side === 'text') Object.assign(collection, model)
  else collection.code = serving === 'old' && to === spaceOf(collection) && !textMoves ? null : model
  for (const { record } of changed) log(state, collection.name, record.id, 'put')
  Object.assign(migration, { serving, switchedAt: Math.max(at, migration.startedAt, migration.switchedAt ?? at) })
  return 0
}

function moveReason(chunk: MemoryChunk, from: string, to: string): void {
  const { error, vectors, tries } = chunk
  const before = tries.get(from)
  delete chunk.error
  if (error && !vectors.has(from)) {
    const triedAt = before?.triedAt ?? Date.now()
    tries.set(from, { tries: before?.tries ?? 1, triedAt, nextAt: 0, failed: true, error })
  }
  const reason = tries.get(to)
  if (!reason?.failed) return
  chunk.error = reason.error
  tries.delete(to)
}

/** Removes what the index that did not serve held, where nothing else uses it. */
function sweep(state: MemoryState, migration: ModelMigration): void {
  const collection = need(state, migration.collection)
  const space = spaceOf(migration.serving === 'new' ? migration.old : migration.new)
  const left = spacesOf(state, collection).find((other) => other.space === space)
  const users = left ? [...left.serving, ...left.migrating] : []
  const moved = movedSides(collection, migration.side)
  const isLeft = ({ record: { side } }: MemoryDocument) =>
    users.length > 0 && (users.includes(side) || !moved.includes(side))
  for (const document of documentsOf(state, collection.name)) {
    if (isLeft(document)) continue
    for (const { vectors, tries } of document.chunks) {
      vectors.delete(space)
      tries.delete(space)
    }
  }
}
