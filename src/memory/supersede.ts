import { SemdexError } from '../core/errors.ts'
import type { DocumentChange, RecordStore } from '../core/ports/record-store.ts'
import { invalidField, memoryNotFound } from './errors.ts'
import type { MemoryParts } from './parts.ts'
import { type MemoryRecord, toMetadata, toRecord } from './record.ts'

type Place = Pick<MemoryParts, 'storage' | 'collection' | 'now'>

/** What takes the place of others: a record, or one that is about to be. */
export interface Superseder {
  id: string
  /** As it is stored now; null where it is new. */
  stored: MemoryRecord | null
}

/**
 * The changes of records whose place another takes, to be written with it or not at all. What it superseded before is left.
 * @throws {SemdexError} `MEMORY_NOT_FOUND`; `SUPERSEDE_CYCLE` where it was itself superseded by one of them, directly or
 * through others; `REVISION_CONFLICT` where another has taken the place already; `INVALID_INPUT` where it is not active
 */
export async function supersedeChanges(
  by: Superseder,
  targets: readonly string[],
  { storage, collection, now }: Place,
): Promise<DocumentChange[]> {
  const { records } = storage
  const changes: DocumentChange[] = []
  if (targets.includes(by.id)) throw cycle([by.id], by.id)
  for (const id of new Set(targets)) {
    const target = await readRecord(records, collection.name, id)
    await assertNoCycle(by, id, records, collection.name)
    if (target.supersededBy === by.id && target.status === 'superseded') continue
    if (target.status === 'superseded') throw taken(target)
    const supersedes = target.supersedes.filter((other) => other !== by.id)
    const metadata = toMetadata({ ...target, status: 'superseded', supersedes, supersededBy: by.id })
    const revision = { change: 'superseded', at: now(), note: { by: by.id } }
    changes.push({ id, metadata, active: false, revision, ifVersion: target.version })
  }
  return changes
}

/** Where a record is revived, the one that had taken its place names it no longer. */
export async function releaseChanges(
  { id, supersededBy }: MemoryRecord,
  { storage, collection, now }: Place,
): Promise<DocumentChange[]> {
  const document = supersededBy === null ? null : await storage.records.document(collection.name, supersededBy)
  const by = document && toRecord(document)
  if (!by?.supersedes.includes(id)) return []
  const metadata = toMetadata({ ...by, supersedes: by.supersedes.filter((other) => other !== id) })
  return [
    { id: by.id, metadata, revision: { change: 'released', at: now(), note: { record: id } }, ifVersion: by.version },
  ]
}

/** @throws {SemdexError} `MEMORY_NOT_FOUND` */
export async function readRecord(records: RecordStore, collection: string, id: string): Promise<MemoryRecord> {
  const document = await records.document(collection, id)
  if (!document) throw memoryNotFound(id)
  return toRecord(document)
}

/** Follows who took whose place, from the one that is to take the target's. */
async function assertNoCycle(by: Superseder, target: string, records: RecordStore, collection: string): Promise<void> {
  const path = [by.id]
  for (let id = successor(by.stored); id !== null && !path.includes(id); ) {
    path.push(id)
    if (id === target) throw cycle(path, target)
    const document = await records.document(collection, id)
    id = successor(document && toRecord(document))
  }
}

function successor(record: MemoryRecord | null): string | null {
  return record?.status === 'superseded' ? record.supersededBy : null
}

function cycle(path: readonly string[], target: string): SemdexError {
  const [first, ...others] = path
  const isItself = others.length === 0
  const way = isItself
    ? 'a record cannot take its own place'
    : `${first} was superseded by ${others.join(', which was superseded by ')}`
  return new SemdexError('SUPERSEDE_CYCLE', {
    message: `${first} cannot supersede ${target}: ${way}.`,
    fix: isItself ? 'Name another record' : `Make ${first} active again first, where it is right after all`,
    details: { id: first, supersedes: target, path: [...path], field: 'supersedes' },
  })
}

function taken({ id, supersededBy }: MemoryRecord): SemdexError {
  return new SemdexError('REVISION_CONFLICT', {
    message: `${id} was superseded by ${supersededBy ?? 'another record'} already.`,
    fix: `Supersede ${supersededBy ?? 'that one'} instead`,
    details: { id, supersededBy },
  })
}

/** @throws {SemdexError} `INVALID_INPUT` */
export function assertActive({ id, status }: Pick<MemoryRecord, 'id' | 'status'>): void {
  if (status === 'active') return
  throw invalidField('supersedes', `${id} is ${status}: only an active record supersedes others.`)
}
