import { Worker } from 'node:worker_threads'
import { type ErrorAnswer, SemdexError, throwIfAborted } from '../core/errors.ts'
import { workerFlags } from '../core/worker-flags.ts'
import { closedError } from './closed.ts'
import type { ConnectionOptions } from './connection.ts'
import type { PoolOptions, SqlitePool } from './procedures.ts'
import { readOnlyError } from './session.ts'
import type { Job, Reply, ThreadData } from './thread.ts'

/**
 * One thread that writes and up to `readers` threads that read, each started when it is first needed. Until two things are
 * asked for at once the writer reads, too: a short use needs no second thread.
 */
export async function openThreads(module: URL, options: PoolOptions): Promise<SqlitePool> {
  const { warn, mode: _, readers = 2, ...connection } = options
  const start = (readOnly: boolean) => startThread(module, { ...connection, readOnly })
  const first = await start(connection.readOnly ?? false)
  for (const warning of first.warnings) warn?.(SemdexError.fromJSON(warning))
  const { readOnly } = first
  const read = createQueue(readers, () => start(true), readOnly ? first : null)
  const write = createQueue(1, () => start(false), readOnly ? null : first)
  return {
    file: options.file,
    readOnly,
    read(name, args, signal) {
      const reader = !read.isStarted && write.isIdle ? write : read
      return reader.run('read', name, args, signal)
    },
    async write(name, args, signal) {
      if (readOnly && !write.closed) throw readOnlyError(options.file)
      return write.run('write', name, args, signal)
    },
    async close() {
      // The writer is the last one out: it merges the log into the file.
      await read.close()
      await write.close()
    },
  }
}

interface Thread {
  readonly readOnly: boolean
  readonly warnings: ErrorAnswer[]
  readonly alive: boolean
  run(kind: 'read' | 'write', name: string, args: unknown): Promise<unknown>
  close(): Promise<void>
}

interface Queue {
  readonly closed: boolean
  /** Whether it has a thread, or is starting one. */
  readonly isStarted: boolean
  /** Whether a thread waits for a job. */
  readonly isIdle: boolean
  run(kind: 'read' | 'write', name: string, args: unknown, signal?: AbortSignal): Promise<unknown>
  /** Finishes what was asked for, then ends the threads. */
  close(): Promise<void>
}

/**
 * Hands each job to an idle thread. Where all are busy and more are allowed one more is started, and the job is for
 * whichever is free first.
 */
function createQueue(size: number, start: () => Promise<Thread>, first: Thread | null): Queue {
  const idle: Thread[] = first ? [first] : []
  const waiting: { resolve: (thread: Thread) => void; reject: (reason: unknown) => void }[] = []
  const pending = new Set<Promise<unknown>>()
  const starting = new Set<Promise<void>>()
  let started = idle.length
  let closed = false

  function acquire(): Promise<Thread> {
    for (let thread = idle.pop(); thread; thread = idle.pop()) {
      if (thread.alive) return Promise.resolve(thread)
      started--
    }
    const freed = new Promise<Thread>((resolve, reject) => waiting.push({ resolve, reject }))
    if (started < size) startOne()
    return freed
  }

  function startOne(): void {
    started++
    const begun = start().then(release, (thrown) => {
      started--
      waiting.shift()?.reject(thrown)
      if (waiting.length > 0) startOne()
    })
    starting.add(begun)
    begun.finally(() => starting.delete(begun))
  }

  function release(thread: Thread): void {
    const next = waiting.shift()
    if (!next) idle.push(thread)
    else if (thread.alive) next.resolve(thread)
    else {
      started--
      acquire().then(next.resolve, next.reject)
    }
  }

  async function run(kind: 'read' | 'write', name: string, args: unknown, signal?: AbortSignal): Promise<unknown> {
    const thread = await acquire()
    try {
      throwIfAborted(signal)
      return await thread.run(kind, name, args)
    } finally {
      release(thread)
    }
  }

  return {
    get closed() {
      return closed
    },
    get isStarted() {
      return started > 0
    },
    get isIdle() {
      return idle.length > 0 && !closed
    },
    async run(kind, name, args, signal) {
      throwIfAborted(signal)
      if (closed) throw closedError()
      const job = run(kind, name, args, signal)
      pending.add(job)
      return job.finally(() => pending.delete(job))
    },
    async close() {
      closed = true
      await Promise.allSettled(pending)
      await Promise.all(starting)
      await Promise.all(idle.splice(0).map((thread) => thread.close()))
    },
  }
}

async function startThread(module: URL, options: ConnectionOptions): Promise<Thread> {
  const workerData: ThreadData = { options }
  const worker = new Worker(module, { workerData, ...workerFlags(process.execArgv) })
  const jobs = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>()
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()))
  let sent = 0
  let alive = true

  worker.on('message', (reply: Reply) => {
    const job = jobs.get(reply.id)
    jobs.delete(reply.id)
    if (jobs.size === 0) worker.unref()
    if (reply.ok) job?.resolve(reply.value)
    else job?.reject(SemdexError.fromJSON(reply.error))
  })
  const fail = (cause?: unknown) => {
    alive = false
    const error = new SemdexError('INTERNAL', { message: 'A thread of the database ended unexpectedly.', cause })
    for (const { reject } of jobs.values()) reject(error)
    jobs.clear()
  }
  worker.on('error', fail)
  worker.on('exit', () => fail())

  const expect = (id: number) => {
    worker.ref()
    return new Promise<unknown>((resolve, reject) => jobs.set(id, { resolve, reject }))
  }
  const ready = (await expect(0)) as Pick<Thread, 'readOnly' | 'warnings'>
  return {
    ...ready,
    get alive() {
      return alive
    },
    run(kind, name, args) {
      const id = ++sent
      const reply = expect(id)
      worker.postMessage({ id, kind, name, args } satisfies Job)
      return reply
    },
    async close() {
      worker.ref()
      worker.postMessage({ id: 0, kind: 'close', name: '', args: null } satisfies Job)
      await exited
    },
  }
}
