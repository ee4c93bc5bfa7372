import { SemdexError } from '../../core/errors.ts'
import type {
  Job,
  JobOutcome,
  JobProgress,
  JobStore,
  JobSummary,
  NewJob,
  ReleaseOptions,
  SweepLimits,
} from '../../core/ports/job-store.ts'
import type { Connection } from '../../sqlite/connection.ts'
import { caller, type Procedures, type SqlitePool } from '../../sqlite/procedures.ts'
import { findJob, findSummary, type JobRow, type ListArgs, listJobs, SUMMARY, toSummary } from './job-rows.ts'

/** The job store over a pool whose module has `jobReads` and `jobWrites`. */
export function openSqliteJobs(pool: SqlitePool): JobStore {
  const read = caller<typeof jobReads>(pool, 'read')
  const write = caller<typeof jobWrites>(pool, 'write')
  return {
    addJob: (job, { unfinished }) => write('jobs.add', { job, unfinished }),
    job: (id) => read('jobs.job', { id }),
    jobs: (options) => read('jobs.jobs', options),
    claimJob: (runner, at) => write('jobs.claim', { runner, at }),
    setProgress: (id, runner, progress, at) => write('jobs.progress', { id, runner, progress, at }),
    finishJob: (id, runner, outcome, at) => write('jobs.finish', { id, runner, outcome, at }),
    cancelJob: (id, at) => write('jobs.cancel', { id, at }),
    beat: (runner, at) => write('jobs.beat', { runner, at }),
    runners: () => read('jobs.runners', null),
    releaseJobs: (runner, options) => write('jobs.release', { ...options, runner }),
    sweepJobs: (limits) => write('jobs.sweep', limits),
  }
}

export const jobReads = {
  'jobs.job': (connection: Connection, { id }: { id: string }): Job | null => findJob(connection, id),

  'jobs.jobs': (connection: Connection, args: ListArgs): JobSummary[] => listJobs(connection, args),

  'jobs.runners': (connection: Connection, _: null): { runner: string; beatAt: number }[] =>
    connection.sql<{ runner: string; beatAt: number }>(RUNNERS).all(),
} satisfies Procedures

export const jobWrites = {
  'jobs.add': (connection: Connection, { job, unfinished }: { job: NewJob; unfinished: number }): Job => {
    const waiting = connection.sql<number>(`select count(*) from jobs where ${UNFINISHED}`).pluck().get() ?? 0
    if (waiting >= unfinished) throw tooMany(waiting)
    const { id, operation, owner, runner, createdAt } = job
    const input = JSON.stringify(job.input)
    connection.sql(ADD).run(id, operation, input, input.length, owner, runner, createdAt, createdAt)
    return findJob(connection, id) as Job
  },

  'jobs.claim': (connection: Connection, { runner, at }: RunnerArgs): Job | null => {
    const row = connection.sql<{ id: string }>(CLAIM).get(runner, at, at, runner)
    return row ? findJob(connection, row.id) : null
  },

  'jobs.progress': (connection: Connection, { id, progress, runner, at }: ProgressArgs): JobSummary | null => {
    const sql = `update jobs set progress = ?, beat_at = ?, revision = revision + 1 where ${OWN}`
    const { changes } = connection.sql(sql).run(JSON.stringify(progress), at, id, runner)
    return changes === 0 ? null : findSummary(connection, id)
  },

  'jobs.finish': (connection: Connection, { id, runner, outcome, at }: FinishArgs): Job | null => {
    const succeeded = outcome.state === 'succeeded'
    const result = succeeded && outcome.result !== null ? JSON.stringify(outcome.result) : null
    const error = succeeded || outcome.error === null ? null : JSON.stringify(outcome.error)
    const resultBytes = succeeded ? outcome.resultBytes : null
    const bytes = result?.length ?? 0
    const { changes } = connection.sql(FINISH).run(outcome.state, result, resultBytes, error, at, bytes, id, runner)
    return changes === 0 ? null : findJob(connection, id)
  },

  'jobs.cancel': (connection: Connection, { id, at }: { id: string; at: number }): JobSummary | null => {
    connection.sql(CANCEL_WAITING).run(at, id)
    connection.sql(CANCEL_RUNNING).run(id)
    return findSummary(connection, id)
  },

  'jobs.beat': (connection: Connection, { runner, at }: RunnerArgs): string[] => {
    connection.sql(`update jobs set beat_at = ? where runner = ? and ${UNFINISHED}`).run(at, runner)
    const sql = "select id from jobs where runner = ? and state = 'running' and cancelling = 1 order by key"
    return connection.sql<string>(sql).pluck().all(runner)
  },

  'jobs.release': (connection: Connection, args: ReleaseOptions & { runner: string }): JobSummary[] => {
    const { runner, resume, attempts, at } = args
    const sql = `select ${SUMMARY} from jobs where runner = ? and ${UNFINISHED} order by key`
    const lost = connection.sql<JobRow>(sql).all(runner).map(toSummary)
    for (const job of lost) {
      const again = job.state === 'queued' || (resume.includes(job.operation) && job.attempts < attempts)
      if (job.cancelling) connection.sql(END).run('cancelled', at, job.id)
      else if (again) connection.sql(LET_WAIT).run(job.id)
      else connection.sql(END).run('interrupted', at, job.id)
    }
    return lost.flatMap(({ id }) => findSummary(connection, id) ?? [])
  },

  'jobs.sweep': (connection: Connection, { endedBefore, keep, bytes }: SweepLimits): number =>
    connection.sql(SWEEP_OLD).run(endedBefore).changes + connection.sql(SWEEP_MANY).run(keep, bytes).changes,
} satisfies Procedures

interface RunnerArgs {
  runner: string
  at: number
}

interface ProgressArgs extends RunnerArgs {
  id: string
  progress: JobProgress
}

interface FinishArgs extends RunnerArgs {
  id: string
  outcome: JobOutcome
}

function tooMany(waiting: number): SemdexError {
  return new SemdexError('SERVER_BUSY', {
    message: `${waiting} jobs wait or run already; no more are taken.`,
    fix: 'Wait until some have ended, or cancel some',
    details: { waiting },
  })
}

const UNFINISHED = "state in ('queued', 'running')"
const OWN = "id = ? and runner = ? and state = 'running'"

const RUNNERS = `
  select runner, max(beat_at) as beatAt from jobs
  where ${UNFINISHED} and runner is not null group by runner order by runner`

const ADD = `
  insert into jobs (id, operation, input, bytes, owner, runner, state, beat_at, created_at)
  values (?, ?, ?, ?, ?, ?, 'queued', ?, ?)`

const CLAIM = `
  update jobs set state = 'running', runner = ?, started_at = ?, beat_at = ?, attempts = attempts + 1,
    revision = revision + 1
  where key = (select key from jobs where state = 'queued' and (runner = ? or runner is null) order by key limit 1)
  returning id`

const FINISH = `
  update jobs set state = ?, result = ?, result_bytes = ?, error = ?, finished_at = ?, bytes = bytes + ?,
    cancelling = 0, revision = revision + 1
  where ${OWN}`

const CANCEL_WAITING = `
  update jobs set state = 'cancelled', finished_at = ?, revision = revision + 1 where id = ? and state = 'queued'`

const CANCEL_RUNNING = `
  update jobs set cancelling = 1, revision = revision + 1 where id = ? and state = 'running' and cancelling = 0`

const END = `
  update jobs set state = ?, finished_at = ?, cancelling = 0, revision = revision + 1 where id = ?`

const LET_WAIT = `
  update jobs set state = 'queued', runner = null, revision = revision + 1 where id = ?`

const SWEEP_OLD = `delete from jobs where finished_at < ? and not ${UNFINISHED}`

const SWEEP_MANY = `
  delete from jobs where key in (
    select key from (
      select key, row_number() over newest as place, sum(bytes) over newest as total
      from jobs where not ${UNFINISHED} window newest as (order by key desc))
    where place > ? or total > ?)`
