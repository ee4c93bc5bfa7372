import { useEffect, useState } from 'preact/hooks'
import type { Answer, JobSummary } from '../answers.ts'
import { api } from '../api.ts'
import { type Asked, useAsked, useEvery } from '../state/asked.ts'

/** Milliseconds between two looks: while a job waits or runs, and else. */
const SOON = 2_000
const LATER = 6_000

/** The server's jobs, newest first; asked for again and again, more often while one is under way. */
export function useJobs(): Asked<Answer<'jobs'>> {
  const asked = useAsked((signal) => api.jobs(signal), [])
  const isBusy = asked.answer?.jobs.some(isUnderWay) ?? false
  useEvery(asked.error ? null : isBusy ? SOON : LATER, asked.again)
  return asked
}

export function isUnderWay({ state }: Pick<JobSummary, 'state'>): boolean {
  return state === 'queued' || state === 'running'
}

/** The job as it changes; `onEnd` is called when it has ended. Where its events do not come, it stays as it was given. */
export function useLiveJob(job: JobSummary, onEnd: () => void): JobSummary {
  const [live, setLive] = useState(job)
  const { id } = job
  useEffect(() => {
    const controller = new AbortController()
    const follow = async () => {
      for await (const now of api.followJob(id, controller.signal)) {
        setLive(now)
        if (!isUnderWay(now)) onEnd()
      }
    }
    follow().catch(() => undefined)
    return () => controller.abort()
  }, [id, onEnd])
  return live.id === id && live.revision > job.revision ? live : job
}
