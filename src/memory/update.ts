import type { Metadata } from '../core/documents.ts'
import type { SemdexError } from '../core/errors.ts'
import type { DocumentChange, RevisionWrite } from '../core/ports/record-store.ts'
import { type Side, sideModel } from '../core/sides.ts'
import { assertOwnMetadata, assertText } from './capture.ts'
import { assertKind, invalidField, memoryNotFound } from './errors.ts'
import { textDigest } from './normal-text.ts'
import type { MemoryDocument, MemoryParts } from './parts.ts'
import { type MemoryRecord, type Status, toMetadata, toRecord } from './record.ts'
import { onLatest } from './retry.ts'
import { assertActive, readRecord, releaseChanges, supersedeChanges } from './supersede.ts'

/** What is left out stays. */
export interface Changes {
  text?: string | undefined
  kind?: string | undefined
  status?: Exclude<Status, 'superseded'> | undefined
  confidence?: number | undefined
  source?: string | null | undefined
  /** All of them. */
  tags?: readonly string[] | undefined
  /** All that the caller has of its own. */
  metadata?: Metadata | undefined
  /** Ids of records that it takes the place of, beside those that it has superseded before. */
  supersedes?: readonly string[] | undefined
}

export interface UpdateOptions {
  /** The version that the record must have. */
  ifVersion?: number | undefined
  /** False: a new text is embedded later. */
  wait: boolean
  signal?: AbortSignal | undefined
}

export interface UpdateAnswer {
  record: MemoryRecord
  embedded: number
  reused: number
  pending: number
  degraded: SemdexError | null
}

/**
 * Changes a record and writes a revision. Nothing is cut or embedded anew unless its text changes, or its kind so that
 * another model reads it.
 * @throws {SemdexError} `MEMORY_NOT_FOUND`, `INVALID_INPUT`, `KIND_UNKNOWN`; `REVISION_CONFLICT` where it has another version
 * than `ifVersion`; as `supersedeChanges`; what the record store throws
 */
export async function update(
  id: string,
  changes: Changes,
  parts: MemoryParts,
  options: UpdateOptions,
): Promise<UpdateAnswer> {
  assertChanges(changes, parts)
  const once = () => updateOnce(id, changes, parts, options)
  return options.ifVersion === undefined ? onLatest(once) : once()
}

async function updateOnce(
  id: string,
  changes: Changes,
  parts: MemoryParts,
  options: UpdateOptions,
): Promise<UpdateAnswer> {
  const { storage, collection, now } = parts
  const document = await storage.records.document(collection.name, id)
  if (!document) throw memoryNotFound(id)
  const stored = toRecord(document)
  const next = changed(stored, changes)
  const also = await changesOfOthers(stored, next, changes.supersedes ?? [], parts)
  const revision = { change: 'updated', at: now(), note: { changed: namesOf(changes) } }
  const ifVersion = options.ifVersion ?? stored.version
  const metadata = toMetadata(next)
  const { title, format } = document
  const content = { id, text: next.text, title, format, metadata }
  const isOther = next.kind !== stored.kind && (await parts.sideOf(content)) !== document.side
  const counts =
    next.text !== stored.text || isOther
      ? await replace(content, next.status === 'active', { revision, ifVersion, also }, parts, options)
      : await revise(
          { id, metadata, active: next.status === 'active', revision, ifVersion },
          { also, side: document.side },
          parts,
        )
  return { ...counts, record: await readRecord(storage.records, collection.name, id) }
}

function assertChanges({ text, kind, metadata, ...others }: Changes, { kinds }: MemoryParts): void {
  if (text !== undefined) assertText(text)
  if (kind !== undefined) assertKind(kind, kinds)
  if (metadata !== undefined) assertOwnMetadata(metadata)
  if ([text, kind, metadata, ...Object.values(others)].some((value) => value !== undefined)) return
  throw invalidField('id', 'Nothing is to be changed: give a text, a kind, a status or another field.')
}

function namesOf(changes: Changes): string[] {
  return Object.entries(changes).flatMap(([name, value]) => (value === undefined ? [] : [name]))
}

function changed(stored: MemoryRecord, changes: Changes): MemoryRecord {
  const { text, kind, status = stored.status, confidence, source, tags, metadata, supersedes = [] } = changes
  return {
    ...stored,
    text: text ?? stored.text,
    kind: kind ?? stored.kind,
    status,
    confidence: confidence ?? stored.confidence,
    source: source === undefined ? stored.source : source,
    tags: tags ? [...new Set(tags)] : stored.tags,
    metadata: metadata ?? stored.metadata,
    supersedes: [...new Set([...stored.supersedes, ...supersedes])],
    supersededBy: status === 'superseded' ? stored.supersededBy : null,
  }
}

async function changesOfOthers(
  stored: MemoryRecord,
  next: MemoryRecord,
  targets: readonly string[],
  parts: MemoryParts,
): Promise<DocumentChange[]> {
  const superseded = await supersedeChanges({ id: next.id, stored: next }, targets, parts)
  if (targets.length > 0) assertActive(next)
  const isReleased = stored.status === 'superseded' && next.status !== 'superseded'
  const released = isReleased ? await releaseChanges(stored, parts) : []
  return [...superseded, ...released.filter(({ id }) => !superseded.some((other) => other.id === id))]
}

type Counts = Omit<UpdateAnswer, 'record'>

async function revise(
  own: DocumentChange,
  { also, side }: { also: readonly DocumentChange[]; side: Side },
  parts: MemoryParts,
): Promise<Counts> {
  await parts.storage.records.reviseDocuments(parts.collection.name, [own, ...also])
  return { embedded: 0, reused: 0, pending: own.active ? await countWaiting(own.id, side, parts) : 0, degraded: null }
}

/** Passages without a vector: what was laid aside before it was embedded waits again once it is active. */
async function countWaiting(id: string, side: Side, { storage, collection }: MemoryParts): Promise<number> {
  const chunks = await storage.records.chunksOfDocument(collection.name, id)
  const keys = chunks.filter(({ error }) => error === null).map(({ key }) => key)
  const vectors = await storage.records.vectors(keys, sideModel(collection, side).fingerprint)
  return keys.filter((key) => !vectors.has(key)).length
}

async function replace(
  content: MemoryDocument,
  active: boolean,
  write: { revision: RevisionWrite; ifVersion: number; also: DocumentChange[] },
  parts: MemoryParts,
  { wait, signal }: UpdateOptions,
): Promise<Counts> {
  const vectors = wait && active ? 'all' : 'stored'
  const prepared = await parts.prepare(content, { vectors, signal })
  const document = { ...prepared.write, contentHash: textDigest(content.text), active, ...write }
  const [result] = await parts.storage.records.putDocuments(parts.collection.name, [document])
  if (result?.ok === false) throw result.error
  const pending = active ? prepared.write.chunks.filter(({ vector, error }) => vector === null && !error).length : 0
  return { embedded: prepared.embedded, reused: prepared.reused, degraded: prepared.degraded, pending }
}
