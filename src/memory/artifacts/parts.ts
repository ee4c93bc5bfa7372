import type { DocumentFormat, Metadata } from '../../core/documents.ts'
import type { SemdexError } from '../../core/errors.ts'
import type { Storage } from '../../core/parts.ts'
import type { Collection, PutResult, RevisionWrite } from '../../core/ports/record-store.ts'
import type { Side } from '../../core/sides.ts'
import type { ArtifactKind } from './kinds.ts'

/** What the artifacts of one collection work with. */
export interface ArtifactParts {
  storage: Pick<Storage, 'records'>
  collection: Collection
  /** By name. */
  kinds: Readonly<Record<string, ArtifactKind>>
  /** Cuts, embeds and stores documents. */
  add(documents: readonly ArtifactDocument[], options: AddOptions): Promise<Added>
  /** Milliseconds since 1970. */
  now(): number
}

export interface ArtifactDocument {
  id: string
  title: string | null
  text: string
  format: DocumentFormat
  side: Side
  metadata: Metadata
  revision: RevisionWrite
  ifVersion?: number | undefined
}

export interface AddOptions {
  signal?: AbortSignal | undefined
  onProgress?: ((done: number) => void) | undefined
}

export interface Added {
  /** One per document, in order. */
  results: PutResult[]
  /** Texts that the model read. */
  embedded: number
  /** Chunks that got a vector which was there already. */
  reused: number
  /** Why chunks are left waiting for their vectors; null where none are. */
  degraded: SemdexError | null
}
