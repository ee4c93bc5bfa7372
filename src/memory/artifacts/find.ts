import type { ErrorAnswer } from '../../core/errors.ts'
import type { Models } from '../../core/parts.ts'
import type { Explanation, SearchHit } from '../../core/search.ts'
import { SIDES, type Side } from '../../core/sides.ts'
import type { StageListener } from '../../core/stage-time.ts'
import { type SearchParts, search } from '../../retrieval/search.ts'
import { type Artifact, toArtifact } from './artifact.ts'
import { type ArtifactKind, requireKind } from './kinds.ts'
import type { ArtifactParts } from './parts.ts'
import { type Restriction, restrictionFilter } from './restriction.ts'

export interface FindRequest extends Restriction {
  query: string
  limit: number
  explain?: boolean | undefined
}

export interface FindParts extends Pick<ArtifactParts, 'collection' | 'kinds'> {
  models: Models
  storage: Awaited<ReturnType<SearchParts['storage']>>
}

export interface FindAnswer {
  /** Best first. */
  hits: FoundArtifact[]
  /** Why artifacts were found by fewer means than there are; null where nothing is missing. */
  degraded: ErrorAnswer | null
}

export interface FoundArtifact {
  artifact: Artifact
  score: number
  /** True cosine of the query and the artifact's best passage, by the model that found it; null where words alone did. */
  similarity: number | null
  /** The model that found it; null where words alone did. */
  model: string | null
  /** The part that answers best, on one line. */
  snippet: string
  explanation?: Explanation | undefined
}

/**
 * The artifacts that answer a query, best first. Kinds that are asked for decide whose model reads it; else what the query is.
 * @throws {SemdexError} `KIND_UNKNOWN`, `INVALID_INPUT`, `ABORTED`, and what the record store throws
 */
export async function findArtifacts(
  request: FindRequest,
  { storage, collection, kinds, models }: FindParts,
  { signal, onStage }: { signal?: AbortSignal | undefined; onStage?: StageListener | undefined } = {},
): Promise<FindAnswer> {
  const { query, limit, explain = false } = request
  const asked = (request.kinds ?? []).map((kind) => requireKind(kind, kinds))
  const filter = restrictionFilter(request)
  const { hits, degraded } = await search(
    { query, mode: 'hybrid', limit, side: sideOf(asked), explain },
    { models, storage: async () => storage, scopes: async () => [{ collection, filter }] },
    { ...(signal && { signal }), ...(onStage && { onStage }) },
  )
  const found = await Promise.all(hits.map((hit) => toFound(hit, storage.records)))
  return { hits: found.filter((each) => each !== null), degraded }
}

function sideOf(kinds: readonly ArtifactKind[]): Side | 'both' | 'auto' {
  if (kinds.length === 0) return 'auto'
  const [side, ...others] = SIDES.filter((each) => kinds.some((kind) => kind.side === each))
  return side === undefined || others.length > 0 ? 'both' : side
}

/** Null where it was removed since it was found. */
async function toFound(hit: SearchHit, records: FindParts['storage']['records']): Promise<FoundArtifact | null> {
  const { collection, documentId, score, similarity, model, snippet, explanation } = hit
  const document = await records.document(collection, documentId)
  const artifact = document && toArtifact(document)
  return artifact && { artifact, score, similarity, model, snippet, ...(explanation && { explanation }) }
}
