import type { DocumentRecord, Metadata, MetadataValue } from '../../core/documents.ts'
import { SemdexError } from '../../core/errors.ts'
import type { Side } from '../../core/sides.ts'

/** An artifact as its maker gives it. */
export interface NewArtifact {
  id: string
  kind: string
  title: string
  description: string
  tags: readonly string[]
  /** The text of the template, pattern or document itself. */
  body: string
  /** Whatever belongs to it and is not searched: parameters, a rendered form. */
  payload: Metadata
  /** What filters are to find. */
  metadata: Metadata
}

/** A stored artifact: a document of a collection. */
export interface Artifact extends NewArtifact {
  collection: string
  tags: string[]
  /** Which of the collection's models reads it. */
  side: Side
  /** 1 after it was put for the first time. */
  version: number
  /** Milliseconds since 1970. */
  createdAt: number
  updatedAt: number
}

/** Metadata that is an artifact's own field. `bodyAt`: where in the document's text the body begins. */
const RESERVED = ['kind', 'description', 'tags', 'payload', 'bodyAt'] as const

export function toMetadata(
  { kind, description, tags, payload, metadata }: NewArtifact,
  { bodyAt }: { bodyAt: number },
): Metadata {
  return {
    ...metadata,
    kind,
    bodyAt,
    ...(description !== '' && { description }),
    ...(tags.length > 0 && { tags: [...new Set(tags)] }),
    ...(Object.keys(payload).length > 0 && { payload }),
  }
}

/** Null for a document that was not put as an artifact. */
export function toArtifact(document: DocumentRecord): Artifact | null {
  const { id, collection, side, version, createdAt, updatedAt } = document
  const fields = toFields(document)
  return fields && { id, collection, side, version, createdAt, updatedAt, ...fields }
}

/** What an artifact is beside its id. */
export interface ArtifactFields extends Omit<NewArtifact, 'id'> {
  tags: string[]
}

/** Of a document or of one of its revisions; null where it was not put as an artifact. */
export function toFields(stored: Pick<DocumentRecord, 'title' | 'text' | 'metadata'>): ArtifactFields | null {
  const { kind, description, tags, payload, bodyAt } = stored.metadata
  if (typeof kind !== 'string' || typeof bodyAt !== 'number') return null
  const own = Object.entries(stored.metadata).filter(([key]) => !(RESERVED as readonly string[]).includes(key))
  return {
    kind,
    title: stored.title ?? '',
    description: typeof description === 'string' ? description : '',
    tags: Array.isArray(tags) ? tags.filter((tag) => typeof tag === 'string') : [],
    body: stored.text.slice(bodyAt),
    payload: isObject(payload) ? payload : {},
    metadata: Object.fromEntries(own),
  }
}

/** @throws {SemdexError} `INVALID_INPUT` where the caller's metadata has a key that is a field of the artifact */
export function assertOwnMetadata(metadata: Metadata): void {
  const key = RESERVED.find((name) => Object.hasOwn(metadata, name))
  if (key === undefined) return
  throw new SemdexError('INVALID_INPUT', {
    message: `metadata.${key} is a field of the artifact: give it as ${key}.`,
    details: { field: `metadata.${key}` },
  })
}

function isObject(value: MetadataValue | undefined): value is Metadata {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
