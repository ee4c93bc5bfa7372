import type { DocumentRecord } from '../core/documents.ts'
import { SemdexError } from '../core/errors.ts'
import { type FilterNode, matches } from '../core/filter.ts'
import type { Job } from '../core/ports/job-store.ts'
import type { KeyRecord } from '../core/ports/key-store.ts'
import type { ModelMigration } from '../core/ports/migration-store.ts'
import type { Change, ChunkWrite, Collection, FileUpdate, Revision } from '../core/ports/record-store.ts'
import type { SideModel } from '../core/sides.ts'

export interface MemoryState {
  closed: boolean
  lastKey: number
  collections: Collection[]
  documents: MemoryDocument[]
  files: MemoryFile[]
  changes: Change[]
  jobs: MemoryJob[]
  keys: KeyRecord[]
  revisions: MemoryRevision[]
  migrations: ModelMigration[]
}

export interface MemoryJob extends Job {
  beatAt: number
}

export interface MemoryDocument {
  record: DocumentRecord
  chunks: MemoryChunk[]
}

export interface MemoryChunk extends Pick<ChunkWrite, 'place' | 'embeddingHash' | 'error'> {
  key: number
  /** By space. */
  vectors: Map<string, Float32Array>
  /** Tries in vain, and reasons why an index that does not serve lacks the vector, by space. */
  tries: Map<string, MemoryTries>
}

export interface MemoryTries {
  tries: number
  triedAt: number
  nextAt: number
  failed: boolean
  error: SemdexError
}

export interface MemoryRevision extends Revision {
  collection: string
  document: string
}

export interface MemoryFile extends FileUpdate {
  collection: string
  document: number | null
}

export function createState(): MemoryState {
  const lists = {
    collections: [],
    documents: [],
    files: [],
    changes: [],
    jobs: [],
    keys: [],
    revisions: [],
    migrations: [],
  }
  return { closed: false, lastKey: 0, ...lists }
}

export function spaceOf({ fingerprint, dimensions }: Pick<SideModel, 'fingerprint' | 'dimensions'>): string {
  return `${dimensions} ${fingerprint}`
}

export function documentsOf(state: MemoryState, collection: string, filter?: FilterNode): MemoryDocument[] {
  return state.documents.filter(
    ({ record }) => record.collection === collection && (!filter || matches(filter, record)),
  )
}

export function find(state: MemoryState, collection: string, id: string): MemoryDocument | undefined {
  return documentsOf(state, collection).find(({ record }) => record.id === id)
}

export function need(state: MemoryState, name: string): Collection {
  assertOpen(state)
  const collection = state.collections.find((other) => other.name === name)
  if (!collection) throw fail('COLLECTION_NOT_FOUND')
  return collection
}

export function log(state: MemoryState, collection: string, documentId: string, kind: Change['kind']): void {
  state.changes.push({ sequence: state.changes.length + 1, collection, documentId, kind })
}

export function assertOpen({ closed }: MemoryState): void {
  if (closed) throw fail('STORE_CLOSED')
}

export function fail(code: SemdexError['code']): SemdexError {
  return new SemdexError(code, { message: `The naive store says ${code}.` })
}
