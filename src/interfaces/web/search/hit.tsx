import { useId, useState } from 'preact/hooks'
import type { Hit } from '../answers.ts'
import { DocumentPath } from '../parts/document-path.tsx'
import { lineRange, splitPath } from '../parts/format.ts'
import { PlaceLink } from '../parts/place-link.tsx'
import type { OpenDocument } from '../state/place.ts'
import { stemsOf } from './explain.ts'
import { Marked } from './marked.tsx'
import { ScoreBar, Why } from './score.tsx'
import { markWords, matcherOf } from './words.ts'

/** One document that was found, by its best passage. */
export function HitItem({ hit, query, isOpen }: { hit: Hit; query: string; isOpen: boolean }) {
  const isMatch = matcherOf(query, stemsOf(hit))
  const byMeaning = !markWords(hit.snippet, isMatch).some(({ found }) => found)
  return (
    <li class={isOpen ? 'hit open' : 'hit'}>
      <h2 class="hit-title">
        <PlaceLink change={{ document: openAt(hit, hit.lines) }} data-hit={nameOf(hit)} current={isOpen}>
          {titleOf(hit)}
        </PlaceLink>
      </h2>
      <p class="hit-place">
        <Where hit={hit} />
      </p>
      <p class={`passage${byMeaning ? ' by-meaning' : ''}${hit.symbol === null ? '' : ' code'}`}>
        {byMeaning && <span class="hidden">Found by meaning: </span>}
        <Marked text={hit.snippet} isMatch={isMatch} />
      </p>
      <HitFoot hit={hit} query={query} />
    </li>
  )
}

/** What tells hits apart in the page: one hit per document. */
export function nameOf({ collection, documentId }: Pick<Hit, 'collection' | 'documentId'>): string {
  return `${collection}/${documentId}`
}

function openAt({ collection, documentId }: Hit, lines: [number, number]): OpenDocument {
  return { collection, id: documentId, lines }
}

function titleOf({ title, path, documentId }: Hit): string {
  return title ?? splitPath(path ?? documentId)[1]
}

function Where({ hit }: { hit: Hit }) {
  const headings = [...hit.heading, ...(hit.symbol ? [hit.symbol] : [])].filter((each) => each !== hit.title)
  return (
    <>
      <DocumentPath collection={hit.collection} path={hit.path} id={hit.documentId} />
      <span class="at">
        {hit.lines[0] === hit.lines[1] ? 'line' : 'lines'} {lineRange(hit.lines)}
      </span>
      {headings.length > 0 && <span>{headings.join(' › ')}</span>}
    </>
  )
}

function HitFoot({ hit, query }: { hit: Hit; query: string }) {
  const [why, setWhy] = useState(false)
  const id = useId()
  return (
    <>
      <div class="hit-foot">
        <button
          type="button"
          class="score"
          aria-expanded={why}
          aria-controls={id}
          data-why
          onClick={() => setWhy((before) => !before)}
        >
          <ScoreBar hit={hit} />
          <span class="figures">{hit.score.toFixed(2)}</span>
          <span class="why-word">why</span>
        </button>
        {hit.similarity !== null && <span class="figures">cosine {hit.similarity.toFixed(3)}</span>}
        {hit.more.length > 0 && (
          <span>
            also{' '}
            {hit.more.map(({ chunkId, lines }, at) => (
              <span key={chunkId}>
                {at > 0 && ', '}
                <PlaceLink change={{ document: openAt(hit, lines) }}>{lineRange(lines)}</PlaceLink>
              </span>
            ))}
          </span>
        )}
      </div>
      <div id={id}>{why && <Why hit={hit} query={query} />}</div>
    </>
  )
}
