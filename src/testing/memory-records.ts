import type { DocumentRecord } from '../core/documents.ts'
import { throwIfAborted, toSemdexError } from '../core/errors.ts'
import type {
  Change,
  Collection,
  DocumentWrite,
  FileStamp,
  FileUpdate,
  PutResult,
  RecordStore,
  VectorWrite,
} from '../core/ports/record-store.ts'
import { assertVector } from '../core/vectors.ts'
import { memoryReads } from './memory-reads.ts'
import {
  assertOpen,
  documentsOf,
  fail,
  find,
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
      const before = spaceOf(collection)
      if (addRoot !== undefined && !collection.roots.includes(addRoot)) collection.roots.push(addRoot)
      Object.assign(collection, change)
      if (spaceOf(collection) !== before) {
        for (const { chunks } of documentsOf(state, name)) for (const chunk of chunks) delete chunk.error
      }
      return structuredClone(collection)
    },
    async dropCollection(name) {
      assertOpen(state)
      const index = state.collections.findIndex((collection) => collection.name === name)
      if (index < 0) return false
      for (const document of documentsOf(state, name)) remove(state, document)
      state.files = state.files.filter(({ collection }) => collection !== name)
      state.collections.splice(index, 1)
      return true
    },
    async putDocuments(collection, documents, { signal, ifExists } = {}) {
      assertOpen(state)
      throwIfAborted(signal)
      const target = need(state, collection)
      return documents.map((document) =>
        ifExists === 'fail' && find(state, collection, document.id)
          ? { ok: false, error: fail('DOCUMENT_EXISTS') }
          : put(state, target, document),
      )
    },
    async putVectors(collection, fingerprint, vectors) {
      const target = need(state, collection)
      if (target.fingerprint !== fingerprint) throw fail('COLLECTION_MODEL_MISMATCH')
      for (const { vector } of vectors) if (vector) assertVector(vector, target.dimensions)
      return documentsOf(state, collection).reduce((sum, document) => sum + fill(state, target, document, vectors), 0)
    },
    async moveDocument(collection, id, to) {
      need(state, collection)
      const document = find(state, collection, id)
      if (!document) return false
      const taken = find(state, collection, to.id)
      if (taken && taken !== document) throw fail('INVALID_INPUT')
      state.files = state.files.filter((file) => file.document !== document.record.key)
      Object.assign(document.record, { id: to.id, path: to.file.path, updatedAt: Date.now() })
      stamp(state, collection, to.file, document.record.key)
      if (id !== to.id) log(state, collection, id, 'delete')
      log(state, collection, to.id, 'put')
      return true
    },
    async deleteDocuments(collection, ids) {
      need(state, collection)
      return ids.filter((id) => {
        const document = find(state, collection, id)
        if (document) remove(state, document)
        return document !== undefined
      }).length
    },
    reviseDocuments: () => Promise.reject(new Error('not yet')),
    revisions: () => Promise.reject(new Error('not yet')),
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

function put(state: MemoryState, collection: Collection, given: DocumentWrite): PutResult {
  const isOurs = given.fingerprint === undefined || given.fingerprint === collection.fingerprint
  const write = isOurs ? given : withoutVectors(given)
  try {
    for (const { vector } of write.chunks) if (vector) assertVector(vector, collection.dimensions)
  } catch (thrown) {
    return { ok: false, error: toSemdexError(thrown) }
  }
  const existing = find(state, collection.name, write.id)
  const { chunks, file, ...document } = structuredClone({ ...write, chunks: [] })
  const key = existing?.record.key ?? ++state.lastKey
  const { side = 'text', active = true, revision: _, ifVersion: __, also: ___, fingerprint: ____, ...fields } = document
  const record: DocumentRecord = {
    ...{ ...fields, side, active, version: existing?.record.version ?? 0 },
    key,
    collection: collection.name,
    path: file?.path ?? null,
    createdAt: existing?.record.createdAt ?? Date.now(),
    updatedAt: Date.now(),
  }
  if (existing) {
    state.documents = state.documents.filter((other) => other !== existing)
    state.files = state.files.filter((other) => other.document !== key || other.path === file?.path)
  }
  const kept: MemoryChunk[] = write.chunks.map((chunk) => ({
    ...chunk,
    vector: chunk.vector?.slice() ?? null,
    key: ++state.lastKey,
    space: spaceOf(collection),
  }))
  state.documents.push({ record, chunks: kept })
  state.documents.sort((a, b) => a.record.key - b.record.key)
  if (file) stamp(state, collection.name, file, key)
  log(state, collection.name, write.id, 'put')
  return { ok: true, key, chunkKeys: kept.map((chunk) => chunk.key) }
}

function withoutVectors(write: DocumentWrite): DocumentWrite {
  return { ...write, chunks: write.chunks.map(({ error: _, ...chunk }) => ({ ...chunk, vector: null })) }
}

function fill(
  state: MemoryState,
  collection: Collection,
  { record, chunks }: MemoryDocument,
  vectors: readonly VectorWrite[],
): number {
  const writes = vectors.flatMap(({ key, ...write }) => {
    const chunk = chunks.find((other) => other.key === key)
    const waits = chunk && (!chunk.vector || chunk.space !== spaceOf(collection))
    return waits ? [{ chunk, write }] : []
  })
  for (const { chunk, write } of writes) {
    delete chunk.error
    Object.assign(chunk, { ...write, vector: write.vector?.slice() ?? null, space: spaceOf(collection) })
  }
  if (writes.length > 0) log(state, collection.name, record.id, 'put')
  return writes.filter(({ write }) => write.vector).length
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

function log(state: MemoryState, collection: string, documentId: string, kind: Change['kind']): void {
  state.changes.push({ sequence: state.changes.length + 1, collection, documentId, kind })
}
