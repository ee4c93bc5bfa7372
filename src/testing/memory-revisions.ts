import type { DocumentRecord } from '../core/documents.ts'
import type { DocumentChange, RevisionWrite } from '../core/ports/record-store.ts'
import { fail, find, log, type MemoryState } from './memory-state.ts'

/** Runs `work`, and undoes all of it where it throws. */
export function transact<T>(state: MemoryState, work: () => T): T {
  const { documents, files, changes, revisions } = state
  const before = {
    documents: documents.map(({ record, chunks }) => ({
      record: structuredClone(record),
      chunks: chunks.map((chunk) => ({ ...chunk, vectors: new Map(chunk.vectors), tries: new Map(chunk.tries) })),
    })),
    files: files.map((file) => ({ ...file })),
    changes: [...changes],
    revisions: structuredClone(revisions),
  }
  try {
    return work()
  } catch (thrown) {
    Object.assign(state, before)
    throw thrown
  }
}

export function revise(state: MemoryState, collection: string, change: DocumentChange): void {
  const { id, metadata, active, revision, ifVersion } = change
  const document = find(state, collection, id)
  if (!document) throw fail('DOCUMENT_NOT_FOUND')
  const { record, chunks } = document
  if (ifVersion !== undefined && ifVersion !== record.version) throw fail('REVISION_CONFLICT')
  if (metadata) record.metadata = structuredClone(metadata)
  if (active !== undefined) record.active = active
  if (active === false) {
    for (const { tries } of chunks) for (const [space, { failed }] of tries) if (!failed) tries.delete(space)
  }
  record.updatedAt = Date.now()
  if (revision) writeRevision(state, record, revision)
  log(state, collection, id, 'put')
}

export function writeRevision(state: MemoryState, record: DocumentRecord, revision: RevisionWrite): void {
  const { collection, id, title, text, metadata } = record
  append(state, collection, id, revision, { title, text, metadata })
  record.version = lastVersion(state, collection, id)
}

export function lastVersion(state: MemoryState, collection: string, id: string): number {
  return Math.max(0, ...revisionsOf(state, collection, id).map(({ version }) => version))
}

export function endRevisions(state: MemoryState, collection: string, id: string, revision?: RevisionWrite): void {
  const own = revisionsOf(state, collection, id)
  if (!revision) {
    state.revisions = state.revisions.filter((each) => !own.includes(each))
    return
  }
  const nothing = { title: null, text: null, metadata: null }
  for (const each of own) Object.assign(each, { ...nothing, note: {} })
  append(state, collection, id, revision, nothing)
}

export function moveRevisions(state: MemoryState, collection: string, from: string, to: string): void {
  if (from === to) return
  endRevisions(state, collection, to)
  for (const each of revisionsOf(state, collection, from)) each.document = to
}

function append(
  state: MemoryState,
  collection: string,
  document: string,
  { change, at, note = {} }: RevisionWrite,
  content: Pick<MemoryState['revisions'][number], 'title' | 'text' | 'metadata'>,
): void {
  const version = lastVersion(state, collection, document) + 1
  const times = revisionsOf(state, collection, document).map((each) => each.at)
  const revision = { collection, document, version, change, at: Math.max(at, ...times), note, ...content }
  state.revisions.push(structuredClone(revision))
}

function revisionsOf(state: MemoryState, collection: string, id: string) {
  return state.revisions.filter((each) => each.collection === collection && each.document === id)
}
