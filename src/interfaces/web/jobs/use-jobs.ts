import { type Answer, api, type JobSummary } from '../api.ts'
import { type Asked, useAsked, useEvery } from '../state/asked.ts'

/** Milliseconds between two looks: while a job waits or runs, and else. */
const SOON = 700
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
