import { Worker } from 'node:worker_threads'
import { type ErrorAnswer, SemdexError } from '../core/errors.ts'
import { workerFlags } from '../threads/worker-flags.ts'
import type { ConnectionOptions } from './connection.ts'
import type { Kind } from './session.ts'
import type { Job, Reply, ThreadData } from './thread.ts'

/** A thread that serves a database, as the one that started it sees it. */
export interface Thread {
  readonly readOnly: boolean
  readonly warnings: ErrorAnswer[]
  readonly alive: boolean
  run(kind: Kind, name: string, args: unknown): Promise<unknown>
  close(): Promise<void>
  /** Breaks off what it does. */
  stop(): Promise<void>
}

/** Answers once the thread has opened the file. */
export async function startThread(module: URL, options: ConnectionOptions): Promise<Thread> {
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
    async stop() {
      await worker.terminate()
    },
  }
}
