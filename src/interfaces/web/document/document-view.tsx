import { useEffect, useMemo, useRef } from 'preact/hooks'
import type { Hit } from '../answers.ts'
import { Failure } from '../parts/notice.tsx'
import { stemsOf } from '../search/explain.ts'
import { matcherOf } from '../search/words.ts'
import { useKeys } from '../state/keys.ts'
import { useNavigation } from '../state/navigation.ts'
import type { OpenDocument } from '../state/place.ts'
import { Head, PassageSteps } from './head.tsx'
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
  { answer, isNew }: DocumentWindow,
  { collection, id, lines }: OpenDocument,
): void {
  const wanted = `${collection}/${id}/${lines}`
  const done = useRef('')
  useEffect(() => {
    if (!answer || isNew || done.current === wanted) return
    done.current = wanted
    const passage = reader.current?.querySelector<HTMLElement>('.segment.current')
    const target = passage ?? reader.current?.querySelector<HTMLElement>('h2')
    target?.focus({ preventScroll: true })
    passage?.scrollIntoView({ block: passage.offsetHeight > innerHeight / 2 ? 'start' : 'center' })
  }, [answer, isNew, wanted, reader])
}
