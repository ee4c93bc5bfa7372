import { type CodeLine, codeLines } from './code-lines.ts'
import type { Cut, Cutter } from './cutter.ts'
import { definedName, type Syntax, syntaxOf } from './definitions.ts'
import { lineStarts } from './lines.ts'
import type { Measure, Piece } from './measure.ts'
import { splitLines } from './split-prose.ts'
import { cutText } from './split-text.ts'

/**
 * Code: cut at its definitions, the outermost first; one that does not fit at the next level inside it, and so on down
 * to lines. Comments and decorators stay with what follows them. Small neighbours share a chunk.
 */
export const cutCode: Cutter = (measure, packingOf, language) => {
  // So many lines are data, and each costs memory while it is looked at.
  if (lineStarts(measure.text).length > MOST_LINES) return cutText(measure, packingOf, language)
  const { limit } = packingOf([])
  const syntax = syntaxOf(language)
  const code: Code = { measure, syntax, lines: codeLines(measure.text, syntax), limit }
  return merge(splitRange(code, 0, code.lines.length, []), limit)
}

const MOST_LINES = 100_000

interface Code {
  measure: Measure
  syntax: Syntax
  lines: CodeLine[]
  limit: number
}

interface Unit extends Piece {
  names: string[]
  /** True where the unit is a whole definition, not a part of one. */
  isDefinition: boolean
}

/** Deeper nesting is cut by lines: each level costs a pass over what is in it. */
const MAX_LEVELS = 16

function splitRange(code: Code, from: number, to: number, names: string[], level = 0): Unit[] {
  return items(code, from, to).flatMap((item) => splitItem(code, item, names, level))
}

function splitItem(code: Code, { from, head, to }: Item, outer: string[], level: number): Unit[] {
  const { measure, syntax, lines, limit } = code
  const start = lineOf(lines, from).start
  const end = lineOf(lines, to - 1).end
  const { start: headStart, end: headEnd } = lineOf(lines, head)
  const name = definedName(syntax, measure.text.slice(headStart, headEnd).trim(), outer.length > 0)
  const names = name === null ? outer : [...outer, name]
  const tokens = end - start > limit * 32 ? Number.POSITIVE_INFINITY : measure.tokens(start, end)
  if (tokens <= limit) return [{ start, end, tokens, names, isDefinition: name !== null }]
  const inner = level < MAX_LEVELS ? bodyStart(lines, head, to) : null
  const openingEnd = inner === null ? end : lineOf(lines, inner).start
  const opening = splitLines(measure, start, openingEnd, limit).map((piece) => ({
    ...piece,
    names,
    isDefinition: false,
  }))
  return inner === null ? opening : [...opening, ...splitRange(code, inner, to, names, level + 1)]
}

/** The first line of a body: indented deeper than its head. Null where there is none. */
function bodyStart(lines: readonly CodeLine[], head: number, to: number): number | null {
  const outer = lineOf(lines, head).indent
  for (let i = head + 1; i < to; i++) {
    const { kind, indent } = lineOf(lines, i)
    if (kind !== 'blank' && indent > outer) return i
  }
  return null
}

/** Lines from `from` to before `to`; `head` is the one behind the comments and decorators. */
interface Item {
  from: number
  head: number
  to: number
}

/** Cuts a range of lines where code at its smallest indentation, outside brackets, begins something new. */
function items({ lines, measure }: Code, from: number, to: number): Item[] {
  const heads: number[] = []
  let indent = Number.POSITIVE_INFINITY
  let depth = Number.POSITIVE_INFINITY
  for (let i = from; i < to; i++) {
    const line = lineOf(lines, i)
    if (line.kind !== 'code' || TAIL.test(opening(measure.text, line))) continue
    heads.push(i)
    indent = Math.min(indent, line.indent)
    depth = Math.min(depth, line.depth)
  }
  const found: Item[] = []
  let decorated: number | null = null
  for (const head of heads) {
    const line = lineOf(lines, head)
    if (line.indent > indent || line.depth > depth) continue
    const begin: number = decorated ?? leadingComments(lines, found.at(-1)?.head ?? from - 1, head)
    const isDecorator = DECORATOR.test(opening(measure.text, line)) && head + 1 < to
    decorated = isDecorator ? begin : null
    if (isDecorator && !endsWithDefinition(measure.text, line)) continue
    decorated = null
    found.push({ from: begin, head, to })
  }
  if (found.length === 0) return [{ from, head: heads[0] ?? from, to }]
  return found.map((item, i) => ({ ...item, from: i === 0 ? from : item.from, to: found[i + 1]?.from ?? to }))
}

/** Goes on with what is before it: a closing bracket, `else`, `end`. */
const TAIL =
  /^(?:[)\]}>]|\{\s*$|(?:else|elif|elsif|elseif|except|catch|finally|rescue|ensure|end|fi|done|esac|then|do|in)\b)/
const DECORATOR = /^(?:@\w|#!?\[|\[\w[^\]]*\]\s*$|template\s*<)/

/** A decorator with its definition on one line: `@Input() name: string`, `#[test] fn ok() {`. */
function endsWithDefinition(text: string, line: CodeLine): boolean {
  return /[;{:]\s*$|=>|=\s/.test(text.slice(line.start, Math.min(line.end, line.start + 400)).trimEnd())
}

function opening(text: string, { start, end }: CodeLine): string {
  return text.slice(start, Math.min(end, start + 200)).trim()
}

/** Where the comments begin that stand right above a line. */
function leadingComments(lines: readonly CodeLine[], after: number, head: number): number {
  let begin = head
  while (begin - 1 > after && lineOf(lines, begin - 1).kind === 'comment') begin--
  return begin
}

function lineOf(lines: readonly CodeLine[], i: number): CodeLine {
  return lines[i] as CodeLine
}

interface Group {
  units: Unit[]
  tokens: number
  /** Of the largest unit. */
  most: number
}

function merge(units: readonly Unit[], limit: number): Cut[] {
  const groups: Group[] = []
  for (const unit of units) {
    const group = groups.at(-1)
    if (group && joins(group, unit, limit)) {
      group.units.push(unit)
      group.tokens += unit.tokens
      group.most = Math.max(group.most, unit.tokens)
    } else groups.push({ units: [unit], tokens: unit.tokens, most: unit.tokens })
  }
  return groups.map(({ units: members }) => ({
    start: (members[0] as Unit).start,
    end: (members.at(-1) as Unit).end,
    heading: [],
    symbol: symbolOf(members),
  }))
}

/** Parts of one definition fill a chunk together; whole definitions share one only where both are small. */
function joins({ units, tokens, most }: Group, next: Unit, limit: number): boolean {
  if (tokens + next.tokens > limit) return false
  const last = units.at(-1) as Unit
  const isSameScope = !last.isDefinition && !next.isDefinition && last.names.join('.') === next.names.join('.')
  const isTiny = Math.min(tokens, next.tokens) <= limit / 10 && isRelated(last.names, next.names)
  return isSameScope || isTiny || Math.max(most, next.tokens) <= limit / 3
}

/** Whether one stands in the other, or in the same outermost definition, or in none. */
function isRelated(a: readonly string[], b: readonly string[]): boolean {
  return a.length === 0 || b.length === 0 || a[0] === b[0]
}

/** The innermost definition where all others are around it; else what all are in; else the few names that they define. */
function symbolOf(units: readonly Unit[]): string | null {
  const innermost = units.reduce(
    (deepest, { names }) => (names.length > deepest.length ? names : deepest),
    [] as string[],
  )
  const shared = innermost.filter((name, i) => units.every(({ names }) => names[i] === name))
  const isChain = units.every(({ names }) => names.every((name, i) => innermost[i] === name))
  if (isChain) return innermost.join('.') || null
  if (shared.length > 0) return shared.join('.')
  const names = [...new Set(units.map((unit) => unit.names.join('.')).filter((name) => name !== ''))]
  return names.length <= MOST_NAMES ? names.join(', ') : null
}

const MOST_NAMES = 4
