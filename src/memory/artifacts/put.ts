import { SemdexError, toSemdexError } from '../../core/errors.ts'
import type { PutResult } from '../../core/ports/record-store.ts'
import { assertOwnMetadata, type NewArtifact, toMetadata } from './artifact.ts'
import { compose } from './compose.ts'
import { requireKind } from './kinds.ts'
import type { Added, AddOptions, ArtifactDocument, ArtifactParts } from './parts.ts'

export interface ArtifactToPut extends NewArtifact {
  /** The version that the stored artifact must have, 0 for one that is new; undefined: any. */
  ifVersion?: number | undefined
}

export interface PutReport extends Omit<Added, 'results'> {
  /** One per artifact, in order. */
  results: ({ ok: true; id: string; version: number } | { ok: false; id: string; error: SemdexError })[]
}

/**
 * Stores artifacts, each with a new version; one's failure costs no other. The kind picks the model, and says what is embedded.
 * @throws {SemdexError} `ABORTED`, and what the record store throws
 */
export async function putArtifacts(
  artifacts: readonly ArtifactToPut[],
  parts: ArtifactParts,
  options: AddOptions = {},
): Promise<PutReport> {
  const prepared = artifacts.map((artifact) => tryPrepare(artifact, parts))
  const documents = prepared.filter((item): item is ArtifactDocument => !(item instanceof SemdexError))
  const { results: written, ...report } = await parts.add(documents, options)
  const rest = written.values()
  const results = prepared.map((item, at): PutReport['results'][number] => {
    const { id } = artifacts[at] as ArtifactToPut
    const result = item instanceof SemdexError ? { ok: false as const, error: item } : (rest.next().value as PutResult)
    return result.ok ? { ok: true, id, version: result.version } : { ok: false, id, error: result.error }
  })
  return { ...report, results }
}

function tryPrepare(artifact: ArtifactToPut, parts: ArtifactParts): ArtifactDocument | SemdexError {
  try {
    return prepare(artifact, parts)
  } catch (thrown) {
    return toSemdexError(thrown)
  }
}

/** @throws {SemdexError} `KIND_UNKNOWN`, `INVALID_INPUT` */
function prepare(artifact: ArtifactToPut, { kinds, now }: ArtifactParts): ArtifactDocument {
  const { id, title, metadata, ifVersion } = artifact
  const kind = requireKind(artifact.kind, kinds)
  assertOwnMetadata(metadata)
  const { text, bodyAt } = compose(artifact, kind)
  return {
    id,
    title: title === '' ? null : title,
    text,
    format: kind.format,
    side: kind.side,
    metadata: toMetadata(artifact, { bodyAt }),
    revision: { change: 'put', at: now(), note: {} },
    ...(ifVersion !== undefined && { ifVersion }),
  }
}
