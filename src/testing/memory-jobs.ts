import type { Job, JobStore, JobSummary, NewJob } from '../core/ports/job-store.ts'
import { assertOpen, fail, type MemoryJob, type MemoryState } from './memory-state.ts'

export function memoryJobs(state: MemoryState): JobStore {
  const all = () => {
    assertOpen(state)
    return state.jobs
  }
  const own = (id: string, runner: string) =>
    all().find((job) => job.id === id && job.runner === runner && job.state === 'running')
  return {
    async addJob(given, { unfinished }) {
      if (all().filter(isUnfinished).length >= unfinished) throw fail('SERVER_BUSY')
      const job: MemoryJob = { ...structuredClone(given), ...BEGIN, key: ++state.lastKey, beatAt: given.createdAt }
      state.jobs.push(job)
      return toJob(job)
    },
    async job(id) {
      const job = all().find((each) => each.id === id)
      return job ? toJob(job) : null
    },
    async jobs({ before = Number.POSITIVE_INFINITY, limit, owner, states }) {
      const wanted = all().filter(
        (job) =>
          job.key < before && (owner === undefined || job.owner === owner) && (!states || states.includes(job.state)),
      )
      return wanted.reverse().slice(0, limit).map(toSummary)
    },
    async claimJob(runner, at) {
      const job = all().find((each) => each.state === 'queued' && (each.runner === runner || each.runner === null))
      if (!job) return null
      change(job, { state: 'running', runner, startedAt: at, beatAt: at, attempts: job.attempts + 1 })
      return toJob(job)
    },
    async setProgress(id, runner, progress, at) {
      const job = own(id, runner)
      if (!job) return null
      change(job, { progress, beatAt: at })
      return toSummary(job)
    },
    async finishJob(id, runner, outcome, at) {
      const job = own(id, runner)
      if (!job) return null
      change(job, { error: null, ...structuredClone(outcome), finishedAt: at, cancelling: false })
      return toJob(job)
    },
    async cancelJob(id, at) {
      const job = all().find((each) => each.id === id)
      if (job?.state === 'queued') change(job, { state: 'cancelled', finishedAt: at })
      if (job?.state === 'running' && !job.cancelling) change(job, { cancelling: true })
      return job ? toSummary(job) : null
    },
    async beat(runner, at) {
      const jobs = all().filter((job) => job.runner === runner && isUnfinished(job))
      for (const job of jobs) job.beatAt = at
      return jobs.filter((job) => job.state === 'running' && job.cancelling).map(({ id }) => id)
    },
    async runners() {
      const beats = new Map<string, number>()
      for (const { runner, beatAt } of all().filter(isUnfinished)) {
        if (runner !== null) beats.set(runner, Math.max(beatAt, beats.get(runner) ?? 0))
      }
      return [...beats].map(([runner, beatAt]) => ({ runner, beatAt })).sort((a, b) => (a.runner < b.runner ? -1 : 1))
    },
    async releaseJobs(runner, { resume, attempts, at }) {
      const lost = all().filter((job) => job.runner === runner && isUnfinished(job))
      for (const job of lost) {
        const again = job.state === 'queued' || (resume.includes(job.operation) && job.attempts < attempts)
        if (job.cancelling) change(job, { state: 'cancelled', finishedAt: at, cancelling: false })
        else if (again) change(job, { state: 'queued', runner: null })
        else change(job, { state: 'interrupted', finishedAt: at })
      }
      return lost.map(toSummary)
    },
    async sweepJobs({ endedBefore, keep, bytes }) {
      const kept: MemoryJob[] = []
      let total = 0
      for (const job of all().toReversed()) {
        if (isUnfinished(job)) continue
        if ((job.finishedAt ?? 0) < endedBefore) continue
        total += sizeOf(job)
        if (kept.length < keep && total <= bytes) kept.push(job)
      }
      const before = state.jobs.length
      state.jobs = state.jobs.filter((job) => isUnfinished(job) || kept.includes(job))
      return before - state.jobs.length
    },
  }
}

const BEGIN: Omit<MemoryJob, 'key' | 'beatAt' | keyof NewJob> = {
  state: 'queued',
  progress: null,
  error: null,
  result: null,
  resultBytes: null,
  attempts: 0,
  cancelling: false,
  revision: 0,
  startedAt: null,
  finishedAt: null,
}

function change(job: MemoryJob, values: Partial<MemoryJob>): void {
  Object.assign(job, values, { revision: job.revision + 1 })
}

function isUnfinished({ state }: MemoryJob): boolean {
  return state === 'queued' || state === 'running'
}

function sizeOf({ input, result }: MemoryJob): number {
  return JSON.stringify(input).length + (result === null ? 0 : JSON.stringify(result).length)
}

function toJob({ beatAt: _, ...job }: MemoryJob): Job {
  return structuredClone(job)
}

function toSummary({ beatAt: _, input: __, result: ___, ...summary }: MemoryJob): JobSummary {
  return structuredClone(summary)
}
