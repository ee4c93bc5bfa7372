import type { Job, JobState, JobSummary } from '../../core/ports/job-store.ts'
import type { Connection } from '../../sqlite/connection.ts'

export interface JobRow {
  key: number
  id: string
  operation: string
  state: JobState
  progress: string | null
  error: string | null
  result_bytes: number | null
  owner: string | null
  runner: string | null
  attempts: number
  cancelling: number
  revision: number
  created_at: number
  started_at: number | null
  finished_at: number | null
}

/** All but what may be long. */
export const SUMMARY = `
  key, id, operation, state, progress, error, result_bytes, owner, runner, attempts, cancelling, revision, created_at,
  started_at, finished_at`

export interface ListArgs {
  before?: number
  limit: number
  owner?: string
  states?: readonly JobState[]
}

export function listJobs(connection: Connection, { before, limit, owner, states }: ListArgs): JobSummary[] {
  const sql = `
    select ${SUMMARY} from jobs
    where (@before is null or key < @before) and (@owner is null or owner = @owner)
      and (@states is null or state in (select value from json_each(@states)))
    order by key desc limit @limit`
  const values = { before: before ?? null, owner: owner ?? null, states: states ? JSON.stringify(states) : null, limit }
  return connection.sql<JobRow>(sql).all(values).map(toSummary)
}

export function findSummary(connection: Connection, id: string): JobSummary | null {
  const row = connection.sql<JobRow>(`select ${SUMMARY} from jobs where id = ?`).get(id)
  return row ? toSummary(row) : null
}

export function findJob(connection: Connection, id: string): Job | null {
  const row = connection
    .sql<JobRow & { input: string; result: string | null }>('select * from jobs where id = ?')
    .get(id)
  return row ? { ...toSummary(row), input: JSON.parse(row.input), result: fromJson(row.result) } : null
}

export function toSummary(row: JobRow): JobSummary {
  return {
    key: row.key,
    id: row.id,
    operation: row.operation,
    owner: row.owner,
    state: row.state,
    progress: fromJson(row.progress),
    error: fromJson(row.error),
    resultBytes: row.result_bytes,
    runner: row.runner,
    attempts: row.attempts,
    cancelling: row.cancelling === 1,
    revision: row.revision,
    createdAt: row.created_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
  }
}

function fromJson<T>(text: string | null): T | null {
  return text === null ? null : JSON.parse(text)
}
