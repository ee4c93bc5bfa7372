import { useState } from 'preact/hooks'
import type { ApiError } from '../api.ts'
import { JobList } from '../jobs/job-list.tsx'
import { useJobs } from '../jobs/use-jobs.ts'
import { Failure } from '../parts/notice.tsx'
import { toApiError, useAsked } from '../state/asked.ts'
import type { Mode } from '../state/place.ts'
import { ReportTable } from './report-table.tsx'
import { compare, loadRuns } from './reports.ts'
import { runModes, type Wanted } from './run-modes.ts'

/** How well search does on data sets with judgements. */
export function EvaluationView() {
  const jobs = useJobs()
  const ended =
    jobs.answer?.jobs.filter(({ operation, finishedAt }) => operation === 'eval' && finishedAt !== null) ?? []
  const runs = useAsked((signal) => loadRuns(ended, signal), [ended.map(({ id }) => id).join(' ')])
  const comparisons = compare(runs.answer ?? [])
  const error = jobs.error ?? runs.error
  return (
    <section class="evaluation" aria-labelledby="evaluation-title">
      <header class="view-head">
        <h1 id="evaluation-title">Evaluation</h1>
      </header>
      <RunForm onStart={jobs.again} />
      <JobList jobs={jobs} operation="eval" />
      {error && <Failure error={error} onRetry={jobs.again} />}
      {comparisons.map((comparison) => (
        <ReportTable key={`${comparison.folder} ${comparison.model}`} comparison={comparison} />
      ))}
      {runs.answer && comparisons.length === 0 && <p class="empty">No report yet. Each run is kept here for a week.</p>}
    </section>
  )
}

const MODES: [Mode, string][] = [
  ['hybrid', 'Both'],
  ['vector', 'Meaning'],
  ['lexical', 'Words'],
]

function RunForm({ onStart }: { onStart(): void }) {
  const [wanted, setWanted] = useState<Wanted>({ folder: '', model: '', modes: ['hybrid', 'vector', 'lexical'] })
  const [running, setRunning] = useState(false)
  const [error, setError] = useState<ApiError | null>(null)
  const onSubmit = async (event: SubmitEvent) => {
    event.preventDefault()
    setRunning(true)
    setError(null)
    await runModes(wanted, onStart).catch((thrown) => setError(toApiError(thrown)))
    setRunning(false)
    onStart()
  }
  const toggle = (mode: Mode, on: boolean) =>
    setWanted({
      ...wanted,
      modes: MODES.map(([each]) => each).filter((each) => (each === mode ? on : wanted.modes.includes(each))),
    })
  return (
    <form class="run" onSubmit={onSubmit}>
      <div class="field">
        <label for="folder">Folder of a data set on the server, in BEIR form</label>
        <input
          id="folder"
          value={wanted.folder}
          placeholder="/data/scifact"
          required
          spellcheck={false}
          autocomplete="off"
          onInput={(event) => setWanted({ ...wanted, folder: event.currentTarget.value })}
        />
      </div>
      <div class="field">
        <label for="model">Model, or the default</label>
        <input
          id="model"
          value={wanted.model}
          spellcheck={false}
          autocomplete="off"
          onInput={(event) => setWanted({ ...wanted, model: event.currentTarget.value })}
        />
      </div>
      <fieldset class="checks">
        <legend class="hidden">Modes to compare</legend>
        {MODES.map(([mode, label]) => (
          <label key={mode} class="check">
            <input
              type="checkbox"
              checked={wanted.modes.includes(mode)}
              onChange={(event) => toggle(mode, event.currentTarget.checked)}
            />
            {label}
          </label>
        ))}
        <button type="submit" class="primary" disabled={running || wanted.modes.length === 0}>
          {running ? 'Under way' : 'Evaluate'}
        </button>
      </fieldset>
      {error && <Failure error={error} />}
    </form>
  )
}
