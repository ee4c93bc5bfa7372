import type { WaitingCount, WaitingStore } from '../core/ports/waiting-store.ts'
import { chunkRecords } from './memory-reads.ts'
import { isWaiting, type MemorySpace, requireSpace, spacesOf } from './memory-spaces.ts'
import {
  assertOpen,
  documentsOf,
  log,
  type MemoryChunk,
  type MemoryDocument,
  type MemoryState,
  type MemoryTries,
  need,
} from './memory-state.ts'

export function memoryWaiting(state: MemoryState): WaitingStore {
  const find = (collection: string, fingerprint: string) => requireSpace(state, need(state, collection), fingerprint)
  return {
    async waitingChunks(collection, fingerprint, { after = 0, limit, at }) {
      const space = find(collection, fingerprint)
      return chunksOf(state, collection)
        .filter(({ document, chunk }) => isWaiting(document, chunk, space))
        .filter(({ chunk }) => chunk.key > after && !((chunk.tries.get(space.space)?.nextAt ?? 0) > at))
        .slice(0, Math.max(0, limit))
        .flatMap(({ document, chunk }) => {
          const attempts = chunk.tries.get(space.space)?.tries ?? 0
          const record = chunkRecords(document).find(({ key }) => key === chunk.key)
          return record ? [structuredClone({ ...record, attempts })] : []
        })
    },
    async countWaiting({ at, collection }) {
      assertOpen(state)
      const collections = collection === undefined ? state.collections : [need(state, collection)]
      return collections
        .toSorted((a, b) => (a.name < b.name ? -1 : 1))
        .flatMap((each) =>
          spacesOf(state, each)
            .toSorted((a, b) => (a.model.fingerprint < b.model.fingerprint ? -1 : 1))
            .flatMap((space) => [
              countUse(state, each.name, { ...space, migrating: [] }, at),
              countUse(state, each.name, { ...space, serving: [] }, at),
            ]),
        )
        .filter(({ waiting, failed }) => waiting + failed > 0)
    },
    async putAttempts(collection, fingerprint, attempts) {
      const space = find(collection, fingerprint)
      for (const { key, error, nextAt } of attempts) {
        const found = chunksOf(state, collection).find(({ chunk }) => chunk.key === key)
        if (!found || !isWaiting(found.document, found.chunk, space)) continue
        const tries = (found.chunk.tries.get(space.space)?.tries ?? 0) + 1
        found.chunk.tries.set(space.space, { tries, triedAt: Date.now(), nextAt, failed: false, error })
      }
    },
    async retryWaiting(collection, fingerprint) {
      const space = find(collection, fingerprint)
      return documentsOf(state, collection)
        .filter(({ record }) => record.active)
        .reduce((sum, document) => sum + retry(state, document, space), 0)
    },
  }
}

function retry(state: MemoryState, document: MemoryDocument, space: MemorySpace): number {
  const { record, chunks } = document
  const later = chunks.filter((chunk) => {
    const tries = chunk.tries.get(space.space)
    return tries && (tries.nextAt > 0 || tries.failed)
  })
  for (const { tries } of later) Object.assign(tries.get(space.space) as MemoryTries, { nextAt: 0, failed: false })
  const failed = chunks.filter(({ error, vectors }) => error && !vectors.has(space.space))
  if (!space.serving.includes(record.side) || failed.length === 0) return later.length
  for (const chunk of failed) delete chunk.error
  log(state, record.collection, record.id, 'put')
  return later.length + failed.length
}

function countUse(state: MemoryState, collection: string, space: MemorySpace, at: number): WaitingCount {
  const sides = [...space.serving, ...space.migrating]
  const own = chunksOf(state, collection).filter(
    ({ document: { record } }) => record.active && sides.includes(record.side),
  )
  const waiting = own.filter(({ document, chunk }) => isWaiting(document, chunk, space))
  const failed = own.filter(({ chunk }) => !chunk.vectors.has(space.space) && reasonOf(chunk, space))
  const tried = own.flatMap(({ chunk }) => {
    const tries = chunk.tries.get(space.space)
    return tries ? [{ key: chunk.key, ...tries }] : []
  })
  const later = tried.filter(({ failed, nextAt }) => !failed && nextAt > at).map(({ nextAt }) => nextAt)
  const last = tried.sort((a, b) => b.triedAt - a.triedAt || b.key - a.key)[0]?.error ?? failed.at(-1)?.chunk.error
  return {
    ...{ collection, fingerprint: space.model.fingerprint, sides, waiting: waiting.length },
    use: space.serving.length > 0 ? 'serving' : 'migration',
    due: waiting.length - later.length,
    retrying: tried.filter(({ failed }) => !failed).length,
    nextAt: later.length > 0 ? Math.min(...later) : null,
    failed: failed.length,
    lastError: last?.toJSON() ?? null,
  }
}

function reasonOf(chunk: MemoryChunk, { space, serving }: MemorySpace) {
  return serving.length > 0 ? chunk.error : chunk.tries.get(space)?.failed
}

/** In the order of their keys. */
function chunksOf(state: MemoryState, collection: string) {
  return documentsOf(state, collection)
    .flatMap((document) => document.chunks.map((chunk) => ({ document, chunk })))
    .sort((a, b) => a.chunk.key - b.chunk.key)
}
