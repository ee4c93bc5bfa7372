import type { ComponentChildren } from 'preact'
import { DocumentPath } from '../parts/document-path.tsx'
import { lineRange, splitPath, whole } from '../parts/format.ts'
import type { OpenDocument } from '../state/place.ts'
import type { DocumentWindow } from './use-document.ts'

interface HeadProps {
  open: OpenDocument
  shown: DocumentWindow
  onClose(): void
  children: ComponentChildren
}

/** What the document is, and where in it the passage lies. */
export function Head({ open, shown: { answer }, onClose, children }: HeadProps) {
  const [, name] = splitPath(answer?.document.path ?? open.id)
  return (
    <>
      <div class="reader-bar">
        <button type="button" class="quiet" onClick={onClose}>
          <span aria-hidden="true">← </span>Back
        </button>
        {children}
      </div>
      <header class="reader-head">
        <h2 tabIndex={-1}>{answer?.document.title ?? name}</h2>
        <p class="hit-place">
          <DocumentPath collection={open.collection} path={answer?.document.path ?? null} id={open.id} />
          <span class="at">
            {open.lines && `${open.lines[0] === open.lines[1] ? 'line' : 'lines'} ${lineRange(open.lines)} of `}
            {answer && `${whole(answer.document.totalLines)}${open.lines ? '' : ' lines'}`}
          </span>
        </p>
        {answer && <Metadata metadata={answer.document.metadata} />}
      </header>
    </>
  )
}

function Metadata({ metadata }: { metadata: Record<string, unknown> }) {
  const entries = Object.entries(metadata)
  if (entries.length === 0) return null
  return (
    <dl class="metadata">
      {entries.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{typeof value === 'string' ? value : JSON.stringify(value)}</dd>
        </div>
      ))}
    </dl>
  )
}

interface StepsProps {
  current: number | null
  of: number
  onPrevious(): void
  onNext(): void
}

/** The way through the passages that were found. */
export function PassageSteps({ current, of, onPrevious, onNext }: StepsProps) {
  return (
    <div class="steps">
      <button type="button" class="quiet" disabled={current === 0} onClick={onPrevious}>
        Previous
      </button>
      <span role="status" class="figures">
        {current === null ? `${of} passages` : `passage ${current + 1} of ${of}`}
      </span>
      <button type="button" class="quiet" disabled={current === of - 1} onClick={onNext}>
        Next
      </button>
    </div>
  )
}
