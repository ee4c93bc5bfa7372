import type { DocumentRecord, Metadata, MetadataValue } from '../core/documents.ts'

/** Only what is active is recalled. */
export const STATUSES = ['active', 'superseded', 'archived'] as const
export type Status = (typeof STATUSES)[number]

/** What a record is beside its text. */
export interface MemoryFields {
  /** What it says something about: `decision`, `lesson`. */
  kind: string
  status: Status
  /** 0 to 1. */
  confidence: number
  /** Where it comes from: a person, a file, a conversation. */
  source: string | null
  tags: string[]
  /** Milliseconds since 1970; recency counts from here. */
  capturedAt: number
  /** Ids of the records that it took the place of. */
  supersedes: string[]
  /** Id of the record that took its place. */
  supersededBy: string | null
  /** What the caller has of its own. */
  metadata: Metadata
}

/** A record of memory: a document of a collection, its fields in the document's metadata. */
export interface MemoryRecord extends MemoryFields {
  id: string
  collection: string
  text: string
  /** Of its last revision; 0 of a document that was not captured. */
  version: number
  /** Milliseconds since 1970. */
  updatedAt: number
}

export const DEFAULT_KIND = 'note'
/** Of what is told without one: it neither lifts a record nor holds it down. */
export const DEFAULT_CONFIDENCE = 0.5

/** Metadata that is a record's own field, by the names that filters test. */
const RESERVED = ['kind', 'status', 'confidence', 'source', 'tags', 'capturedAt', 'supersedes', 'supersededBy'] as const

/** The first key of a caller's metadata that would be a field; null where there is none. */
export function reservedKey(metadata: Metadata): string | null {
  return RESERVED.find((key) => Object.hasOwn(metadata, key)) ?? null
}

/** What is empty is left out, so that a filter can ask whether it exists. */
export function toMetadata(fields: MemoryFields): Metadata {
  const { metadata, kind, status, confidence, capturedAt, source, tags, supersedes, supersededBy } = fields
  return {
    ...metadata,
    ...{ kind, status, confidence, capturedAt },
    ...(source !== null && { source }),
    ...(tags.length > 0 && { tags }),
    ...(supersedes.length > 0 && { supersedes }),
    ...(supersededBy !== null && { supersededBy }),
  }
}

/** Any document of the collection as a record: a field that it lacks, or has of another type, has its initial value. */
export function toRecord(document: Omit<DocumentRecord, 'key'>): MemoryRecord {
  const { id, collection, text, version, updatedAt, createdAt, active } = document
  const fields = toFields(document.metadata, createdAt)
  const status = active === (fields.status === 'active') ? fields.status : active ? 'active' : 'archived'
  return { id, collection, text, version, updatedAt, ...fields, status }
}

/** @param createdAt stands for the time of capture where there is none */
export function toFields(stored: Metadata, createdAt: number): MemoryFields {
  const { kind, status, confidence, source, tags, capturedAt, supersedes, supersededBy } = stored
  const own = Object.entries(stored).filter(([key]) => !(RESERVED as readonly string[]).includes(key))
  return {
    kind: isText(kind) ? kind : DEFAULT_KIND,
    status: STATUSES.find((known) => known === status) ?? 'active',
    confidence: isShare(confidence) ? confidence : DEFAULT_CONFIDENCE,
    source: isText(source) ? source : null,
    tags: texts(tags),
    capturedAt: typeof capturedAt === 'number' ? capturedAt : createdAt,
    supersedes: texts(supersedes),
    supersededBy: isText(supersededBy) ? supersededBy : null,
    metadata: Object.fromEntries(own),
  }
}

function isText(value: MetadataValue | undefined): value is string {
  return typeof value === 'string' && value !== ''
}

function isShare(value: MetadataValue | undefined): value is number {
  return typeof value === 'number' && value >= 0 && value <= 1
}

function texts(value: MetadataValue | undefined): string[] {
  return Array.isArray(value) ? value.filter(isText) : []
}
