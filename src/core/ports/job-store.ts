import type { ErrorAnswer } from '../errors.ts'

/**
 * Work that outlives the call that asked for it. The store keeps what there is to do and what came of it; runners, one
 * for each process, do it.
 *
 * - What a call has acknowledged is durable, and is seen by every later call of every process on the database.
 * - A job is taken by one runner alone: `claimJob` gives it to whoever asks first. It gives the oldest job that waits for
 *   this runner or for anyone.
 * - Whatever a runner says of a job that is not its own any more is left out, and it is told so by null.
 * - Every change of a job raises its `revision` by one; beats are no change.
 * - A job that has ended never changes again.
 * - Input, progress, result and error are JSON values and come back as they were put.
 * - Safe for concurrent callers and for several processes on one database.
 * @throws {SemdexError} `SERVER_BUSY` where too many jobs wait; `DATABASE_BUSY`, `DATABASE_READ_ONLY`, `DISK_FULL`,
 * `STORE_CLOSED`
 */
export interface JobStore {
  /** The job waits for its runner. At most `unfinished` jobs may wait or run then. */
  addJob(job: NewJob, limits: { unfinished: number }): Promise<Job>
  job(id: string): Promise<Job | null>
  /** Newest first, those made before the job of the key `before`; of one owner where one is given. */
  jobs(options: { before?: number; limit: number; owner?: string; states?: readonly JobState[] }): Promise<JobSummary[]>

  /** The next job, `running` from now on; null where none waits. */
  claimJob(runner: string, at: number): Promise<Job | null>
  /** Null where the runner has lost the job. */
  setProgress(id: string, runner: string, progress: JobProgress, at: number): Promise<JobSummary | null>
  /** Null where the runner has lost the job. */
  finishJob(id: string, runner: string, outcome: JobOutcome, at: number): Promise<Job | null>
  /** A job that waits is `cancelled` now; one that runs is marked, and its runner stops it. Null where there is none. */
  cancelJob(id: string, at: number): Promise<JobSummary | null>

  /** Says that the runner lives. Answers its running jobs that are to be cancelled. */
  beat(runner: string, at: number): Promise<string[]>
  /** The runners of jobs that have not ended. */
  runners(): Promise<{ runner: string; beatAt: number }[]>
  /**
   * Takes from a runner that is gone what it has not ended: jobs that wait, and those that ran an operation of `resume`
   * and were begun fewer than `attempts` times, wait for anyone now; one that was to be cancelled is `cancelled`; the others
   * are `interrupted`. Answers those that changed.
   */
  releaseJobs(runner: string, options: ReleaseOptions): Promise<JobSummary[]>
  /** Removes jobs that ended before a time, and the oldest of those that ended beyond a number and a size. */
  sweepJobs(limits: SweepLimits): Promise<number>
}

export type JobState = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled' | 'interrupted'

/** The states that never change. */
export const ENDED_STATES: readonly JobState[] = ['succeeded', 'failed', 'cancelled', 'interrupted']

export interface NewJob {
  id: string
  operation: string
  input: unknown
  /** The id of the key of whoever asked; null for the machine's owner. */
  owner: string | null
  runner: string
  createdAt: number
}

/** Times are milliseconds since 1970. */
export interface Job extends JobSummary {
  input: unknown
  /** Null before the end, and where it was too large to keep. */
  result: unknown
}

export interface JobSummary {
  /** The store's own number; never used again. */
  key: number
  id: string
  operation: string
  owner: string | null
  state: JobState
  progress: JobProgress | null
  error: ErrorAnswer | null
  /** Of the result as JSON; null where there is none. */
  resultBytes: number | null
  /** Null while it waits for anyone. */
  runner: string | null
  /** How often it was begun. */
  attempts: number
  /** True where a job that runs is to be cancelled. */
  cancelling: boolean
  revision: number
  createdAt: number
  startedAt: number | null
  finishedAt: number | null
}

export interface JobProgress {
  stage: string
  done: number
  total: number | null
  unit: string
  chunks?: number
}

export type JobOutcome =
  | { state: 'succeeded'; result: unknown; resultBytes: number }
  | { state: 'failed' | 'cancelled' | 'interrupted'; error: ErrorAnswer | null }

export interface ReleaseOptions {
  resume: readonly string[]
  attempts: number
  at: number
}

export interface SweepLimits {
  endedBefore: number
  keep: number
  /** Of inputs and results together, as JSON. */
  bytes: number
}
