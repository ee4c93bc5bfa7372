import type { DocumentRecord } from '../core/documents.ts'
import { throwIfAborted, toSemdexError } from '../core/errors.ts'
import type {
  ChunkWrite,
  Collection,
  DocumentWrite,
  FileStamp,
  FileUpdate,
  PutOptions,
  PutResult,
  RecordStore,
  VectorWrite,
} from '../core/ports/record-store.ts'
import { SIDES, type Side, sideModel } from '../core/sides.ts'
import { assertVector } from '../core/vectors.ts'
import { memoryReads } from './memory-reads.ts'
import { endRevisions, lastVersion, moveRevisions, revise, transact, writeRevision } from './memory-revisions.ts'
import { type MemorySpace, movedSides, requireSpace, servingSpace, spacesOf } from './memory-spaces.ts'
import {
  assertOpen,
  documentsOf,
  fail,
  find,
  log,
  type MemoryChunk,
  type MemoryDocument,
  type MemoryFile,
  type MemoryState,
  need,
  spaceOf,
} from './memory-state.ts'

export function memoryRecords(state: MemoryState): RecordStore {
  return {
    capabilities: { durable: false, concurrentProcesses: false },
    async createCollection(given) {
      assertOpen(state)
      if (state.collections.some(({ name }) => name === given.name)) throw fail('COLLECTION_EXISTS')
      const defaults = { roots: [], code: null, layout: 'native' as const }
      const collection = { ...defaults, ...given, key: ++state.lastKey, createdAt: Date.now(), lastRunAt: null }
      state.collections.push(structuredClone(collection))
      return structuredClone(collection)
    },
    async collection(name) {
      assertOpen(state)
      return structuredClone(state.collections.find((collection) => collection.name === name) ?? null)
    },
    async collections() {
      assertOpen(state)
      return structuredClone(state.collections).sort((a, b) => (a.name < b.name ? -1 : 1))
    },
    async updateCollection(name, { addRoot, ...change }) {
      const collection = need(state, name)
      const after = { ...collection, ...structuredClone(change) }
      const moved = SIDES.filter((side) => spaceOf(sideModel(after, side)) !== spaceOf(sideModel(collection, side)))
      refuseMoving(state, collection, after, moved)
      if (addRoot !== undefined && !collection.roots.includes(addRoot)) collection.roots.push(addRoot)
      for (const document of documentsOf(state, name)) {
        if (moved.includes(document.record.side)) forgetReasons(document, servingSpace(collection, document))
      }
      Object.assign(collection, structuredClone(change))
      return structuredClone(collection)
    },
    async dropCollection(name) {
      assertOpen(state)
      const index = state.collections.findIndex((collection) => collection.name === name)
      if (index < 0) return false
      for (const document of documentsOf(state, name)) remove(state, document)
      for (const list of ['files', 'revisions', 'migrations'] as const) {
        Object.assign(state, { [list]: state[list].filter(({ collection }) => collection !== name) })
      }
      state.collections.splice(index, 1)
      return true
    },
    async putDocuments(collection, documents, { signal, ifExists } = {}) {
      assertOpen(state)
      throwIfAborted(signal)
      const target = need(state, collection)
      return documents.map((document) => {
        // A copy of all that there is, for each document: only where something can fail after the first change.
        const inSteps = document.fingerprint !== undefined || (document.also ?? []).length > 0
        const work = () => put(state, target, document, ifExists)
        try {
          return inSteps ? transact(state, work) : work()
        } catch (thrown) {
          return { ok: false, error: toSemdexError(thrown) }
        }
      })
    },
    async putVectors(collection, fingerprint, vectors) {
      const target = need(state, collection)
      const index = requireSpace(state, target, fingerprint)
      for (const { vector } of vectors) if (vector) assertVector(vector, index.model.dimensions)
      const touched = new Set<string>()
      const filled = vectors.filter((write) => fill(state, target, index, write, touched))
      for (const id of touched) log(state, collection, id, 'put')
      return filled.length
    },
    async moveDocument(collection, id, to) {
      need(state, collection)
      const document = find(state, collection, id)
      if (!document) return false
      const taken = find(state, collection, to.id)
      if (taken && taken !== document) throw fail('INVALID_INPUT')
      state.files = state.files.filter((file) => file.document !== document.record.key)
      moveRevisions(state, collection, id, to.id)
      Object.assign(document.record, { id: to.id, path: to.file.path, updatedAt: Date.now() })
      stamp(state, collection, to.file, document.record.key)
      if (id !== to.id) log(state, collection, id, 'delete')
      log(state, collection, to.id, 'put')
      return true
    },
    async deleteDocuments(collection, ids, { revision } = {}) {
      need(state, collection)
      return ids.filter((id) => {
        const document = find(state, collection, id)
        if (!document) return false
        remove(state, document)
        endRevisions(state, collection, id, revision)
        return true
      }).length
    },
    async reviseDocuments(collection, changes) {
      need(state, collection)
      transact(state, () => {
        for (const change of changes) revise(state, collection, change)
      })
    },
    async acceptCut(collection, { sides, from, to }) {
      need(state, collection)
      const found = documentsOf(state, collection).filter(
        ({ record }) => record.chunkingFingerprint === from && sides.includes(record.side),
      )
      for (const { record } of found) record.chunkingFingerprint = to
      return found.length
    },
    ...memoryReads(state),
    async putFiles(collection, files) {
      need(state, collection)
      for (const file of files) stamp(state, collection, file, null)
    },
    async deleteFiles(collection, paths) {
      need(state, collection)
      state.files = state.files.filter(
        (file) => file.collection !== collection || file.document !== null || !paths.includes(file.path),
      )
    },
    async close() {
      state.closed = true
    },
  }
}

function put(
  state: MemoryState,
  collection: Collection,
  write: DocumentWrite,
  ifExists: PutOptions['ifExists'],
): PutResult {
  const { side = 'text', active = true, chunks, file, revision, also = [], fingerprint, ...content } = write
  const { ifVersion, ifLastAlike, ...fields } = content
  const target = sideModel(collection, side)
  const isOurs = fingerprint === undefined || fingerprint === target.fingerprint
  if (isOurs) for (const { vector } of chunks) if (vector) assertVector(vector, target.dimensions)
  const existing = find(state, collection.name, write.id)
  if (existing && ifExists === 'fail') throw fail('DOCUMENT_EXISTS')
  if (existing && ifVersion !== undefined && ifVersion !== existing.record.version) throw fail('REVISION_CONFLICT')
  if (ifLastAlike !== undefined) assertLastAlike(state, collection.name, write, ifLastAlike)
  const key = existing?.record.key ?? ++state.lastKey
  const record: DocumentRecord = {
    ...structuredClone(fields),
    ...{ key, collection: collection.name, path: file?.path ?? null, side, active },
    version: lastVersion(state, collection.name, write.id),
    createdAt: existing?.record.createdAt ?? Date.now(),
    updatedAt: Date.now(),
  }
  if (existing) {
    state.documents = state.documents.filter((other) => other !== existing)
    state.files = state.files.filter((other) => other.document !== key || other.path === file?.path)
  }
  const kept = chunks.map((chunk) => toChunk(state, chunk, isOurs ? spaceOf(target) : null))
  state.documents.push({ record, chunks: kept })
  state.documents.sort((a, b) => a.record.key - b.record.key)
  if (file) stamp(state, collection.name, file, key)
  if (!isOurs) putElsewhere(state, collection, write, kept)
  if (revision) writeRevision(state, record, revision)
  log(state, collection.name, write.id, 'put')
  for (const change of also) revise(state, collection.name, change)
  return { ok: true, key, chunkKeys: kept.map((chunk) => chunk.key), version: record.version }
}

function assertLastAlike(state: MemoryState, collection: string, { id, contentHash }: DocumentWrite, last: number) {
  const isAlike = ({ record }: MemoryDocument) =>
    record.contentHash === contentHash && record.path === null && record.id !== id && record.key > last
  if (documentsOf(state, collection).some(isAlike)) throw fail('REVISION_CONFLICT')
}

/** Without a space its vector and its reason are of another model. */
function toChunk(state: MemoryState, { vector, error, ...chunk }: ChunkWrite, space: string | null): MemoryChunk {
  const vectors = new Map(vector && space !== null ? [[space, vector.slice()]] : [])
  const reason = error && space !== null && !vector ? { error } : {}
  return { ...structuredClone(chunk), ...reason, key: ++state.lastKey, vectors, tries: new Map() }
}

function putElsewhere(
  state: MemoryState,
  collection: Collection,
  { side = 'text', fingerprint, chunks }: DocumentWrite,
  kept: readonly MemoryChunk[],
): void {
  const index = spacesOf(state, collection).find(({ model }) => model.fingerprint === fingerprint)
  if (!index?.migrating.includes(side)) return
  for (const [i, { vector }] of chunks.entries()) {
    if (!vector) continue
    assertVector(vector, index.model.dimensions)
    kept[i]?.vectors.set(index.space, vector.slice())
  }
}

/** Whether the chunk got a vector. */
function fill(
  state: MemoryState,
  collection: Collection,
  { space, serving, migrating }: MemorySpace,
  { key, embeddingHash, vector, error }: VectorWrite,
  touched: Set<string>,
): boolean {
  const document = documentsOf(state, collection.name).find(({ chunks }) => chunks.some((chunk) => chunk.key === key))
  const chunk = document?.chunks.find((other) => other.key === key)
  if (!document || !chunk || chunk.vectors.has(space)) return false
  const { id, side } = document.record
  if (![...serving, ...migrating].includes(side)) return false
  const before = chunk.tries.get(space)
  chunk.tries.delete(space)
  if (serving.includes(side)) {
    touched.add(id)
    delete chunk.error
    Object.assign(chunk, { embeddingHash, ...(error && { error }) })
  } else if (error) {
    const tries = (before?.tries ?? 0) + 1
    chunk.tries.set(space, { tries, triedAt: Date.now(), nextAt: before?.nextAt ?? 0, failed: true, error })
  }
  if (vector) chunk.vectors.set(space, vector.slice())
  return vector !== null
}

function refuseMoving(state: MemoryState, before: Collection, after: Collection, moved: readonly Side[]): void {
  const moving = state.migrations.filter(({ collection }) => collection === before.name)
  const joined = (before.code === null) !== (after.code === null)
  const touched = moving.filter(({ side }) => movedSides(before, side).some((other) => moved.includes(other)))
  if ((joined && moving.length > 0) || touched.length > 0) throw fail('MIGRATION_EXISTS')
}

function forgetReasons({ chunks }: MemoryDocument, space: string): void {
  for (const chunk of chunks) {
    delete chunk.error
    chunk.tries.delete(space)
  }
}

function stamp(state: MemoryState, collection: string, file: FileUpdate | FileStamp, document: number | null): void {
  const same = (other: MemoryFile) => other.collection === collection && other.path === file.path
  const before = state.files.find(same)
  state.files = state.files.filter((other) => !same(other))
  state.files.push({ ...file, collection, document: document ?? before?.document ?? null })
}

function remove(state: MemoryState, document: MemoryDocument): void {
  const { key, collection, id } = document.record
  state.documents = state.documents.filter((other) => other !== document)
  state.files = state.files.filter((file) => file.document !== key)
  log(state, collection, id, 'delete')
}
