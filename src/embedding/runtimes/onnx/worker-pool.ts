import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { SemdexError, throwIfAborted } from '../../../core/errors.ts'
import { workerFlags } from '../../../core/worker-flags.ts'
import type { Encoding } from '../../tokenizer.ts'
import type { EncodedVectors, JobOptions, JobTimings, ModelRunner, RunnerState } from '../runner.ts'
import type { Answer, Job, JobValue, Request } from './messages.ts'
import type { OnnxModelSettings } from './model.ts'

export interface PoolSettings extends Omit<OnnxModelSettings, 'cacheDirectory'> {
  /** The most workers; each loads the model once it is needed. */
  workers: number
}

/**
 * Runs the model in worker threads, the first of which is loaded when this answers.
 * Idle workers do not keep the process alive.
 * @throws {SemdexError} what loading the model throws.
 */
export async function openWorkerPool(settings: PoolSettings): Promise<ModelRunner> {
  const pool = new WorkerPool(settings)
  await pool.start()
  return {
    tokenize: (texts, options) => pool.run({ type: 'tokenize', texts }, options) as Promise<Encoding[]>,
    infer: (batch, options) =>
      pool.run({ type: 'infer', batch, inputs: options.inputs }, options) as Promise<Float32Array>,
    embed: (texts, options) =>
      pool.run({ type: 'embed', texts, inputs: options.inputs }, options) as Promise<EncodedVectors>,
    state: () => pool.state(),
    close: () => pool.close(),
  }
}

interface QueuedJob {
  job: Job
  queued: number
  options: JobOptions
  resolve: (value: JobValue) => void
  reject: (reason: unknown) => void
}

class WorkerPool {
  readonly #settings: PoolSettings
  readonly #workers = new Set<PoolWorker>()
  readonly #urgent: QueuedJob[] = []
  readonly #queue: QueuedJob[] = []

  constructor(settings: PoolSettings) {
    this.#settings = settings
  }

  async start(): Promise<void> {
    await this.#addWorker().ready
  }

  run(job: Job, options: JobOptions): Promise<JobValue> {
    return new Promise((resolve, reject) => {
      const list = options.urgent ? this.#urgent : this.#queue
      list.push({ job, queued: performance.now(), options, resolve, reject })
      this.#dispatch()
    })
  }

  state(): RunnerState {
    return { waiting: this.#urgent.length + this.#queue.length, workers: this.#workers.size, restarts: 0 }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#workers].map((worker) => worker.close()))
  }

  #dispatch(): void {
    while (this.#urgent.length + this.#queue.length > 0) {
      const worker = [...this.#workers].find(({ idle }) => idle)
      if (!worker) {
        if (this.#workers.size < this.#settings.workers) this.#addWorker()
        return
      }
      this.#perform(worker, (this.#urgent.shift() ?? this.#queue.shift()) as QueuedJob)
    }
  }

  #perform(worker: PoolWorker, { job, queued, options, resolve, reject }: QueuedJob): void {
    try {
      throwIfAborted(options.signal)
    } catch (aborted) {
      reject(aborted)
      return
    }
    const queue = performance.now() - queued
    worker
      .perform(job)
      .then(({ value, timings }) => {
        options.onTimed({ queue, ...timings })
        resolve(value)
      })
      .catch(reject)
      .finally(() => this.#dispatch())
  }

  #addWorker(): PoolWorker {
    const { spec, folder, threads } = this.#settings
    const worker = new PoolWorker({ spec, folder, threads, cacheDirectory: null })
    this.#workers.add(worker)
    worker.ready.then(
      () => this.#dispatch(),
      (cause) => this.#failQueued(cause),
    )
    worker.gone.then(() => {
      this.#workers.delete(worker)
      this.#dispatch()
    })
    return worker
  }

  /** A worker that cannot load its model: the work goes to the others, or fails where there are none. */
  #failQueued(cause: unknown): void {
    if ([...this.#workers].some(({ alive }) => alive)) return
    for (const list of [this.#urgent, this.#queue]) for (const { reject } of list.splice(0)) reject(cause)
  }
}

interface Done {
  value: JobValue
  timings: JobTimings
}

/** One thread with its own copy of the model. */
class PoolWorker {
  readonly ready: Promise<void>
  readonly gone: Promise<void>
  readonly #worker: Worker
  #state: 'loading' | 'idle' | 'busy' | 'gone' = 'loading'
  #settle: { resolve: (done: Done) => void; reject: (reason: unknown) => void } | null = null
  #settled: Promise<unknown>

  constructor(settings: OnnxModelSettings) {
    const extension = extname(fileURLToPath(import.meta.url))
    this.#worker = new Worker(new URL(`./worker${extension}`, import.meta.url), {
      workerData: settings,
      execArgv: workerFlags(process.execArgv),
    })
    this.ready = this.#answered().then(() => undefined)
    this.#settled = this.ready.catch(() => undefined)
    this.#worker.on('message', (answer: Answer) => this.#onAnswer(answer))
    this.#worker.on('error', (cause) => this.#onFailure(cause))
    this.gone = new Promise((resolve) =>
      this.#worker.once('exit', () => {
        this.#onFailure(new Error('the worker ended'))
        this.#state = 'gone'
        resolve()
      }),
    )
  }

  get idle(): boolean {
    return this.#state === 'idle'
  }

  get alive(): boolean {
    return this.#state !== 'gone'
  }

  perform(job: Job): Promise<Done> {
    this.#state = 'busy'
    this.#worker.ref()
    const answered = this.#answered()
    this.#settled = answered.catch(() => undefined)
    this.#post(job)
    return answered
  }

  /** Ends the thread once its job is done: ending it inside ONNX Runtime aborts the process. */
  async close(): Promise<void> {
    await this.#settled
    if (this.#state !== 'gone') {
      this.#worker.ref()
      this.#post({ type: 'close' })
    }
    await this.gone
  }

  #post(request: Request): void {
    this.#worker.postMessage(request)
  }

  #answered(): Promise<Done> {
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject }
    })
  }

  #onAnswer(answer: Answer): void {
    const settle = this.#settle
    this.#settle = null
    this.#state = this.#state === 'loading' && answer.type === 'failed' ? 'gone' : 'idle'
    this.#worker.unref()
    if (answer.type === 'failed') settle?.reject(SemdexError.fromJSON(answer.error))
    else settle?.resolve(answer.type === 'done' ? answer : { value: [], timings: {} })
  }

  #onFailure(cause: unknown): void {
    this.#settle?.reject(
      new SemdexError('EMBEDDING_FAILED', { message: `A worker that runs the model ended: ${String(cause)}.`, cause }),
    )
    this.#settle = null
  }
}
