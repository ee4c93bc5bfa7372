import type { ErrorAnswer, ErrorCode, SemdexError } from '../core/errors.ts'
import type { SkipReason } from './walk.ts'

/** What a run did. Every file that was found is in one of the counts; what was skipped is in none. */
export interface IndexReport {
  /** Absolute and real, with forward slashes. */
  root: string
  collection: string
  /** New files. */
  added: number
  /** Files with another content than before. */
  changed: number
  /** Files with the same content, cut or embedded again since the rules or the model changed or vectors were missing. */
  refreshed: number
  /** Files under another path than before, with the same content. */
  moved: number
  /** Documents that were removed since their file is gone. */
  deleted: number
  unchanged: number
  /** Files that could not be indexed, or not all of whose chunks could be embedded. */
  failed: number
  skipped: Partial<Record<SkipReason, number>>
  /** One entry per file that failed and per path that could not be looked at; ascending by path. */
  failures: FileFailure[]
  /** Files in which bytes that are no text were replaced by U+FFFD, with the number of places; ascending by path. */
  replaced: { path: string; places: number }[]
  /** Chunks written. */
  chunks: number
  /** Texts that a model turned into vectors. */
  embedded: number
  /** Chunks whose vector was already there. */
  reused: number
  /** Chunks that were written without a vector and wait for one. */
  pending: number
  /** Why chunks were left waiting; null where none were. */
  degraded: ErrorAnswer | null
  /** Milliseconds. */
  elapsed: number
}

export interface FileFailure {
  path: string
  code: ErrorCode
  message: string
}

/** How far a run is: first what the walk has found, then what is committed of the files that need work. */
export interface IndexProgress {
  phase: 'walk' | 'index'
  files: { done: number; total: number | null }
  /** `total` counts those that are cut so far. */
  chunks: { done: number; total: number | null }
  /** The best measure of how much is left. */
  bytes: { done: number; total: number | null }
}

export function emptyReport(root: string, collection: string): IndexReport {
  const counts = { added: 0, changed: 0, refreshed: 0, moved: 0, deleted: 0, unchanged: 0, failed: 0 }
  const work = { chunks: 0, embedded: 0, reused: 0, pending: 0 }
  return { root, collection, ...counts, skipped: {}, failures: [], replaced: [], ...work, degraded: null, elapsed: 0 }
}

export function failure(path: string, { code, message }: SemdexError): FileFailure {
  return { path, code, message }
}

export function byPath(a: { path: string }, b: { path: string }): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0
}
