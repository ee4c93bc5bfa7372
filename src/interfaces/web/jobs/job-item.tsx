import { useState } from 'preact/hooks'
import type { JobSummary } from '../answers.ts'
import { type ApiError, api } from '../api.ts'
import { bytes, whole } from '../parts/format.ts'
import { Failure } from '../parts/notice.tsx'
import { toApiError } from '../state/asked.ts'
import { useLiveJob } from './use-jobs.ts'

const NAMES: Record<string, string> = {
  index: 'Indexing folders',
  eval: 'Evaluating search',
  add: 'Adding documents',
  'models.pull': 'Downloading a model',
  'models.add': 'Adding a model',
  'models.verify': 'Verifying a model',
  'bench.embed': 'Measuring a model',
}

/** A job under way, with how far it is and a way to stop it. */
export function JobItem({ job: listed, onChange }: { job: JobSummary; onChange(): void }) {
  const job = useLiveJob(listed, onChange)
  const [error, setError] = useState<ApiError | null>(null)
  const cancel = () => api.cancelJob(job.id).then(onChange, (thrown) => setError(toApiError(thrown)))
  const name = NAMES[job.operation] ?? job.operation
  const total = job.progress?.total ?? null
  return (
    <li class="job">
      <div class="job-head">
        <strong>{name}</strong>
        <span class="small figures">{toldOf(job)}</span>
        <button type="button" class="link" disabled={job.cancelling} onClick={cancel}>
          {job.cancelling ? 'Stopping' : 'Stop'}
        </button>
      </div>
      <progress
        aria-label={name}
        {...(total !== null && { max: Math.max(1, total), value: job.progress?.done ?? 0 })}
      />
      {error && <Failure error={error} />}
    </li>
  )
}

/** `312 kB of 1.2 MB, 900 chunks`. */
function toldOf({ state, progress }: JobSummary): string {
  if (state === 'queued') return 'waits for its turn'
  if (!progress) return 'begins'
  const { done, total, unit, chunks } = progress
  const [far, all] = [done, total].map((amount) => amount !== null && amountOf(amount, unit))
  const parts = [all ? `${far} of ${all}` : far, chunks !== undefined && `${whole(chunks)} chunks`]
  return parts.filter(Boolean).join(', ')
}

function amountOf(amount: number, unit: string): string {
  return unit === 'bytes' ? bytes(amount) : `${whole(amount)} ${unit}`
}
