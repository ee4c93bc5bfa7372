import * as v from 'valibot'
import { makeCursor, readCursor } from '../cursor.ts'
import { operation } from '../operation.ts'
import { limitUpTo } from '../schemas.ts'
import type { FindOperation } from './run-job.ts'
import { jobRunner } from './runner.ts'
import { JobId, JobOutput, JobState, ownerSeenBy, requireJob, SummaryOutput, showJob, showSummary } from './schemas.ts'

export const listJobs = (find: FindOperation) =>
  operation({
    name: 'jobs',
    summary: 'List the jobs that wait, run or have ended, newest first.',
    access: 'read',
    input: v.strictObject({
      limit: limitUpTo(1_000, 100),
      cursor: v.optional(v.pipe(v.string(), v.description('Of the page before: where this one begins'))),
      states: v.optional(v.pipe(v.array(JobState), v.description('Only those in these states'))),
    }),
    output: v.object({
      jobs: v.array(SummaryOutput),
      /** For the page after; null where this is the last. */
      cursor: v.nullable(v.string()),
    }),
    async run(parts, { limit, cursor, states }, { asker }) {
      const before = cursor === undefined ? undefined : readCursor(cursor, 'jobs')
      await (await jobRunner(parts, find)).release()
      const { jobs } = await parts.storage()
      const owner = ownerSeenBy(asker)
      const found = await jobs.jobs({
        limit: limit + 1,
        ...(before !== undefined && { before }),
        ...(owner !== undefined && { owner }),
        ...(states && { states }),
      })
      const page = found.slice(0, limit)
      const last = page.at(-1)
      return { jobs: page.map(showSummary), cursor: found.length > limit && last ? makeCursor(last.key) : null }
    },
  })

export const getJob = (find: FindOperation) =>
  operation({
    name: 'jobs.get',
    summary: 'Show a job with its input, and its result once it has ended.',
    access: 'read',
    input: v.strictObject({ id: JobId }),
    output: JobOutput,
    async run(parts, { id }, { asker }) {
      await (await jobRunner(parts, find)).release()
      const { jobs } = await parts.storage()
      return showJob(await requireJob(jobs, id, asker))
    },
  })

export const cancelJob = (find: FindOperation) =>
  operation({
    name: 'jobs.cancel',
    summary: 'Stop a job; what it has committed stays.',
    access: 'write',
    input: v.strictObject({ id: JobId }),
    output: SummaryOutput,
    async run(parts, { id }, { asker }) {
      const { jobs } = await parts.storage()
      const seen = await requireJob(jobs, id, asker)
      const job = await (await jobRunner(parts, find)).cancel(id)
      return showSummary(job ?? seen)
    },
  })
