import type { Syntax } from './definitions.ts'
import { lineStarts } from './lines.ts'

/** One line of code as the code chunker sees it. */
export interface CodeLine {
  /** Offsets in UTF-16 code units; the end of line is within. */
  start: number
  end: number
  /** Columns before the first sign; a tab goes to the next multiple of 8. */
  indent: number
  /** Open brackets where the line begins. */
  depth: number
  kind: 'blank' | 'comment' | 'code' | 'text'
}

/**
 * Scans code once, with strings and comments left out of the count of brackets.
 * `text` are lines that begin inside a string of several lines. Where brackets or quotes do not close, they are not trusted.
 */
export function codeLines(text: string, syntax: Syntax): CodeLine[] {
  const starts = lineStarts(text)
  const state: State = { depth: 0, until: null, isComment: false }
  const lines = starts.map((start, i): CodeLine => {
    const end = starts[i + 1] ?? text.length
    const content = text.slice(start, end)
    const { depth, until, isComment } = state
    const trimmed = content.trimStart()
    scan(content, syntax, state)
    const isInside = until !== null
    const kind = trimmed === '' ? 'blank' : isInside ? (isComment ? 'comment' : 'text') : kindOf(trimmed, syntax)
    return { start, end, indent: columns(content), depth, kind }
  })
  const isTrusted = state.depth === 0 && state.until === null
  return isTrusted
    ? lines
    : lines.map((line) => ({ ...line, depth: 0, kind: line.kind === 'text' ? 'code' : line.kind }))
}

interface State {
  depth: number
  /** What closes the string or comment that is open. */
  until: string | null
  isComment: boolean
}

function kindOf(trimmed: string, { lineComments, blockComment }: Syntax): 'comment' | 'code' {
  const isComment = lineComments.some((mark) => trimmed.startsWith(mark))
  return isComment || (blockComment && trimmed.startsWith(blockComment[0])) ? 'comment' : 'code'
}

function scan(line: string, syntax: Syntax, state: State): void {
  for (let at = 0; at < line.length; )
    at = state.until === null ? scanCode(line, at, syntax, state) : scanInside(line, at, state)
  // Only long quotes, backticks and comments go on in the next line: elsewhere a lone quote is an apostrophe.
  if (state.until !== null && !state.isComment && state.until.length === 1 && state.until !== '`') state.until = null
}

function scanInside(line: string, at: number, state: State): number {
  const until = state.until as string
  if (line[at] === '\\' && !state.isComment) return at + 2
  if (!line.startsWith(until, at)) return at + 1
  state.until = null
  state.isComment = false
  return at + until.length
}

function scanCode(line: string, at: number, { lineComments, blockComment, quotes }: Syntax, state: State): number {
  if (blockComment && line.startsWith(blockComment[0], at)) {
    state.until = blockComment[1]
    state.isComment = true
    return at + blockComment[0].length
  }
  if (
    lineComments.some(
      (mark) => line.startsWith(mark, at) && (mark !== '#' || at === 0 || /\s/.test(line[at - 1] as string)),
    )
  )
    return line.length
  const quote = quotes.find((mark) => line.startsWith(mark, at))
  if (quote) {
    state.until = quote
    return at + quote.length
  }
  const sign = line[at] as string
  if (sign === '(' || sign === '[' || sign === '{') state.depth++
  else if (sign === ')' || sign === ']' || sign === '}') state.depth = Math.max(0, state.depth - 1)
  return at + 1
}

function columns(line: string): number {
  let indent = 0
  for (const sign of line) {
    if (sign === ' ') indent++
    else if (sign === '\t') indent += 8 - (indent % 8)
    else break
  }
  return indent
}
