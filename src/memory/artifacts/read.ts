import type { Metadata } from '../../core/documents.ts'
import { SemdexError } from '../../core/errors.ts'
import { type Artifact, type ArtifactFields, toArtifact, toFields } from './artifact.ts'
import type { ArtifactParts } from './parts.ts'
import { type Restriction, restrictionFilter } from './restriction.ts'

type Reading = Pick<ArtifactParts, 'storage' | 'collection'>

/** @throws {SemdexError} `DOCUMENT_NOT_FOUND` */
export async function getArtifact(id: string, { storage, collection }: Reading): Promise<Artifact> {
  const document = await storage.records.document(collection.name, id)
  const artifact = document && toArtifact(document)
  if (!artifact) throw artifactNotFound(id)
  return artifact
}

/** An artifact as it was after a change. */
export interface ArtifactVersion {
  version: number
  /** `put`, `removed`. */
  change: string
  /** Milliseconds since 1970; never before that of the version before it. */
  at: number
  note: Metadata
  /** Null where the artifact was removed. */
  artifact: ArtifactFields | null
}

/** Every version, oldest first. @throws {SemdexError} `DOCUMENT_NOT_FOUND` where nothing was ever known of it */
export async function artifactHistory(id: string, { storage, collection }: Reading): Promise<ArtifactVersion[]> {
  const revisions = await storage.records.revisions(collection.name, id)
  if (revisions.length === 0) throw artifactNotFound(id)
  return revisions.map(({ version, change, at, note, title, text, metadata }) => ({
    version,
    change,
    at,
    note,
    artifact: text === null || metadata === null ? null : toFields({ title, text, metadata }),
  }))
}

export interface ArtifactPage {
  artifacts: Artifact[]
  /** The key after which the next begins; null where this is the last. */
  next: number | null
}

/** The artifacts of a page, oldest first. @throws {SemdexError} `INVALID_INPUT` for a wrong filter */
export async function listArtifacts(
  { limit, after, ...restriction }: Restriction & { limit: number; after: number },
  { storage, collection }: Reading,
): Promise<ArtifactPage> {
  const filter = restrictionFilter(restriction)
  const found = await storage.records.documents(collection.name, { after, limit: limit + 1, filter })
  const page = found.slice(0, limit)
  const last = found.length > limit ? page.at(-1) : undefined
  return { artifacts: page.map(toArtifact).filter((artifact) => artifact !== null), next: last?.key ?? null }
}

/** One result for each id, in order. */
export async function removeArtifacts(
  ids: readonly string[],
  { storage, collection, now }: Reading & Pick<ArtifactParts, 'now'>,
): Promise<({ ok: true; id: string } | { ok: false; id: string; error: SemdexError })[]> {
  const results: Awaited<ReturnType<typeof removeArtifacts>> = []
  for (const id of ids) {
    const revision = { change: 'removed', at: now() }
    const document = await storage.records.document(collection.name, id)
    const deleted =
      document && toArtifact(document) ? await storage.records.deleteDocuments(collection.name, [id], { revision }) : 0
    results.push(deleted > 0 ? { ok: true, id } : { ok: false, id, error: artifactNotFound(id) })
  }
  return results
}

function artifactNotFound(id: string): SemdexError {
  return new SemdexError('DOCUMENT_NOT_FOUND', {
    message: `There is no artifact ${id}.`,
    details: { id },
  })
}
