import type { Answer, JobSummary } from '../answers.ts'
import type { Asked } from '../state/asked.ts'
import { JobItem } from './job-item.tsx'
import { isUnderWay } from './use-jobs.ts'

interface Props {
  jobs: Asked<Answer<'jobs'>>
  /** Only those of this operation. */
  operation?: string
}

/** What the server is doing; nothing where it does nothing. */
export function JobList({ jobs, operation }: Props) {
  const shown = (jobs.answer?.jobs ?? []).filter(isUnderWay).filter(isOf(operation))
  if (shown.length === 0) return null
  return (
    <section class="jobs" aria-label="Under way">
      <ul>
        {shown.map((job) => (
          <JobItem key={job.id} job={job} onChange={jobs.again} />
        ))}
      </ul>
    </section>
  )
}

function isOf(operation: string | undefined) {
  return (job: JobSummary) => operation === undefined || job.operation === operation
}
