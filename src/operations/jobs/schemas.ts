import * as v from 'valibot'
import { SemdexError } from '../../core/errors.ts'
import type { Job, JobStore, JobSummary } from '../../core/ports/job-store.ts'
import type { Asker } from '../operation.ts'
import { Count, ErrorOutput } from '../schemas.ts'

export const JobId = v.pipe(v.string(), v.minLength(1), v.maxLength(100))

export const JobState = v.picklist(['queued', 'running', 'succeeded', 'failed', 'cancelled', 'interrupted'])

const SUMMARY = {
  id: v.string(),
  operation: v.string(),
  state: JobState,
  progress: v.nullable(
    v.object({
      stage: v.string(),
      done: v.number(),
      total: v.nullable(v.number()),
      unit: v.string(),
      chunks: v.optional(Count),
    }),
  ),
  /** Why it failed. */
  error: v.nullable(ErrorOutput),
  /** Of the result as JSON. */
  resultBytes: v.nullable(Count),
  /** The id of the key of whoever started it; null for the machine's owner. */
  owner: v.nullable(v.string()),
  /** How often it was begun. */
  attempts: Count,
  /** True from when it was asked to stop until it has. */
  cancelling: v.boolean(),
  /** Raised by one with each change. */
  revision: Count,
  /** Milliseconds since 1970. */
  createdAt: v.number(),
  startedAt: v.nullable(v.number()),
  finishedAt: v.nullable(v.number()),
}

export const SummaryOutput = v.object(SUMMARY)

export const JobOutput = v.object({
  ...SUMMARY,
  input: v.any(),
  /** What the operation answered; null before, and where that has more than a megabyte: the work itself is done. */
  result: v.any(),
})

export function showSummary({ key: _, runner: __, ...shown }: JobSummary): v.InferOutput<typeof SummaryOutput> {
  const { id, operation, state, progress, error, resultBytes, owner, attempts, cancelling, revision } = shown
  const { createdAt, startedAt, finishedAt } = shown
  return {
    ...{ id, operation, state, progress, error, resultBytes, owner, attempts, cancelling, revision },
    ...{ createdAt, startedAt, finishedAt },
  }
}

export function showJob(job: Job): v.InferOutput<typeof JobOutput> {
  return { ...showSummary(job), input: job.input, result: job.result }
}

/** Whoever may do everything sees every job; others see those that they have started. */
export function ownerSeenBy(asker: Asker | undefined): string | undefined {
  return asker === undefined || asker.access === 'admin' ? undefined : (asker.key ?? '')
}

/** @throws {SemdexError} `JOB_NOT_FOUND`, also for a job that the asker may not see */
export async function requireJob(store: JobStore, id: string, asker: Asker | undefined): Promise<Job> {
  const job = await store.job(id)
  const owner = ownerSeenBy(asker)
  if (job && (owner === undefined || job.owner === owner)) return job
  throw new SemdexError('JOB_NOT_FOUND', {
    message: `There is no job ${id}.`,
    fix: 'GET /api/jobs lists them; those that ended are kept for a week',
    details: { id },
  })
}
