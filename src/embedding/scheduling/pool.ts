import { SemdexError } from '../../core/errors.ts'
import type { JobTimings, RunnerState } from '../runtimes/runner.ts'
import { JobQueue } from './job-queue.ts'
import { freeMemory } from './memory.ts'
import { PoolThread, ThreadEnded, type ThreadSettings } from './pool-thread.ts'

export interface PoolSettings extends ThreadSettings {
  /** The most threads; each starts when it is first needed. */
  most: number
  /** Memory that a thread needs beside the others: where less is free, no further one is started. */
  bytesPerThread: number
  /** Seconds without work after which all threads end; 0: never. */
  idleSeconds: number
  /** Whether a thread may get ready to be quicker at jobs that are alone. */
  quickens: boolean
}

export interface JobRequest {
  /** Goes before every job that is not urgent and has not begun. */
  urgent: boolean
  /** A job that has not begun when it fires rejects with `ABORTED`, at once. */
  signal?: AbortSignal | undefined
  /** How often the job is begun again where its thread ended under it; 0 unless told. */
  retries?: number | undefined
  /** Told what the job took, once it is done. */
  onTimed: (timings: JobTimings) => void
}

/**
 * Threads that do one kind of job.
 *
 * - A thread that ends unasked is replaced; the job that it had rejects with `EMBEDDING_FAILED`, unless it has retries.
 * - A thread that cannot load fails the jobs only where no other can do them; beside others, none is tried again.
 * - Idle threads do not keep the process alive.
 * @throws {SemdexError} `RUNTIME_UNAVAILABLE` where threads end one after the other and none does a job; what loading throws
 */
export interface Pool<Job, Value> {
  run(job: Job, request: JobRequest): Promise<Value>
  state(): RunnerState
  /** Waits for jobs under way; none may wait. */
  close(): Promise<void>
}

/** Answers when the first thread is loaded. */
export async function openPool<Job, Value>(settings: PoolSettings): Promise<Pool<Job, Value>> {
  const pool = new ThreadPool<Job, Value>(settings)
  await pool.start()
  return {
    run: (job, request) => pool.run(job, request),
    state: () => pool.state(),
    close: () => pool.close(),
  }
}

/** Threads that may end in a row before it is the machine that is at fault, and not a text. */
const MOST_ENDED = 12

/** Reading how much memory is free costs more than a short job. */
const MEMORY_MILLISECONDS = 1_000

interface PoolJob<Job, Value> extends JobRequest {
  job: Job
  queued: number
  resolve: (value: Value) => void
  reject: (reason: unknown) => void
}

class ThreadPool<Job, Value> {
  readonly #settings: PoolSettings
  readonly #threads = new Set<PoolThread<Job, Value>>()
  readonly #ending = new Set<Promise<unknown>>()
  readonly #queue = new JobQueue<PoolJob<Job, Value>>()
  #most: number
  #quickens: boolean
  #running = 0
  #quickening = false
  #lone = 0
  #restarts = 0
  #endedInARow = 0
  #memoryDenied = Number.NEGATIVE_INFINITY
  #idle: NodeJS.Timeout | undefined

  constructor(settings: PoolSettings) {
    this.#settings = settings
    this.#most = settings.most
    this.#quickens = settings.quickens
  }

  async start(): Promise<void> {
    try {
      await this.#addThread().ready
    } catch (thrown) {
      throw thrown instanceof ThreadEnded ? unusable(thrown) : thrown
    }
    this.#rest()
  }

  run(job: Job, request: JobRequest): Promise<Value> {
    return new Promise((resolve, reject) => {
      this.#queue.add({ ...request, job, queued: performance.now(), resolve, reject })
      this.#dispatch()
    })
  }

  state(): RunnerState {
    return { waiting: this.#queue.size, workers: this.#loaded(), restarts: this.#restarts }
  }

  async close(): Promise<void> {
    clearTimeout(this.#idle)
    this.#endAll()
    await Promise.all(this.#ending)
  }

  #dispatch(): void {
    while (this.#queue.size > 0) {
      const thread = this.#idleThread()
      if (!thread) {
        if (this.#mayAdd()) this.#addThread()
        return
      }
      this.#perform(thread, this.#queue.take() as PoolJob<Job, Value>)
    }
  }

  /** Where all are idle, a quick one. */
  #idleThread(): PoolThread<Job, Value> | undefined {
    const idle = [...this.#threads].filter(({ state }) => state === 'idle')
    return idle.find(({ quick }) => quick) ?? idle[0]
  }

  #mayAdd(): boolean {
    if (this.#threads.size >= this.#most) return false
    if (this.#threads.size === 0) return true
    if (this.#quickening && this.#queue.size === 1) return false
    const now = performance.now()
    const loading = this.#threads.size - this.#loaded()
    if (loading >= this.#queue.size || now - this.#memoryDenied < MEMORY_MILLISECONDS) return false
    const fits = freeMemory() > (loading + 1) * this.#settings.bytesPerThread
    if (!fits) this.#memoryDenied = now
    return fits
  }

  async #perform(thread: PoolThread<Job, Value>, job: PoolJob<Job, Value>): Promise<void> {
    clearTimeout(this.#idle)
    const alone = job.urgent && this.#running === 0 && this.#queue.size === 0
    const waited = waitOf(job, thread)
    this.#running++
    try {
      const { value, timings } = await thread.perform(job.job, alone)
      this.#endedInARow = 0
      job.onTimed({ ...waited, ...timings })
      job.resolve(value)
    } catch (thrown) {
      if (!(thrown instanceof ThreadEnded)) job.reject(thrown)
      else if (job.retries) this.#queue.putBack({ ...job, retries: job.retries - 1, queued: performance.now() })
      else job.reject(endedUnder(thrown))
    }
    this.#running--
    if (thread.spent) this.#replace(thread)
    this.#dispatch()
    if (this.#running > 0 || this.#queue.size > 0) return
    if (alone && ++this.#lone > 1 && this.#threads.has(thread) && thread.state === 'idle') await this.#quicken(thread)
    this.#rest()
  }

  /** Makes one thread quicker once two jobs were alone: whoever embeds passages, or one query, does not pay for it. */
  async #quicken(thread: PoolThread<Job, Value>): Promise<void> {
    if (!this.#quickens) return
    this.#quickens = false
    this.#quickening = true
    await thread.quicken().catch(() => undefined)
    this.#quickening = false
    this.#dispatch()
  }

  #addThread(): PoolThread<Job, Value> {
    const thread = new PoolThread<Job, Value>(this.#settings)
    this.#threads.add(thread)
    thread.ready.then(
      () => this.#dispatch(),
      (cause) => this.#onLoadFailed(thread, cause),
    )
    thread.gone.then((unasked) => this.#onGone(thread, unasked))
    return thread
  }

  /** Where it fails beside others, memory may be what it lacks: they go on without it. */
  #onLoadFailed(thread: PoolThread<Job, Value>, cause: unknown): void {
    this.#threads.delete(thread)
    this.#ending.add(thread.gone)
    if (this.#threads.size > 0) this.#most = Math.max(1, this.#loaded())
    else this.#queue.rejectAll(cause instanceof ThreadEnded ? unusable(cause) : cause)
  }

  #onGone(thread: PoolThread<Job, Value>, unasked: boolean): void {
    this.#ending.delete(thread.gone)
    if (!unasked || thread.loaded === Number.POSITIVE_INFINITY || !this.#threads.delete(thread)) return
    this.#onLost(thread)
    this.#dispatch()
  }

  #replace(thread: PoolThread<Job, Value>): void {
    if (!this.#threads.has(thread)) return
    this.#end(thread)
    this.#onLost(thread)
  }

  #onLost(thread: PoolThread<Job, Value>): void {
    this.#restarts++
    if (thread.quick) this.#quickens = this.#settings.quickens
    if (++this.#endedInARow < MOST_ENDED) return
    // The next job may try once more.
    this.#endedInARow = MOST_ENDED - 1
    this.#queue.rejectAll(unusable(new Error(`${MOST_ENDED} ended one after the other`)))
  }

  #loaded(): number {
    return [...this.#threads].filter(({ state }) => state !== 'loading').length
  }

  #rest(): void {
    clearTimeout(this.#idle)
    const { idleSeconds } = this.#settings
    if (idleSeconds > 0) this.#idle = setTimeout(() => this.#endAll(), idleSeconds * 1_000).unref()
  }

  #endAll(): void {
    for (const thread of this.#threads) this.#end(thread)
    this.#most = this.#settings.most
    this.#quickens = this.#settings.quickens
  }

  #end(thread: PoolThread<Job, Value>): void {
    this.#threads.delete(thread)
    const ended = thread.close().finally(() => this.#ending.delete(ended))
    this.#ending.add(ended)
  }
}

/** What of a job's wait was for its thread to load, and what for its turn. */
function waitOf({ queued }: { queued: number }, { started, loaded }: { started: number; loaded: number }) {
  const now = performance.now()
  const load = Math.max(0, loaded - Math.max(queued, started))
  return { load, queue: now - queued - load }
}

function endedUnder(cause: ThreadEnded): SemdexError {
  return new SemdexError('EMBEDDING_FAILED', {
    message: `A worker that runs the model ended while it embedded this text (${cause.message}).`,
    cause,
  })
}

function unusable(cause: Error): SemdexError {
  return new SemdexError('RUNTIME_UNAVAILABLE', {
    message: `The workers that run the model do not stay alive (${cause.message}).`,
    fix: 'Give it more memory or fewer workers (the setting embedding.workers), or choose a smaller model',
    cause,
  })
}
