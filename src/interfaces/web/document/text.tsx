import { lineRange, whole } from '../parts/format.ts'
import { Marked } from '../search/marked.tsx'
import type { Matcher } from '../search/words.ts'
import { type Lines, type Segment, segmentsOf } from './segments.ts'
import type { Shown } from './use-document.ts'

interface Props {
  shown: Shown
  passages: readonly Lines[]
  current: number | null
  isMatch: Matcher
  onEarlier(): void
  onLater(): void
}

/** The window's lines with their numbers; passages stand out, and in them the words that were looked for. */
export function DocumentText({ shown, passages, current, isMatch, onEarlier, onLater }: Props) {
  const { document, lines } = shown
  const [from, to] = document.lines
  const textOf = (segment: Segment) => lines.slice(segment.from - from, segment.to - from + 1)
  return (
    <div class={document.format === 'code' ? 'text code' : 'text'}>
      {from > 1 && (
        <button type="button" class="more" onClick={onEarlier}>
          {whole(from - 1)} lines before
        </button>
      )}
      {segmentsOf([from, to], passages, current).map((segment) => (
        <SegmentLines
          key={segment.from}
          segment={segment}
          lines={textOf(segment)}
          isCurrent={segment.passage !== null && segment.passage === current}
          isMatch={isMatch}
        />
      ))}
      {to < document.totalLines && (
        <button type="button" class="more" onClick={onLater}>
          {whole(document.totalLines - to)} lines after
        </button>
      )}
    </div>
  )
}

interface SegmentProps {
  segment: Segment
  lines: string[]
  isCurrent: boolean
  isMatch: Matcher
}

function SegmentLines({ segment, lines, isCurrent, isMatch }: SegmentProps) {
  const { from, to, passage } = segment
  const rows = lines.map((line, at) => (
    <div class="line" data-number={from + at} key={from + at}>
      {line === '' ? '\n' : passage === null ? line : <Marked text={line} isMatch={isMatch} />}
    </div>
  ))
  if (passage === null) return <div class="segment">{rows}</div>
  return (
    <section
      class={isCurrent ? 'segment found current' : 'segment found'}
      tabIndex={-1}
      aria-label={`Passage, ${from === to ? 'line' : 'lines'} ${lineRange([from, to])}`}
    >
      {rows}
    </section>
  )
}
