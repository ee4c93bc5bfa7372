import type { ChunkRecord } from '../documents.ts'
import type { ErrorAnswer, SemdexError } from '../errors.ts'
import type { Side } from '../sides.ts'

/**
 * What waits for its vectors: the durable queue of all that is stored before it is embedded. Nothing is put into it: a chunk
 * of an active document waits for as long as an index of its side lacks its vector, and leaves the queue when it gets the
 * vector (`putVectors`), or a reason why it has none.
 *
 * - A failed try keeps its chunk waiting: `putAttempts` raises its number of tries and says when the next one is due.
 * - An index is named by its fingerprint: a side's own, or that of an index that a migration fills or keeps.
 * - Safe for concurrent callers and for several processes on one database.
 * @throws {SemdexError} `COLLECTION_NOT_FOUND`, `COLLECTION_MODEL_MISMATCH` where the collection has no such index,
 * `DATABASE_BUSY`, `DATABASE_READ_ONLY`, `DISK_FULL`, `STORE_CLOSED`
 */
export interface WaitingStore {
  /** The chunks that are due at a time, in the order of their keys, those after a key. */
  waitingChunks(collection: string, fingerprint: string, options: WaitingOptions): Promise<WaitingChunk[]>
  /** Of the indexes where something waits or failed, by collection and fingerprint; those of migrations too. */
  countWaiting(options: { at: number; collection?: string }): Promise<WaitingCount[]>
  /** Chunks that do not wait any more are left out. */
  putAttempts(collection: string, fingerprint: string, attempts: readonly Attempt[]): Promise<void>
  /** Lets chunks that wait for their next try be tried at once, and those that failed wait again. Answers their number. */
  retryWaiting(collection: string, fingerprint: string): Promise<number>
}

export interface WaitingOptions {
  after?: number
  limit: number
  /** Milliseconds since 1970. */
  at: number
}

export interface WaitingChunk extends ChunkRecord {
  /** Tries that failed. */
  attempts: number
}

export interface Attempt {
  key: number
  error: SemdexError
  /** Milliseconds since 1970. */
  nextAt: number
}

export interface WaitingCount {
  collection: string
  fingerprint: string
  /** Whose chunks the index holds. */
  sides: Side[]
  /** `serving`: searched now; `migration`: filled or kept by one. */
  use: 'serving' | 'migration'
  /** Chunks that wait, those that are not due yet among them. */
  waiting: number
  due: number
  /** Chunks that were tried in vain and wait for their next try. */
  retrying: number
  /** When the first of those that are not due is; null where there is none. */
  nextAt: number | null
  /** Chunks that have a reason instead of a vector. */
  failed: number
  /** Of the latest try that failed; null where none did. */
  lastError: ErrorAnswer | null
}
