import type { ChunkRecord, DocumentRecord } from '../core/documents.ts'
import { SemdexError, throwIfAborted, toSemdexError } from '../core/errors.ts'
import { type FilterNode, matches } from '../core/filter.ts'
import type {
  Change,
  ChunkWrite,
  Collection,
  DocumentWrite,
  FileStamp,
  FileUpdate,
  PutResult,
  RecordStore,
} from '../core/ports/record-store.ts'
import { assertVector } from '../core/vectors.ts'

export interface MemoryState {
  closed: boolean
  lastKey: number
  collections: Collection[]
  documents: MemoryDocument[]
  files: MemoryFile[]
  changes: Change[]
}

export interface MemoryDocument {
  record: DocumentRecord
  chunks: MemoryChunk[]
}

export interface MemoryChunk extends ChunkWrite {
  key: number
  /** The space of its vector. */
  space: string
}

interface MemoryFile extends FileUpdate {
  collection: string
  document: number | null
}

export function createState(): MemoryState {
  return { closed: false, lastKey: 0, collections: [], documents: [], files: [], changes: [] }
}

export function spaceOf({ fingerprint, dimensions }: Pick<Collection, 'fingerprint' | 'dimensions'>): string {
  return `${dimensions} ${fingerprint}`
}

export function memoryRecords(state: MemoryState): RecordStore {
  return {
    capabilities: { durable: false, concurrentProcesses: false },
    async createCollection(given) {
      assertOpen(state)
      if (state.collections.some(({ name }) => name === given.name)) throw fail('COLLECTION_EXISTS')
      const collection = { roots: [], ...given, key: ++state.lastKey, createdAt: Date.now(), lastRunAt: null }
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
    async putDocuments(collection, documents, { signal } = {}) {
      assertOpen(state)
      throwIfAborted(signal)
      const target = need(state, collection)
      return documents.map((document) => put(state, target, document))
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

function memoryReads(state: MemoryState) {
  return {
    async document(collection, id) {
      need(state, collection)
      return structuredClone(find(state, collection, id)?.record ?? null)
    },
    async documents(collection, { after = 0, limit, filter }) {
      const found = select(state, collection, filter).filter(({ record }) => record.key > after)
      return structuredClone(found.map(({ record }) => record).slice(0, limit))
    },
    async countDocuments(collection, filter) {
      return select(state, collection, filter).length
    },
    async documentByPath(path) {
      assertOpen(state)
      const found = state.documents.filter(({ record }) => record.path === path)
      return structuredClone(found.map(({ record }) => record).sort((a, b) => a.key - b.key)[0] ?? null)
    },
    async chunks(keys) {
      assertOpen(state)
      const all = state.documents.flatMap(chunkRecords)
      return keys.flatMap((key) => structuredClone(all.filter((chunk) => chunk.key === key)))
    },
    async chunksOfDocument(collection, id) {
      need(state, collection)
      const document = find(state, collection, id)
      return document ? structuredClone(chunkRecords(document)) : []
    },
    async vectors(keys, fingerprint) {
      assertOpen(state)
      const chunks = state.documents.flatMap(({ chunks }) => chunks)
      return vectorMap(chunks, fingerprint, ({ key }) => (keys.includes(key) ? key : null))
    },
    async vectorsByHash(collection, fingerprint, hashes) {
      need(state, collection)
      const chunks = documentsOf(state, collection).flatMap(({ chunks }) => chunks)
      return vectorMap(chunks, fingerprint, ({ embeddingHash: hash }) => (hashes.includes(hash) ? hash : null))
    },
    async files(collection, root) {
      const target = need(state, collection)
      const below = root.endsWith('/') ? root : `${root}/`
      return state.files
        .filter((file) => file.collection === collection && (file.path === root || file.path.startsWith(below)))
        .sort((a, b) => (a.path < b.path ? -1 : 1))
        .map(({ collection: _, document: key, error, ...file }) => {
          const document = state.documents.find(({ record }) => record.key === key)
          return {
            ...file,
            documentId: document?.record.id ?? null,
            contentHash: document?.record.contentHash ?? null,
            chunkingFingerprint: document?.record.chunkingFingerprint ?? null,
            pending: document ? count(document, target).pending : 0,
            error: error ? { code: error.code, message: error.message } : null,
          }
        })
    },
    async changes(after, limit) {
      assertOpen(state)
      return structuredClone(state.changes.filter(({ sequence }) => sequence > after).slice(0, limit))
    },
    async counts() {
      assertOpen(state)
      return state.collections
        .map((collection) => {
          const documents = documentsOf(state, collection.name)
          const counts = documents.map((document) => count(document, collection))
          const sum = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0)
          const failedFiles = state.files.filter((file) => file.collection === collection.name && file.error)
          return {
            collection: collection.name,
            documents: documents.length,
            chunks: sum(documents.map(({ chunks }) => chunks.length)),
            vectors: sum(counts.map(({ vectors }) => vectors)),
            pending: counts.filter(({ pending }) => pending > 0).length,
            failed: counts.filter(({ failed }) => failed > 0).length + failedFiles.length,
          }
        })
        .sort((a, b) => (a.collection < b.collection ? -1 : 1))
    },
  } satisfies Partial<RecordStore>
}

function put(state: MemoryState, collection: Collection, write: DocumentWrite): PutResult {
  try {
    for (const { vector } of write.chunks) if (vector) assertVector(vector, collection.dimensions)
  } catch (thrown) {
    return { ok: false, error: toSemdexError(thrown) }
  }
  const existing = find(state, collection.name, write.id)
  const { chunks, file, ...document } = structuredClone({ ...write, chunks: [] })
  const key = existing?.record.key ?? ++state.lastKey
  const record: DocumentRecord = {
    ...document,
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

function count({ chunks }: MemoryDocument, collection: Collection) {
  const missing = chunks.filter(({ vector, space }) => !vector || space !== spaceOf(collection))
  const failed = missing.filter(({ error }) => error).length
  return { vectors: chunks.length - missing.length, failed, pending: missing.length - failed }
}

function chunkRecords({ record, chunks }: MemoryDocument): ChunkRecord[] {
  const { key: documentKey, id: documentId, collection, path, title, format, metadata, text } = record
  return chunks.map(({ key, place }) => ({
    ...{ key, documentKey, documentId, collection, path, title, format, metadata, place },
    text: text.slice(place.start, place.end),
  }))
}

function vectorMap<K>(chunks: MemoryChunk[], fingerprint: string, keyOf: (chunk: MemoryChunk) => K | null) {
  const found = new Map<K, Float32Array>()
  for (const chunk of chunks) {
    const key = keyOf(chunk)
    const known = chunk.vector && chunk.space === spaceOf({ fingerprint, dimensions: chunk.vector.length })
    if (key !== null && known && !found.has(key)) found.set(key, chunk.vector?.slice() as Float32Array)
  }
  return found
}

export function documentsOf(state: MemoryState, collection: string, filter?: FilterNode): MemoryDocument[] {
  return state.documents.filter(
    ({ record }) => record.collection === collection && (!filter || matches(filter, record)),
  )
}

function select(state: MemoryState, collection: string, filter?: FilterNode): MemoryDocument[] {
  need(state, collection)
  return documentsOf(state, collection, filter)
}

function find(state: MemoryState, collection: string, id: string): MemoryDocument | undefined {
  return documentsOf(state, collection).find(({ record }) => record.id === id)
}

function need(state: MemoryState, name: string): Collection {
  assertOpen(state)
  const collection = state.collections.find((other) => other.name === name)
  if (!collection) throw fail('COLLECTION_NOT_FOUND')
  return collection
}

function assertOpen({ closed }: MemoryState): void {
  if (closed) throw fail('STORE_CLOSED')
}

function fail(code: SemdexError['code']): SemdexError {
  return new SemdexError(code, { message: `The naive store says ${code}.` })
}
