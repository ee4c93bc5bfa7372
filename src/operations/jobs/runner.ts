import { randomBytes } from 'node:crypto'
import { SemdexError } from '../../core/errors.ts'
import type { Parts, Storage } from '../../core/parts.ts'
import type { Job, JobStore, JobSummary } from '../../core/ports/job-store.ts'
import { BEAT_INTERVAL, isGone, newRunnerName } from './process.ts'
import { type FindOperation, type Run, runJob } from './run-job.ts'

/** Jobs that run at the same time. More would only share the same workers of the model. */
const SIDE_BY_SIDE = 2
/** Jobs of all processes that may wait or run. */
const MOST_UNFINISHED = 1_000
/** An operation that can go on is begun so often, in case that it is what ends its process. */
const MOST_ATTEMPTS = 3
/** Jobs that ended are kept for a week, the newest 500 of them, while their inputs and results have less than this. */
const KEPT = { milliseconds: 7 * 86_400_000, jobs: 500, bytes: 64 * 2 ** 20 }
/** Milliseconds between two looks for runners that are gone. */
const LOOK_INTERVAL = 10_000

/** The jobs of one process: takes those that wait, and says what becomes of them. One for each storage. */
export class JobRunner {
  readonly name = newRunnerName()
  readonly #parts: Parts
  readonly #store: JobStore
  readonly #find: FindOperation
  readonly #runs = new Map<string, Run>()
  readonly #ended = new Set<Promise<void>>()
  readonly #listeners = new Map<string, Set<() => void>>()
  #beats: NodeJS.Timeout | null = null
  #look: NodeJS.Timeout | null = null
  #lookedAt = Number.NEGATIVE_INFINITY
  #takesLeft = false
  #filling: Promise<void> = Promise.resolve()
  #closed = false

  constructor(parts: Parts, store: JobStore, find: FindOperation) {
    this.#parts = parts
    this.#store = store
    this.#find = find
  }

  /** @throws {SemdexError} `SERVER_BUSY`, `SERVER_CLOSING`; what the job store throws */
  async start(operation: string, input: unknown, owner: string | null): Promise<Job> {
    if (this.#closed) throw closing()
    const id = `job_${randomBytes(12).toString('base64url')}`
    const waits = { id, operation, input, owner, runner: this.name, createdAt: Date.now() }
    const job = await this.#store.addJob(waits, { unfinished: MOST_UNFINISHED })
    this.#startBeats()
    this.#fill()
    return job
  }

  /** Null where there is no such job. */
  async cancel(id: string): Promise<JobSummary | null> {
    await this.release()
    const job = await this.#store.cancelJob(id, Date.now())
    if (job?.cancelling) this.#runs.get(id)?.abort('cancelled')
    this.#changed(id)
    return job
  }

  /** Takes what waits for anyone, from now on what runners leave behind that are gone, too. */
  async resume(): Promise<void> {
    this.#takesLeft = true
    const others = await this.release(0)
    this.#fill()
    if (this.#look) clearTimeout(this.#look)
    if (others > 0 && !this.#closed) {
      this.#look = setTimeout(() => void this.resume().catch(() => undefined), LOOK_INTERVAL).unref()
    }
  }

  /** Lets go of the jobs of runners that are gone, unless it was done just now; answers how many others are left. */
  async release(interval = BEAT_INTERVAL): Promise<number> {
    const now = Date.now()
    if (now - this.#lookedAt < interval) return 0
    this.#lookedAt = now
    const others = (await this.#store.runners()).filter(({ runner }) => runner !== this.name)
    const gone = others.filter((other) => isGone(other, now))
    for (const { runner } of gone) await this.#release(runner, MOST_ATTEMPTS)
    if (gone.length > 0 && this.#takesLeft) this.#fill()
    return others.length - gone.length
  }

  /** Calls back whenever something of a job of this process may have changed; until the answered function is called. */
  listen(id: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(id) ?? new Set()
    this.#listeners.set(id, listeners.add(listener))
    return () => {
      listeners.delete(listener)
      if (listeners.size === 0 && this.#listeners.get(id) === listeners) this.#listeners.delete(id)
    }
  }

  /** How many listen. */
  get listening(): number {
    return this.#listeners.size
  }

  /** Stops what runs. What can go on waits for the next start, the rest is `interrupted`. */
  async close(): Promise<void> {
    this.#closed = true
    if (this.#look) clearTimeout(this.#look)
    await this.#filling
    const began = this.#runs.size > 0 || this.#beats !== null
    for (const run of this.#runs.values()) run.abort('closing')
    await Promise.all(this.#ended)
    if (this.#beats) clearInterval(this.#beats)
    if (began) await this.#release(this.name, Number.MAX_SAFE_INTEGER)
  }

  /** Begins jobs until enough of them run or none waits. One at a time, so that no more than enough are taken. */
  #fill(): void {
    this.#filling = this.#filling.then(() => this.#takeJobs()).catch(() => undefined)
  }

  async #takeJobs(): Promise<void> {
    while (!this.#closed && this.#runs.size < SIDE_BY_SIDE) {
      // A read does not wait for other processes that write; a claim does.
      if ((await this.#store.jobs({ limit: 1, states: ['queued'] })).length === 0) return
      const job = await this.#store.claimJob(this.name, Date.now())
      if (!job) return
      this.#begin(job)
    }
  }

  #begin(job: Job): void {
    const run = runJob(job, {
      parts: this.#parts,
      store: this.#store,
      runner: this.name,
      find: this.#find,
      changed: () => this.#changed(job.id),
    })
    this.#runs.set(job.id, run)
    const ended = run.ended.then(async () => {
      this.#runs.delete(job.id)
      this.#ended.delete(ended)
      this.#changed(job.id)
      if (this.#closed) return
      this.#fill()
      await this.#sweep().catch(() => undefined)
    })
    this.#ended.add(ended)
    this.#startBeats()
    this.#changed(job.id)
  }

  #startBeats(): void {
    this.#beats ??= setInterval(() => void this.#beat().catch(() => undefined), BEAT_INTERVAL).unref()
  }

  /** Also begins what waits, in case that it could not be begun when it came. */
  async #beat(): Promise<void> {
    for (const id of await this.#store.beat(this.name, Date.now())) this.#runs.get(id)?.abort('cancelled')
    this.#fill()
    await this.#filling
    if (this.#runs.size > 0 || !this.#beats) return
    clearInterval(this.#beats)
    this.#beats = null
  }

  async #release(runner: string, attempts: number): Promise<void> {
    const resume = await this.#resumable(runner)
    for (const { id } of await this.#store.releaseJobs(runner, { resume, attempts, at: Date.now() })) this.#changed(id)
  }

  /** The operations of a runner's jobs that can be begun again. */
  async #resumable(runner: string): Promise<string[]> {
    const running = await this.#store.jobs({ limit: MOST_UNFINISHED, states: ['running'] })
    const names = [...new Set(running.filter((job) => job.runner === runner).map(({ operation }) => operation))]
    const kinds = await Promise.all(names.map(async (name) => (await this.#find(name))?.job))
    return names.filter((_, i) => kinds[i] === 'resume')
  }

  async #sweep(): Promise<void> {
    await this.#store.sweepJobs({ endedBefore: Date.now() - KEPT.milliseconds, keep: KEPT.jobs, bytes: KEPT.bytes })
  }

  #changed(id: string): void {
    for (const listener of this.#listeners.get(id) ?? []) listener()
  }
}

const runners = new WeakMap<Storage, JobRunner>()

/** The runner of this process for the database of the parts; closed with them. */
export async function jobRunner(parts: Parts, find: FindOperation): Promise<JobRunner> {
  const storage = await parts.storage()
  const known = runners.get(storage)
  if (known) return known
  const runner = new JobRunner(parts, storage.jobs, find)
  runners.set(storage, runner)
  parts.beforeClose(() => runner.close())
  return runner
}

function closing(): SemdexError {
  return new SemdexError('SERVER_CLOSING', { message: 'Semdex is being closed; it takes no more jobs.' })
}
