import { throwIfAborted } from '../../core/errors.ts'

export interface QueuedJob {
  /** Goes before all that is not urgent. */
  urgent: boolean
  signal?: AbortSignal | undefined
  reject: (reason: unknown) => void
}

/** Jobs that have not begun: urgent ones first, else in the order they came. Those of a signal that fires leave at once. */
export class JobQueue<T extends QueuedJob> {
  readonly #urgent: T[] = []
  readonly #others: T[] = []
  /** How many jobs of each signal wait: one listener for all of them. */
  readonly #waiting = new Map<AbortSignal, { jobs: number; onAbort: () => void }>()

  get size(): number {
    return this.#urgent.length + this.#others.length
  }

  /** Rejects the job with `ABORTED` where its signal has fired. */
  add(job: T): void {
    try {
      throwIfAborted(job.signal)
    } catch (aborted) {
      job.reject(aborted)
      return
    }
    this.#listOf(job).push(job)
    this.#watch(job.signal)
  }

  /** Puts back a job that had been taken, before all others of its kind. */
  putBack(job: T): void {
    if (job.signal?.aborted) {
      this.add(job)
      return
    }
    this.#listOf(job).unshift(job)
    this.#watch(job.signal)
  }

  take(): T | undefined {
    const job = this.#urgent.shift() ?? this.#others.shift()
    this.#unwatch(job?.signal, 1)
    return job
  }

  rejectAll(reason: unknown): void {
    for (let job = this.take(); job; job = this.take()) job.reject(reason)
  }

  #listOf({ urgent }: T): T[] {
    return urgent ? this.#urgent : this.#others
  }

  #watch(signal: AbortSignal | undefined): void {
    if (!signal) return
    const watched = this.#waiting.get(signal)
    if (watched) {
      watched.jobs++
      return
    }
    const onAbort = () => this.#dropAborted(signal)
    this.#waiting.set(signal, { jobs: 1, onAbort })
    signal.addEventListener('abort', onAbort, { once: true })
  }

  #unwatch(signal: AbortSignal | undefined, jobs: number): void {
    const watched = signal && this.#waiting.get(signal)
    if (!watched) return
    watched.jobs -= jobs
    if (watched.jobs > 0) return
    this.#waiting.delete(signal)
    signal.removeEventListener('abort', watched.onAbort)
  }

  #dropAborted(signal: AbortSignal): void {
    const dropped: T[] = []
    for (const list of [this.#urgent, this.#others]) {
      const kept = list.filter((job) => job.signal !== signal || !dropped.push(job))
      list.splice(0, list.length, ...kept)
    }
    this.#unwatch(signal, dropped.length)
    for (const job of dropped) this.add(job)
  }
}
