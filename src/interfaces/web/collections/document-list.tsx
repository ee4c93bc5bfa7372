import { useState } from 'preact/hooks'
import type { Answer } from '../answers.ts'
import { api } from '../api.ts'
import { DocumentPath } from '../parts/document-path.tsx'
import { count, splitPath } from '../parts/format.ts'
import { Failure } from '../parts/notice.tsx'
import { PlaceLink } from '../parts/place-link.tsx'
import { useAsked } from '../state/asked.ts'

const PAGE = 50

type Listing = Answer<'documents'>['documents'][number]

/** The documents of a collection, page by page. Asked again where `changed` says that there are others now. */
export function DocumentList({ collection, changed }: { collection: string; changed: number }) {
  const [pages, setPages] = useState(1)
  const { answer, error, asking, again } = useAsked(
    (signal) => load(collection, pages, signal),
    [collection, pages, changed],
  )
  return (
    <div class="documents">
      {error && <Failure error={error} onRetry={again} />}
      {answer?.documents.length === 0 && <p class="empty">It has no documents.</p>}
      <ul>
        {answer?.documents.map((document) => (
          <Row key={document.id} document={document} collection={collection} />
        ))}
      </ul>
      {answer?.hasMore && (
        <button type="button" class="more" disabled={asking} onClick={() => setPages(pages + 1)}>
          More documents
        </button>
      )}
    </div>
  )
}

async function load(collection: string, pages: number, signal: AbortSignal) {
  const documents: Listing[] = []
  let cursor: string | null = null
  for (let page = 0; page < pages; page++) {
    const next = cursor === null ? {} : { cursor }
    const answer: Answer<'documents'> = await api.documents({ collection, limit: PAGE, ...next }, signal)
    documents.push(...answer.documents)
    cursor = answer.cursor
    if (cursor === null) break
  }
  return { documents, hasMore: cursor !== null }
}

function Row({ document, collection }: { document: Listing; collection: string }) {
  const { id, path, title, chunks, pending, failed } = document
  const [, name] = splitPath(path ?? id)
  return (
    <li>
      <PlaceLink change={{ document: { collection, id, lines: null } }}>{title ?? name}</PlaceLink>
      <DocumentPath collection={collection} path={path} id={id} />
      <span class="figures">
        {count(chunks, 'chunk')}
        {pending > 0 && `, ${pending} pending`}
        {failed > 0 && `, ${failed} failed`}
      </span>
    </li>
  )
}
