import type { ChunkRecord } from '../core/documents.ts'
import type { FilterNode } from '../core/filter.ts'
import type { Collection, DocumentListing, RecordStore } from '../core/ports/record-store.ts'
import { count } from './memory-spaces.ts'
import {
  assertOpen,
  documentsOf,
  find,
  type MemoryChunk,
  type MemoryDocument,
  type MemoryState,
  need,
  spaceOf,
} from './memory-state.ts'

/** The half of the naive record store that changes nothing. */
export function memoryReads(state: MemoryState) {
  return {
    async document(collection, id) {
      need(state, collection)
      return structuredClone(find(state, collection, id)?.record ?? null)
    },
    async documents(collection, { after = 0, limit, filter }) {
      const found = select(state, collection, filter).filter(({ record }) => record.key > after)
      return structuredClone(found.map(({ record }) => record).slice(0, limit))
    },
    async listDocuments(collection, { after = 0, limit, filter }) {
      const target = need(state, collection)
      const found = select(state, collection, filter).filter(({ record }) => record.key > after)
      return structuredClone(found.slice(0, limit).map((document) => listing(document, target)))
    },
    async countDocuments(collection, filter) {
      return select(state, collection, filter).length
    },
    async documentByPath(path) {
      assertOpen(state)
      const found = state.documents.filter(({ record }) => record.path === path)
      return structuredClone(found.map(({ record }) => record).sort((a, b) => a.key - b.key)[0] ?? null)
    },
    async documentsByContent(collection, contentHash) {
      const target = need(state, collection)
      const found = select(state, collection, undefined).filter(
        ({ record }) => record.path === null && record.contentHash === contentHash,
      )
      return structuredClone(found.map((document) => listing(document, target)))
    },
    async revisions(collection, id) {
      need(state, collection)
      const own = state.revisions.filter((each) => each.collection === collection && each.document === id)
      return structuredClone(own.map(({ collection: _, document: __, ...revision }) => revision))
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
            side: document?.record.side ?? null,
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
          const active = documents.filter(({ record }) => record.active)
          const counts = active.map((document) => count(document, collection))
          const sum = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0)
          const failedFiles = state.files.filter((file) => file.collection === collection.name && file.error)
          return {
            collection: collection.name,
            documents: documents.length,
            inactive: documents.filter(({ record }) => !record.active).length,
            chunks: sum(active.map(({ chunks }) => chunks.length)),
            vectors: sum(counts.map(({ vectors }) => vectors)),
            pending: counts.filter(({ pending }) => pending > 0).length,
            failed: counts.filter(({ failed }) => failed > 0).length + failedFiles.length,
          }
        })
        .sort((a, b) => (a.collection < b.collection ? -1 : 1))
    },
  } satisfies Partial<RecordStore>
}

function listing(document: MemoryDocument, target: Collection): DocumentListing {
  const { text: _, ...record } = document.record
  const { failed, pending } = count(document, target)
  return { ...record, chunks: document.chunks.length, pending, failed }
}

export function chunkRecords({ record, chunks }: MemoryDocument): ChunkRecord[] {
  const { key: documentKey, id: documentId, collection, path, title, format, side, metadata, text } = record
  return chunks.map(({ key, place, error }) => ({
    ...{ key, documentKey, documentId, collection, path, title, format, side, metadata, place },
    text: text.slice(place.start, place.end),
    error: error?.toJSON() ?? null,
  }))
}

function vectorMap<K>(chunks: MemoryChunk[], fingerprint: string, keyOf: (chunk: MemoryChunk) => K | null) {
  const found = new Map<K, Float32Array>()
  for (const chunk of chunks) {
    const key = keyOf(chunk)
    const known = [...chunk.vectors].find(
      ([space, { length }]) => space === spaceOf({ fingerprint, dimensions: length }),
    )
    if (key !== null && known && !found.has(key)) found.set(key, known[1].slice())
  }
  return found
}

function select(state: MemoryState, collection: string, filter?: FilterNode): MemoryDocument[] {
  need(state, collection)
  return documentsOf(state, collection, filter)
}
