import { throwIfAborted } from '../core/errors.ts'
import { closedError } from './closed.ts'
import type { ConnectionOptions } from './connection.ts'
import { startThread } from './start-thread.ts'

export interface Aside {
  run(name: string, args: unknown, signal?: AbortSignal): Promise<unknown>
  /** Breaks off what goes on. */
  close(): Promise<void>
}

/** Upkeep in threads that read and do one thing each: started for it, and broken off by its signal or by `close`. */
export function openAside(module: URL, options: ConnectionOptions): Aside {
  const closing = new AbortController()
  const running = new Set<Promise<unknown>>()

  async function run(name: string, args: unknown, signal: AbortSignal): Promise<unknown> {
    const thread = await startThread(module, { ...options, readOnly: true })
    const stop = () => void thread.stop()
    signal.addEventListener('abort', stop)
    try {
      throwIfAborted(signal)
      return await thread.run('upkeep', name, args)
    } finally {
      signal.removeEventListener('abort', stop)
      if (thread.alive) await thread.close()
    }
  }

  async function runUntil(name: string, args: unknown, signal?: AbortSignal): Promise<unknown> {
    throwIfAborted(signal)
    try {
      return await run(name, args, signal ? AbortSignal.any([signal, closing.signal]) : closing.signal)
    } catch (thrown) {
      throwIfAborted(signal)
      throw closing.signal.aborted ? closedError() : thrown
    }
  }

  return {
    async run(name, args, signal) {
      if (closing.signal.aborted) throw closedError()
      const job = runUntil(name, args, signal)
      running.add(job)
      return job.finally(() => running.delete(job))
    },
    async close() {
      closing.abort()
      await Promise.allSettled(running)
    },
  }
}
