import { type ResourceLimits, Worker } from 'node:worker_threads'
import { SemdexError } from '../../core/errors.ts'
import { workerFlags } from '../../threads/worker-flags.ts'
import { forgetEnd, watchEnd } from './end-of-process.ts'
import type { Answer, Done, Request, ThreadData } from './messages.ts'

export interface ThreadSettings {
  /** The module that a thread runs: it calls `serve`. */
  module: URL
  /** What its `open` gets. */
  data: unknown
  resourceLimits?: ResourceLimits
}

/** How a thread ended that nobody had told to. */
export class ThreadEnded extends Error {}

interface Settle<Value> {
  resolve: (done: Done<Value> | null) => void
  reject: (reason: unknown) => void
}

/** One thread of a pool. It keeps the process alive only while it has something to do. */
export class PoolThread<Job, Value> {
  /** Rejects with what `open` threw, or `ThreadEnded`. */
  readonly ready: Promise<void>
  /** The thread is over; true where nobody had told it to end. */
  readonly gone: Promise<boolean>
  readonly started = performance.now()
  /** When it was ready; infinite until then. */
  loaded = Number.POSITIVE_INFINITY
  /** It is quicker at a job that is alone. */
  quick = false
  /** It has run out of memory once. */
  spent = false
  readonly #worker: Worker
  #state: 'loading' | 'idle' | 'busy' | 'closing' | 'gone' = 'loading'
  #settle: Settle<Value> | null = null
  #settled: Promise<unknown>
  #failure: unknown = null

  constructor({ module, data, resourceLimits }: ThreadSettings) {
    const end = watchEnd()
    this.#worker = new Worker(module, {
      workerData: { data, end } satisfies ThreadData,
      ...workerFlags(process.execArgv),
      ...(resourceLimits && { resourceLimits }),
    })
    const answered = this.#answered()
    this.#settled = answered.catch(() => undefined)
    this.ready = answered.then(() => {
      this.loaded = performance.now()
    })
    this.#worker.on('message', (answer: Answer<Value>) => this.#onAnswer(answer))
    this.#worker.on('error', (cause) => {
      this.#failure = cause
    })
    this.gone = new Promise((resolve) => this.#worker.once('exit', (code) => resolve(this.#onExit(code))))
    this.#worker.once('exit', () => forgetEnd(end))
  }

  get state() {
    return this.#state
  }

  async perform(job: Job, alone: boolean): Promise<Done<Value>> {
    return (await this.#request({ type: 'job', job, alone })) as Done<Value>
  }

  async quicken(): Promise<void> {
    await this.#request({ type: 'quicken' })
    this.quick = true
  }

  /** Ends the thread once its job is done: ending it inside native code aborts the process. */
  async close(): Promise<void> {
    while (this.#state === 'loading' || this.#state === 'busy') await this.#settled
    if (this.#state === 'idle') {
      this.#state = 'closing'
      this.#worker.ref()
      this.#worker.postMessage({ type: 'close' } satisfies Request<Job>)
    }
    await this.gone
  }

  #request(request: Request<Job>): Promise<Done<Value> | null> {
    this.#state = 'busy'
    this.#worker.ref()
    const answered = this.#answered()
    this.#settled = answered.catch(() => undefined)
    this.#worker.postMessage(request)
    return answered
  }

  #answered(): Promise<Done<Value> | null> {
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject }
    })
  }

  #onAnswer(answer: Answer<Value>): void {
    const settle = this.#settle
    this.#settle = null
    this.#worker.unref()
    // A thread that could not load has nothing to listen to, and ends by itself.
    this.#state = this.#state === 'loading' && answer.type === 'failed' ? 'closing' : 'idle'
    if (answer.type === 'failed') {
      this.spent ||= answer.spent
      settle?.reject(SemdexError.fromJSON(answer.error))
    } else settle?.resolve(answer.type === 'done' ? answer : null)
  }

  #onExit(code: number): boolean {
    const unasked = this.#state !== 'closing'
    this.#state = 'gone'
    const reason = this.#failure instanceof Error ? this.#failure.message : `exit code ${code}`
    this.#settle?.reject(new ThreadEnded(reason, { cause: this.#failure ?? undefined }))
    this.#settle = null
    return unasked
  }
}
