import { useEffect, useMemo, useRef } from 'preact/hooks'
import type { Hit } from '../api.ts'
import { DocumentPath } from '../parts/document-path.tsx'
import { lineRange, splitPath, whole } from '../parts/format.ts'
import { Failure } from '../parts/notice.tsx'
import { stemsOf } from '../search/explain.ts'
import { matcherOf } from '../search/words.ts'
import { useKeys } from '../state/keys.ts'
import { useNavigation } from '../state/navigation.ts'
import type { OpenDocument } from '../state/place.ts'
import { indexOfLines, inOrder, type Lines } from './segments.ts'
import { DocumentText } from './text.tsx'
import { type DocumentWindow, useDocument } from './use-document.ts'

interface Props {
  open: OpenDocument
  /** The hit that it was found by, where the present answer has it. */
  hit: Hit | null
  query: string
}

/** A document, opened at a passage. */
export function DocumentView({ open, hit, query }: Props) {
  const { correct, back } = useNavigation()
  const shown = useDocument(open)
  const reader = useRef<HTMLElement>(null)
  const passages = usePassages(hit, open.lines)
  const current = indexOfLines(passages, open.lines)
  const isMatch = useMemo(() => matcherOf(query, hit ? stemsOf(hit) : []), [query, hit])
  const show = (at: number) => {
    const lines = passages[at]
    if (lines) correct({ document: { ...open, lines: [...lines] } })
    return lines !== undefined
  }
  const next = () => show((current ?? -1) + 1)
  const previous = () => show((current ?? passages.length) - 1)
  const inReader = (act: () => boolean) => () => reader.current?.contains(document.activeElement) && act()
  useKeys({
    n: next,
    p: previous,
    j: inReader(next),
    k: inReader(previous),
    Escape: () => back({ document: null }),
  })
  useFocusAtPassage(reader, shown, open)
  return (
    <article class="reader" ref={reader} aria-label="Document">
      <Head open={open} shown={shown} onClose={() => back({ document: null })}>
        {passages.length > 1 && (
          <PassageSteps current={current} of={passages.length} onPrevious={previous} onNext={next} />
        )}
      </Head>
      {shown.error && <Failure error={shown.error} onRetry={shown.again} />}
      {shown.answer && (
        <DocumentText
          shown={shown.answer}
          passages={passages}
          current={current}
          isMatch={isMatch}
          onEarlier={shown.earlier}
          onLater={shown.later}
        />
      )}
    </article>
  )
}

function usePassages(hit: Hit | null, lines: Lines | null): Lines[] {
  const own = lines ? `${lines}` : ''
  return useMemo(() => {
    const found = hit ? [hit.lines, ...hit.more.map((each) => each.lines)] : []
    const isAmong = lines !== null && found.some(([from, to]) => from === lines[0] && to === lines[1])
    return inOrder(lines && !isAmong ? [...found, lines] : found)
  }, [hit, own])
}

/** Brings the passage into sight and the focus to it, whenever another is to be shown. */
function useFocusAtPassage(
  reader: { current: HTMLElement | null },
  { answer }: DocumentWindow,
  { collection, id, lines }: OpenDocument,
): void {
  const wanted = `${collection}/${id}/${lines}`
  const done = useRef('')
  useEffect(() => {
    if (!answer || done.current === wanted) return
    done.current = wanted
    const passage = reader.current?.querySelector<HTMLElement>('.segment.current')
    const target = passage ?? reader.current?.querySelector<HTMLElement>('h2')
    target?.focus({ preventScroll: true })
    const smooth = !matchMedia('(prefers-reduced-motion: reduce)').matches && done.current !== ''
    const height = passage?.offsetHeight ?? 0
    passage?.scrollIntoView({
      block: height > innerHeight / 2 ? 'start' : 'center',
      behavior: smooth ? 'auto' : 'instant',
    })
  }, [answer, wanted, reader])
}

interface HeadProps {
  open: OpenDocument
  shown: DocumentWindow
  onClose(): void
  children: preact.ComponentChildren
}

function Head({ open, shown: { answer }, onClose, children }: HeadProps) {
  const [, name] = splitPath(answer?.document.path ?? open.id)
  return (
    <header class="reader-head">
      <div class="reader-bar">
        <button type="button" class="quiet" onClick={onClose}>
          <span aria-hidden="true">← </span>Back
        </button>
        {children}
      </div>
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

function PassageSteps({ current, of, onPrevious, onNext }: StepsProps) {
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
