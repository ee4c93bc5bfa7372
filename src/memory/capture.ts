import { randomUUID } from 'node:crypto'
import type { Metadata } from '../core/documents.ts'
import { SemdexError, throwIfAborted } from '../core/errors.ts'
import type { DocumentWrite } from '../core/ports/record-store.ts'
import { type Duplicate, nearDuplicates, sameText } from './duplicates.ts'
import { assertKind, idTaken, invalidField } from './errors.ts'
import { inTurn } from './in-turn.ts'
import { mergeInto } from './merge.ts'
import { textDigest } from './normal-text.ts'
import type { MemoryParts, Prepared } from './parts.ts'
import { type MemoryFields, type MemoryRecord, reservedKey, toMetadata } from './record.ts'
import { onLatest } from './retry.ts'
import { readRecord, supersedeChanges } from './supersede.ts'

export interface CaptureRequest {
  /** Made where it is missing. */
  id?: string | undefined
  text: string
  kind: string
  confidence: number
  source: string | null
  tags: readonly string[]
  metadata: Metadata
  /** Milliseconds since 1970; now where it is missing. */
  capturedAt?: number | undefined
  /** Ids of records that it takes the place of. */
  supersedes: readonly string[]
  /** Joins it with its nearest duplicate, if it has one, instead of keeping both. */
  merge: boolean
  /** False: answers once the record is durable; its vectors come later. */
  wait: boolean
}

export interface CaptureAnswer {
  /** As it is stored; where it was merged, that with which it was. */
  record: MemoryRecord
  merged: boolean
  duplicates: Duplicate[]
  /** `text`: duplicates were looked for by their text alone, since there was no vector. */
  compared: 'meaning' | 'text'
  /** Texts that the model read. */
  embedded: number
  reused: number
  /** Chunks that wait for their vectors. */
  pending: number
  degraded: SemdexError | null
}

/**
 * Stores a record with its first revision, once it was looked whether memory has it already. Captures of the same text see
 * each other, also those of another process.
 * @throws {SemdexError} `INVALID_INPUT`, `KIND_UNKNOWN`, `DOCUMENT_EXISTS` for an id that is taken; as `supersedeChanges`;
 * what the record store throws
 */
export async function capture(
  request: CaptureRequest,
  parts: MemoryParts,
  signal?: AbortSignal,
): Promise<CaptureAnswer> {
  assertCapture(request, parts)
  const id = request.id ?? randomUUID()
  // In one process the second of two finds the vector of the first; one of another process is seen when it is written.
  return inTurn(parts.storage.records, `${parts.collection.name} ${textDigest(request.text)}`, async () => {
    throwIfAborted(signal)
    const prepared: Prepared[] = []
    const once = async () => {
      if (prepared.length === 0) prepared.push(await prepare(id, request, parts, signal))
      return prepared[0] as Prepared
    }
    const answer = await onLatest(() => compareAndWrite(id, request, parts, once))
    const [{ embedded, reused } = NOTHING_EMBEDDED] = prepared
    return { ...answer, embedded, reused }
  })
}

async function compareAndWrite(
  id: string,
  request: CaptureRequest,
  parts: MemoryParts,
  prepare: () => Promise<Prepared>,
): Promise<Omit<CaptureAnswer, keyof typeof NOTHING_EMBEDDED>> {
  const comparison = { kind: request.kind, except: [id, ...request.supersedes] }
  const { duplicates: exact, last } = await sameText(request.text, comparison, parts)
  const same = await mergeIfAsked(request, exact, parts)
  if (same) return { record: same, merged: true, duplicates: exact, compared: 'text', pending: 0, degraded: null }
  const prepared = await prepare()
  const near = exact.length > 0 ? [] : await nearDuplicates(prepared.write, comparison, parts)
  const compared: CaptureAnswer['compared'] = near === null || exact.length > 0 ? 'text' : 'meaning'
  const outcome = { duplicates: [...exact, ...(near ?? [])], compared, degraded: prepared.degraded }
  const alike = await mergeIfAsked(request, near ?? [], parts)
  if (alike) return { ...outcome, record: alike, merged: true, pending: 0 }
  const record = await write(id, request, { ...prepared.write, ifLastAlike: last }, parts)
  const pending = prepared.write.chunks.filter(({ vector, error }) => vector === null && !error).length
  return { ...outcome, record, merged: false, pending }
}

const NOTHING_EMBEDDED = { embedded: 0, reused: 0 }

function assertCapture({ text, kind, metadata, merge, supersedes }: CaptureRequest, { kinds }: MemoryParts): void {
  assertText(text)
  assertKind(kind, kinds)
  assertOwnMetadata(metadata)
  if (!merge || supersedes.length === 0) return
  throw invalidField('merge', 'A record that takes the place of others is not merged: leave out merge or supersedes.')
}

/** @throws {SemdexError} `INVALID_INPUT` */
export function assertText(text: string): void {
  if (text.trim() === '') throw invalidField('text', 'A memory record has a text; this one is empty.')
}

/** @throws {SemdexError} `INVALID_INPUT` where the caller's metadata has a key that is a field of the record */
export function assertOwnMetadata(metadata: Metadata): void {
  const key = reservedKey(metadata)
  if (key === null) return
  throw invalidField(`metadata.${key}`, `metadata.${key} is a field of the record: give it as ${key}.`)
}

/** Null where nothing is to be merged, or what it was to be merged with is gone. */
async function mergeIfAsked(request: CaptureRequest, [nearest]: readonly Duplicate[], parts: MemoryParts) {
  return request.merge && nearest ? mergeInto(nearest.id, request, parts) : null
}

async function prepare(
  id: string,
  request: CaptureRequest,
  parts: MemoryParts,
  signal?: AbortSignal,
): Promise<Prepared> {
  const vectors = request.wait ? 'all' : 'stored'
  const metadata = toMetadata(fieldsOf(request, parts.now()))
  return parts.prepare({ id, text: request.text, metadata }, { vectors, signal })
}

function fieldsOf(
  { kind, confidence, source, tags, capturedAt, supersedes, metadata }: CaptureRequest,
  now: number,
): MemoryFields {
  return {
    kind,
    status: 'active',
    confidence,
    source,
    tags: [...new Set(tags)],
    capturedAt: capturedAt ?? now,
    supersedes: [...new Set(supersedes)],
    supersededBy: null,
    metadata,
  }
}

/** The record and what it takes the place of, in one transaction. */
async function write(
  id: string,
  { text, supersedes }: CaptureRequest,
  write: DocumentWrite,
  parts: MemoryParts,
): Promise<MemoryRecord> {
  const { storage, collection, now } = parts
  const also = await supersedeChanges({ id, stored: null }, supersedes, parts)
  const revision = { change: 'captured', at: now(), note: {} }
  const document = { ...write, contentHash: textDigest(text), revision, also }
  const [result] = await storage.records.putDocuments(collection.name, [document], { ifExists: 'fail' })
  if (result?.ok === false && result.error.code === 'DOCUMENT_EXISTS') throw idTaken(id, result.error)
  if (!result?.ok) throw result?.error ?? new SemdexError('INTERNAL', { message: 'The store gave no answer.' })
  return readRecord(storage.records, collection.name, id)
}
