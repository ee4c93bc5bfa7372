import { existsSync } from 'node:fs'
import type { Parts } from '../../core/parts.ts'
import { ENDED_STATES, type JobSummary } from '../../core/ports/job-store.ts'
import { operationNamed } from '../table.ts'
import { jobRunner } from './runner.ts'
import { showJob, showSummary } from './schemas.ts'

/** Goes on with what an earlier server has left. A database that is not there yet holds nothing, and is not made. */
export async function resumeJobs(parts: Parts): Promise<void> {
  if (!existsSync(parts.configuration.database)) return
  await (await jobRunner(parts, operationNamed)).resume()
}

/** A job as it is now, with its result once it has ended. */
export type JobNow = ReturnType<typeof showSummary> | ReturnType<typeof showJob>

/** Milliseconds between two looks at a job that another process may be running. */
const LOOK_INTERVAL = 1_000

/**
 * A job each time that it has changed, the present state first, until it has ended or the signal fires. What happens while
 * the consumer is busy is left out: the newest state says it all. With `after`, what is no newer than that revision, too.
 */
export async function* watchJob(
  parts: Parts,
  id: string,
  { signal, after = -1 }: { signal: AbortSignal; after?: number },
): AsyncGenerator<JobNow, void> {
  const runner = await jobRunner(parts, operationNamed)
  const { jobs } = await parts.storage()
  const changes = changesOf((listener) => runner.listen(id, listener), signal)
  let told = after
  try {
    while (!signal.aborted) {
      await runner.release()
      const job = await jobs.job(id)
      if (!job) return
      const ended = hasEnded(job)
      if (job.revision > told) yield ended ? showJob(job) : showSummary(job)
      if (ended) return
      told = job.revision
      await changes.next()
    }
  } finally {
    changes.stop()
  }
}

/** `watchJob` of a job that this process runs or is about to run; of any other nothing. */
export async function* watchOwnJob(
  parts: Parts,
  id: string,
  options: { signal: AbortSignal },
): AsyncGenerator<JobNow, void> {
  const { name } = await jobRunner(parts, operationNamed)
  const { jobs } = await parts.storage()
  const job = await jobs.job(id)
  if (job?.runner === name) yield* watchJob(parts, id, options)
}

export function hasEnded({ state }: Pick<JobSummary, 'state'>): boolean {
  return ENDED_STATES.includes(state)
}

function changesOf(listen: (listener: () => void) => () => void, signal: AbortSignal) {
  let changed = false
  let wake: (() => void) | null = null
  const tell = () => {
    changed = true
    wake?.()
  }
  const unlisten = listen(tell)
  signal.addEventListener('abort', tell)
  return {
    /** Settles at the next change, at once where there was one meanwhile. */
    async next(): Promise<void> {
      if (!changed && !signal.aborted) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, LOOK_INTERVAL)
          wake = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      }
      changed = false
      wake = null
    },
    stop() {
      unlisten()
      signal.removeEventListener('abort', tell)
    },
  }
}
