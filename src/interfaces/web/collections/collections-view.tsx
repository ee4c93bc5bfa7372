import { useState } from 'preact/hooks'
import type { Answer, CollectionStatus } from '../answers.ts'
import { type ApiError, api } from '../api.ts'
import { JobList } from '../jobs/job-list.tsx'
import { useJobs } from '../jobs/use-jobs.ts'
import { ago, whole } from '../parts/format.ts'
import { Failure } from '../parts/notice.tsx'
import { PlaceLink } from '../parts/place-link.tsx'
import { type Asked, toApiError, useEvery } from '../state/asked.ts'
import { DocumentList } from './document-list.tsx'
import { healthOf } from './health.ts'
import { modelFacts } from './models.ts'

const REFRESH = 5_000

interface Props {
  status: Asked<Answer<'status'>>
  onAddFiles(collection: string): void
}

/** The collections with their health. */
export function CollectionsView({ status, onAddFiles }: Props) {
  const { answer, error, again } = status
  const jobs = useJobs()
  useEvery(REFRESH, again)
  return (
    <section class="collections" aria-labelledby="collections-title">
      <header class="view-head">
        <h1 id="collections-title">Collections</h1>
        <button type="button" onClick={() => onAddFiles('')}>
          Add files
        </button>
      </header>
      {error && <Failure error={error} onRetry={again} />}
      <JobList jobs={jobs} />
      {answer?.collections.length === 0 && (
        <p class="empty">
          There is none yet. Files that are added make one, and so does <code>semdex index notes/</code> in a terminal.
        </p>
      )}
      {answer?.collections.map((collection) => (
        <CollectionItem key={collection.name} collection={collection} onAddFiles={onAddFiles} onJob={jobs.again} />
      ))}
      {answer && <p class="small database">Stored in {answer.database}</p>}
    </section>
  )
}

interface ItemProps extends Pick<Props, 'onAddFiles'> {
  collection: CollectionStatus
  onJob(): void
}

function CollectionItem({ collection, onAddFiles, onJob }: ItemProps) {
  const { name, roots, lastRunAt } = collection
  const [listed, setListed] = useState(false)
  const [error, setError] = useState<ApiError | null>(null)
  const index = () => {
    setError(null)
    const input = { paths: roots, collection: name }
    api.startJob('index', input).then(onJob, (thrown) => setError(toApiError(thrown)))
  }
  const health = healthOf(collection)
  return (
    <article class="collection" aria-label={name}>
      <header>
        <h2>{name}</h2>
        <p class={`health ${health.state}`}>{health.words}</p>
      </header>
      <Figures collection={collection} />
      <dl class="facts">
        {modelFacts(collection).map(([kind, value]) => (
          <Fact key={kind} name={kind} value={value} />
        ))}
        {roots.map((root) => (
          <Fact key={root} name="Folder" value={root} />
        ))}
        {lastRunAt !== null && <Fact name="Indexed" value={ago(lastRunAt)} />}
      </dl>
      <div class="actions">
        <PlaceLink change={{ view: 'search', collection: name, document: null }}>Search it</PlaceLink>
        <button type="button" class="link" aria-expanded={listed} onClick={() => setListed((before) => !before)}>
          Documents
        </button>
        <button type="button" class="link" onClick={() => onAddFiles(name)}>
          Add files
        </button>
        {roots.length > 0 && (
          <button type="button" class="link" onClick={index}>
            Index again
          </button>
        )}
      </div>
      {error && <Failure error={error} />}
      {listed && <DocumentList collection={name} changed={collection.documents} />}
    </article>
  )
}

function Figures({ collection }: { collection: CollectionStatus }) {
  const { documents, chunks, pending, failed } = collection
  const figures: [string, number, string][] = [
    ['Documents', documents, ''],
    ['Chunks', chunks, ''],
    ['Pending', pending, pending > 0 ? 'waiting' : ''],
    ['Failed', failed, failed > 0 ? 'bad' : ''],
  ]
  return (
    <dl class="figures-row">
      {figures.map(([label, value, state]) => (
        <div key={label} class={state}>
          <dt>{label}</dt>
          <dd>{whole(value)}</dd>
        </div>
      ))}
    </dl>
  )
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  )
}
