import { SemdexError, throwIfAborted } from '../core/errors.ts'
import { openAside } from './aside.ts'
import { closedError } from './closed.ts'
import type { PoolOptions, SqlitePool } from './procedures.ts'
import { type Kind, readOnlyError } from './session.ts'
import { startThread, type Thread } from './start-thread.ts'

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
  const aside = openAside(module, connection)
  const reader = () => (!read.isStarted && write.isIdle ? write : read)
  return {
    file: options.file,
    readOnly,
    read: (name, args, signal) => reader().run('read', name, args, signal),
    scan: (name, args, signal) => reader().run('read', name, args, signal, true),
    async write(name, args, signal) {
      if (readOnly && !write.closed) throw readOnlyError(options.file)
      return write.run('write', name, args, signal)
    },
    async upkeep(where, name, args, signal) {
      if (where === 'aside') return aside.run(name, args, signal)
      if (readOnly && !write.closed) throw readOnlyError(options.file)
      return write.run('upkeep', name, args, signal)
    },
    async close() {
      // The writer is the last one out: it merges the log into the file.
      await aside.close()
      await read.close()
      await write.close()
    },
  }
}

interface Queue {
  readonly closed: boolean
  /** Whether it has a thread, or is starting one. */
  readonly isStarted: boolean
  /** Whether a thread waits for a job. */
  readonly isIdle: boolean
  /** `isLong`: others may go before it. */
  run(kind: Kind, name: string, args: unknown, signal?: AbortSignal, isLong?: boolean): Promise<unknown>
  /** Finishes what was asked for, then ends the threads. */
  close(): Promise<void>
}

/**
 * Hands each job to an idle thread. Where all are busy and more are allowed one more is started, and the job is for
 * whichever is free first.
 */
function createQueue(size: number, start: () => Promise<Thread>, first: Thread | null): Queue {
  const idle: Thread[] = first ? [first] : []
  const waiting = createWaiting()
  const pending = new Set<Promise<unknown>>()
  const starting = new Set<Promise<void>>()
  let started = idle.length
  let closed = false

  function acquire(isLong = false): Promise<Thread> {
    for (let thread = idle.pop(); thread; thread = idle.pop()) {
      if (thread.alive) return Promise.resolve(thread)
      started--
    }
    const freed = new Promise<Thread>((resolve, reject) => waiting.add({ resolve, reject }, isLong))
    if (started < size) startOne()
    return freed
  }

  function startOne(): void {
    started++
    const begun = start().then(release, (thrown) => {
      started--
      waiting.next()?.reject(thrown)
      if (waiting.size > 0) startOne()
    })
    starting.add(begun)
    begun.finally(() => starting.delete(begun))
  }

  function release(thread: Thread): void {
    const next = waiting.next()
    if (!next) idle.push(thread)
    else if (thread.alive) next.resolve(thread)
    else {
      started--
      acquire().then(next.resolve, next.reject)
    }
  }

  async function run(
    { kind, name, args, isLong }: { kind: Kind; name: string; args: unknown; isLong: boolean },
    signal?: AbortSignal,
  ): Promise<unknown> {
    const thread = await acquire(isLong)
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
    async run(kind, name, args, signal, isLong = false) {
      throwIfAborted(signal)
      if (closed) throw closedError()
      const job = run({ kind, name, args, isLong }, signal)
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

interface Waiter {
  resolve(thread: Thread): void
  reject(reason: unknown): void
}

/** One in so many times a long job goes before short ones, so that it comes about however many of these there are. */
const LONG_TURN = 8

/**
 * Who waits for a thread. Short jobs come first: they are the last step of most requests, which hold all that they have found
 * until then.
 */
function createWaiting() {
  const short: Waiter[] = []
  const long: Waiter[] = []
  let turns = 0
  return {
    get size() {
      return short.length + long.length
    },
    add(waiter: Waiter, isLong: boolean): void {
      ;(isLong ? long : short).push(waiter)
    },
    next(): Waiter | undefined {
      const first = ++turns % LONG_TURN === 0 ? long : short
      return first.shift() ?? short.shift() ?? long.shift()
    },
  }
}
