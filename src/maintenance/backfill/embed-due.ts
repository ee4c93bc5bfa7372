import { setTimeout as pause } from 'node:timers/promises'
import type { ChunkRecord } from '../../core/documents.ts'
import { type ErrorCode, SemdexError, throwIfAborted, toSemdexError } from '../../core/errors.ts'
import type { Storage } from '../../core/parts.ts'
import type { Embedder, EmbedResult } from '../../core/ports/embedder.ts'
import type { VectorWrite } from '../../core/ports/record-store.ts'
import type { WaitingCount } from '../../core/ports/waiting-store.ts'
import { isUnavailable } from '../../core/unavailable.ts'
import { backOff } from './back-off.ts'
import { type DueGroup, type DueText, dueGroups } from './due-groups.ts'

/** An index of a collection, and what its chunks are embedded with. Both are opened when the first chunk needs them. */
export interface DueIndex {
  collection: string
  fingerprint: string
  /** `migration`: beside what serves, which does not wait for it. Default `serving`. */
  use?: WaitingCount['use']
  /** @throws {SemdexError} where the model cannot be used */
  openEmbedder(): Promise<Embedder>
  /** Answers what the model reads of a chunk. */
  openTexts(): Promise<(chunk: ChunkRecord) => string>
}

export interface DueOptions {
  signal?: AbortSignal
  /** Milliseconds since 1970: what is due then is tried. Default: now. */
  at?: number
  /** Told of chunks that are done, in the order in which they are, and of how many there were to do when it began. */
  onProgress?: (done: number, total: number) => void
  /** Told of each call that failed, with the number of its chunks. */
  onFailure?: (error: SemdexError, chunks: number) => void
}

export interface DueReport {
  /** Chunks that got their vector. */
  filled: number
  /** Texts that the model read. */
  embedded: number
  /** Chunks whose text had its vector already, from another chunk. */
  reused: number
  /** Chunks whose text the model cannot embed: they have its error instead of a vector, and are not tried again. */
  failed: number
  /** Chunks that were tried in vain and are tried again later. */
  retrying: number
  /** Why it ended before its end: no text at all can be embedded now. Null where it did not. */
  error: SemdexError | null
}

type DueStorage = Pick<Storage, 'records' | 'waiting' | 'tryLock'>

/** Calls of the model that are under way: while some are committed, the workers have the others. */
const LANES = 6
/** Chunks of a commit, where the model gives as many in `LONGEST_OPEN`: a page that many of them lie on is written once. */
const COMMIT = 128
/** Milliseconds that what is embedded waits for the commit, at most until the next call of the model ends. */
const LONGEST_OPEN = 500
/** A text alone that fails so often is given up. */
const MOST_TRIES = 8

/**
 * Gives the chunks of an index that are due the vectors that they lack, 32 texts a call, and commits them twice a second or
 * sooner. What is committed stays, so a run that is killed costs at most that and what was under way, and the next one goes on.
 * One at a time embeds into a database what serves, and one into the indexes of migrations, of all processes: others wait
 * until it has done their work, and then find nothing to do.
 *
 * A call that fails costs its chunks a try; they are tried again after a growing pause, each alone. Where no text at all can
 * be embedded the report says why, and what is left waits.
 * @throws {SemdexError} `ABORTED` between calls; what the store throws
 */
export async function embedDue(storage: DueStorage, index: DueIndex, options: DueOptions = {}): Promise<DueReport> {
  const report: DueReport = { filled: 0, embedded: 0, reused: 0, failed: 0, retrying: 0, error: null }
  const lock = await acquireLock(storage, index, options.signal)
  try {
    const at = options.at ?? Date.now()
    const total = await countDue(storage, index, at)
    if (total === 0) return report
    await new Fill(storage, index, report, { ...options, at }).run(total)
    return report
  } finally {
    lock.close()
  }
}

/** Milliseconds between two looks whether the other is done. */
const LOOK_INTERVAL = 200

async function acquireLock(
  { tryLock }: DueStorage,
  { use }: DueIndex,
  signal: AbortSignal | undefined,
): Promise<{ close(): void }> {
  for (;;) {
    throwIfAborted(signal)
    const lock = await tryLock(use === 'migration' ? 'backfill-migration' : 'backfill')
    if (lock) return lock
    await pause(LOOK_INTERVAL)
  }
}

async function countDue({ waiting }: DueStorage, index: DueIndex, at: number): Promise<number> {
  const { collection, fingerprint } = index
  const counts = await waiting.countWaiting({ at, collection })
  return counts.find((count) => count.fingerprint === fingerprint)?.due ?? 0
}

/** What the model gave and the store has not got. */
interface Uncommitted {
  writes: VectorWrite[]
  /** That are done: with those that failed. */
  chunks: number
}

class Fill {
  readonly #storage: DueStorage
  readonly #index: DueIndex
  readonly #report: DueReport
  readonly #options: DueOptions & { at: number }
  #embedder: Promise<Embedder> | null = null
  #done = 0
  #open: Uncommitted = { writes: [], chunks: 0 }
  #committedAt = performance.now()
  #stopped = false

  constructor(storage: DueStorage, index: DueIndex, report: DueReport, options: DueOptions & { at: number }) {
    this.#storage = storage
    this.#index = index
    this.#report = report
    this.#options = options
  }

  async run(total: number): Promise<void> {
    const { records, waiting } = this.#storage
    const { collection, fingerprint } = this.#index
    const textOf = await this.#index.openTexts()
    const groups = dueGroups({ records, waiting, collection, fingerprint, textOf, at: this.#options.at })
    const lane = async () => {
      for await (const group of groups) {
        await this.#fill(group)
        if (this.#isCommitDue()) await this.#commit(total)
        if (this.#stopped) return
      }
    }
    const lanes = Array.from({ length: LANES }, () => lane().finally(() => this.#stop()))
    // All of them are done, and what they did is kept, before the lock is given back.
    const ended = await Promise.allSettled(lanes)
    const committed = await Promise.allSettled([this.#commit(total)])
    for (const each of [...ended, ...committed]) if (each.status === 'rejected') throw each.reason
  }

  #isCommitDue(): boolean {
    return this.#open.writes.length >= COMMIT || performance.now() - this.#committedAt >= LONGEST_OPEN
  }

  async #fill(group: DueGroup): Promise<void> {
    throwIfAborted(this.#options.signal)
    const missing = group.items.filter(({ embeddingHash }) => !group.stored.has(embeddingHash))
    const found = group.items.filter(({ embeddingHash }) => group.stored.has(embeddingHash))
    const writes = found.flatMap((item) => writesOf(item, group.stored.get(item.embeddingHash) as Float32Array))
    this.#report.reused += writes.length
    try {
      const results = missing.length > 0 ? await this.#embed(missing) : []
      writes.push(...missing.flatMap((item, i) => writesOf(item, vectorOf(results[i] as EmbedResult))))
      this.#report.embedded += results.length
    } catch (thrown) {
      await this.#putOff(missing, toSemdexError(thrown))
    }
    this.#open.writes.push(...writes)
    this.#open.chunks += group.items.reduce((sum, { chunks }) => sum + chunks.length, 0)
  }

  async #commit(total: number): Promise<void> {
    const { writes, chunks } = this.#open
    this.#open = { writes: [], chunks: 0 }
    this.#committedAt = performance.now()
    if (writes.length > 0) {
      const { collection, fingerprint } = this.#index
      // Added once it is known: other lanes add theirs meanwhile.
      const filled = await this.#storage.records.putVectors(collection, fingerprint, writes)
      this.#report.filled += filled
      this.#report.failed += writes.filter(({ error }) => error).length
    }
    this.#done += chunks
    if (chunks > 0) this.#options.onProgress?.(this.#done, Math.max(total, this.#done))
  }

  async #embed(items: readonly DueText[]): Promise<EmbedResult[]> {
    this.#embedder ??= this.#openEmbedder()
    const embedder = await this.#embedder
    const { signal } = this.#options
    const texts = items.map(({ text }) => text)
    for (let wait = SHORTEST_WAIT; ; wait = Math.min(2 * wait, LONGEST_WAIT)) {
      try {
        return await embedder.embed(texts, { kind: 'passage', ...(signal && { signal }) })
      } catch (thrown) {
        // Others fill the model's queue: it is no failure of these texts.
        if (toSemdexError(thrown).code !== 'EMBEDDER_BUSY') throw thrown
        throwIfAborted(signal)
        await pause(wait)
      }
    }
  }

  async #openEmbedder(): Promise<Embedder> {
    const embedder = await this.#index.openEmbedder()
    const { collection, fingerprint } = this.#index
    if (embedder.fingerprint === fingerprint) return embedder
    throw new SemdexError('COLLECTION_MODEL_MISMATCH', {
      message: `The files of the model are others than those that the vectors of ${collection} were made with.`,
      fix: 'Run the backfill again',
      details: { collection, model: embedder.spec.name },
    })
  }

  /** Keeps that these were tried in vain, and ends the run where nothing else can be embedded either. */
  async #putOff(items: readonly DueText[], error: SemdexError): Promise<void> {
    if (ENDINGS.has(error.code)) throw error
    if (isUnavailable(error) || REFUSALS.has(error.code)) {
      this.#report.error ??= error
      this.#stop()
    }
    const chunks = items.flatMap((item) => item.chunks)
    this.#options.onFailure?.(error, chunks.length)
    if (error.code === 'EMBEDDING_FAILED' && chunks.every(({ attempts }) => attempts + 1 >= MOST_TRIES)) {
      this.#open.writes.push(...items.flatMap((item) => writesOf(item, error)))
      return
    }
    const { collection, fingerprint } = this.#index
    const now = Date.now()
    const attempts = chunks.map(({ key, attempts }) => ({ key, error, nextAt: now + backOff(attempts + 1) }))
    await this.#storage.waiting.putAttempts(collection, fingerprint, attempts)
    this.#report.retrying += chunks.length
  }

  #stop(): void {
    this.#stopped = true
  }
}

/** Milliseconds to wait for a model that has too much to do. */
const SHORTEST_WAIT = 100
const LONGEST_WAIT = 5_000

/** What ends a run and is no failure of the model. */
const ENDINGS: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['ABORTED', 'EMBEDDER_CLOSED'])

/** What an operator has to settle, beside what makes a model unavailable. */
const REFUSALS: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['PROVIDER_UNAVAILABLE', 'COLLECTION_MODEL_MISMATCH'])

function vectorOf(result: EmbedResult): Float32Array | SemdexError {
  return result.ok ? result.vector : result.error
}

function writesOf({ chunks, embeddingHash }: DueText, vector: Float32Array | SemdexError): VectorWrite[] {
  return chunks.map(({ key }) =>
    vector instanceof SemdexError
      ? { key, embeddingHash, vector: null, error: vector }
      : { key, embeddingHash, vector },
  )
}
