import type { ErrorCode } from './errors.ts'
import type { EmbeddingKind } from './model-spec.ts'
import type { EmbedTimings } from './ports/embedder.ts'

/** What happened, for people who look for the cause of something: numbers and names, never a text, never a key. */
export type DebugEvent = LoadEvent | EmbedEvent | BackfillEvent

/** A model was loaded, or could not be. */
export interface LoadEvent {
  event: 'load'
  /** ISO 8601. */
  time: string
  model: string
  /** Milliseconds. */
  ms: number
  error: ErrorCode | null
}

/** One call of an embedder. */
export interface EmbedEvent {
  event: 'embed'
  time: string
  model: string
  kind: EmbeddingKind
  task: string | null
  texts: number
  /** Texts that gave an error instead of a vector. */
  failed: number
  /** Tokens that the model read. */
  tokens: number
  cacheHits: number
  ms: EmbedTimings
  /** Why the call as a whole was refused or stopped. */
  error: ErrorCode | null
}

/** One run of what embeds in the background, over an index. */
export interface BackfillEvent {
  event: 'backfill'
  time: string
  collection: string
  model: string
  /** Chunks that got their vector, those that the model cannot embed, and those that are tried again later. */
  filled: number
  failed: number
  retrying: number
  ms: number
  /** Why it ended before its end, or why chunks are tried again. */
  error: ErrorCode | null
}

/** The event as one line of JSON, milliseconds to the microsecond. */
export function debugLine(event: DebugEvent): string {
  return JSON.stringify(event, (_, value) => (typeof value === 'number' ? Math.round(value * 1_000) / 1_000 : value))
}
