import type { JobRequest, Pool } from '../../scheduling/pool.ts'

/**
 * A pool that is closed after some time without work, with all that `open` read for it, and opened again for a job.
 * @throws what opening throws.
 */
export async function openUnloading<Job, Value>(
  open: () => Promise<Pool<Job, Value>>,
  idleSeconds: number,
): Promise<Pool<Job, Value>> {
  let pool: Pool<Job, Value> | null = await open()
  let opening: Promise<Pool<Job, Value>> | null = null
  let closing: Promise<void> = Promise.resolve()
  let running = 0
  let timer: NodeJS.Timeout | undefined

  async function reopen(): Promise<Pool<Job, Value>> {
    try {
      pool = await open()
      return pool
    } finally {
      opening = null
    }
  }

  async function perform(job: Job, request: JobRequest): Promise<Value> {
    if (pool) return pool.run(job, request)
    const began = performance.now()
    opening ??= reopen()
    const opened = await opening
    const load = performance.now() - began
    return opened.run(job, { ...request, onTimed: (timings) => request.onTimed({ ...timings, load }) })
  }

  function rest(): void {
    if (idleSeconds > 0 && running === 0) timer = setTimeout(unload, idleSeconds * 1_000).unref()
  }

  function unload(): void {
    closing = Promise.all([closing, pool?.close()]).then(() => undefined)
    pool = null
  }

  rest()
  return {
    async run(job, request) {
      clearTimeout(timer)
      running++
      try {
        return await perform(job, request)
      } finally {
        running--
        rest()
      }
    },
    state: () => pool?.state() ?? { waiting: running, workers: 0, restarts: 0 },
    async close() {
      clearTimeout(timer)
      unload()
      await closing
    },
  }
}
