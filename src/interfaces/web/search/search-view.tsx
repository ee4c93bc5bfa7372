import { useRef } from 'preact/hooks'
import type { Answer, CollectionStatus } from '../answers.ts'
import { count, whole } from '../parts/format.ts'
import { Failure, Notice } from '../parts/notice.tsx'
import { PlaceLink } from '../parts/place-link.tsx'
import type { Asked } from '../state/asked.ts'
import { useKeys } from '../state/keys.ts'
import { useNavigation } from '../state/navigation.ts'
import { PAGE } from '../state/place.ts'
import { QueryField } from './field.tsx'
import { Filters } from './filters.tsx'
import { HitItem, nameOf } from './hit.tsx'
import { focusHit, focusQuery, moveHit, toggleWhy } from './move.ts'
import type { Search } from './use-search.ts'

interface Props {
  search: Search
  status: Asked<Answer<'status'>>
}

export function SearchView({ search, status }: Props) {
  const { place } = useNavigation()
  const list = useRef<HTMLOListElement>(null)
  const move = (step: 1 | -1) => () => moveHit(list.current, step)
  useKeys({
    j: move(1),
    k: move(-1),
    ArrowDown: move(1),
    ArrowUp: move(-1),
    e: () => toggleWhy(list.current),
    Escape: () => place.document === null && focusQuery(),
  })
  const collections = status.answer?.collections ?? []
  return (
    <section class="search" aria-label="Search">
      <h1 class="hidden">Search</h1>
      <search>
        <QueryField onDown={() => focusHit(list.current, 0)} />
        <Filters collections={collections} mistakes={search.mistakes} />
      </search>
      <Count search={search} />
      {search.error && <Failure error={search.error} onRetry={search.again} />}
      {status.error && !search.error && <Failure error={status.error} onRetry={status.again} />}
      <Hits search={search} listRef={list} />
      {!search.answer && !search.error && <Overview collections={status.answer ? collections : null} />}
    </section>
  )
}

/** Tells how much was found to whoever looks, and to whoever listens. */
function Count({ search: { answer, asking } }: { search: Search }) {
  const said = answer
    ? `${answer.hits.length === 0 ? 'Nothing was found' : count(answer.hits.length, 'document')} in ${Math.max(1, Math.round(answer.timings.total))} ms`
    : ''
  return (
    <p class={asking ? 'tally asking' : 'tally'} role="status">
      {said}
    </p>
  )
}

function Hits({ search, listRef }: { search: Search; listRef: { current: HTMLOListElement | null } }) {
  const { place, correct } = useNavigation()
  const { answer } = search
  if (!answer) return null
  const { hits, degraded } = answer
  const open = place.document && `${place.document.collection}/${place.document.id}`
  return (
    <>
      {degraded && (
        <Notice>
          <p>
            <strong>Answered by words alone.</strong> {degraded.message}
          </p>
          {degraded.fix && <p class="fix">{degraded.fix}</p>}
        </Notice>
      )}
      {hits.length === 0 && <p class="empty">No passage fits. Fewer filters or other words may help.</p>}
      <ol class="hits" ref={listRef}>
        {hits.map((hit) => (
          <HitItem key={nameOf(hit)} hit={hit} query={answer.query} isOpen={open === nameOf(hit)} />
        ))}
      </ol>
      {hits.length >= place.limit && (
        <button type="button" class="more" onClick={() => correct({ limit: place.limit + 2 * PAGE })}>
          Show more
        </button>
      )}
    </>
  )
}

/** What there is to search, before anything was asked. */
function Overview({ collections }: { collections: readonly CollectionStatus[] | null }) {
  if (collections === null) return null
  const documents = collections.reduce((sum, each) => sum + each.documents, 0)
  if (documents === 0) return <NothingYet />
  return (
    <div class="overview">
      <p>
        {count(documents, 'document')} in {count(collections.length, 'collection')}. Drop files anywhere to add them.
      </p>
      <ul>
        {collections.map(({ name, documents: inside }) => (
          <li key={name}>
            <PlaceLink change={{ collection: name }}>{name}</PlaceLink>
            <span class="figures">{whole(inside)}</span>
          </li>
        ))}
      </ul>
    </div>
  )
}

function NothingYet() {
  return (
    <div class="overview">
      <p>Nothing is stored yet. Drop files anywhere on this page, or index a folder in a terminal:</p>
      <pre>
        <code>semdex index notes/</code>
      </pre>
    </div>
  )
}
