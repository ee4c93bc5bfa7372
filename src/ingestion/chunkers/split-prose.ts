import type { Measure, Piece } from './measure.ts'

/**
 * Cuts a part of a text into pieces of at most `limit` tokens: sentences; a longer sentence into runs of words,
 * a longer word by length. The pieces cover the part without a gap. Linear in the length of the part.
 */
export function splitSentences(measure: Measure, start: number, end: number, limit: number): Piece[] {
  return cutAt(sentenceEnds(measure.text, start, end), start, end).flatMap((range) => cutToFit(measure, range, limit))
}

/** The same by lines: for code, tables and lists. */
export function splitLines(measure: Measure, start: number, end: number, limit: number): Piece[] {
  const ends: number[] = []
  for (let at = measure.text.indexOf('\n', start); at !== -1 && at < end; at = measure.text.indexOf('\n', at + 1)) {
    ends.push(at + 1)
  }
  return cutAt(ends, start, end).flatMap((range) => cutToFit(measure, range, limit))
}

/** The range as one piece, or cut where it is too long for one. */
function cutToFit(measure: Measure, [start, end]: Range, limit: number): Piece[] {
  // A range this long is over any limit: counting it first would cost a pass over it for nothing.
  const tokens = end - start > limit * HOPELESS ? Number.POSITIVE_INFINITY : measure.tokens(start, end)
  return tokens <= limit ? [{ start, end, tokens }] : splitWords(measure, start, end, limit)
}

type Range = [start: number, end: number]

const HOPELESS = 32

/** Ends a sentence: a full stop with what closes around it and white space before no small letter; an ideographic stop; an empty line. */
const SENTENCE_END = /[.!?…]["'”’)\]]{0,4}\s{1,8}(?![\p{Ll}\s])|[。！？｡][」』”’）]{0,4}\s*|\n[ \t]*\n\s*/gu

function sentenceEnds(text: string, start: number, end: number): number[] {
  // A part of its own: a search in the whole text would run on to its end for each part without a match.
  return Array.from(text.slice(start, end).matchAll(SENTENCE_END), (match) => start + match.index + match[0].length)
}

function cutAt(ends: number[], start: number, end: number): Range[] {
  const cuts = [start, ...ends.filter((at) => at > start && at < end), end]
  return cuts.slice(1).map((cut, i) => [cuts[i] as number, cut])
}

/** Runs of words of about a quarter of the limit, so that chunks fill well and overlap by a part of a sentence. */
function splitWords(measure: Measure, start: number, end: number, limit: number): Piece[] {
  const target = Math.max(1, Math.floor(limit / 4))
  const pieces: Piece[] = []
  let run: Piece = { start, end: start, tokens: 0 }
  const flush = () => {
    if (run.end > run.start) pieces.push(run)
    run = { start: run.end, end: run.end, tokens: 0 }
  }
  for (const [from, to] of words(measure.text, start, end)) {
    const tokens = to - from > LONG_WORD ? Number.POSITIVE_INFINITY : measure.tokens(from, to)
    if (run.tokens + tokens > target) flush()
    if (tokens > target) {
      pieces.push(...splitByLength(measure, from, to, target))
      run = { start: to, end: to, tokens: 0 }
    } else run = { start: run.start, end: to, tokens: run.tokens + tokens }
  }
  flush()
  return pieces
}

const LONG_WORD = 100

/** Each word with the white space behind it; the first also with what is before it. */
function* words(text: string, start: number, end: number): Generator<Range> {
  let from = start
  for (const match of text.slice(start, end).matchAll(/\s+/g)) {
    const to = start + match.index + match[0].length
    yield [from, to]
    from = to
  }
  if (from < end) yield [from, end]
}

function splitByLength(measure: Measure, start: number, end: number, limit: number): Piece[] {
  const pieces: Piece[] = []
  let width = Math.max(2, limit * 4)
  for (let from = start; from < end; ) {
    const to = afterPair(measure.text, Math.min(end, from + width))
    const tokens = measure.tokens(from, to)
    if (tokens > limit && width > 2) width = Math.max(2, width >> 1)
    else {
      pieces.push({ start: from, end: to, tokens })
      from = to
    }
  }
  return pieces
}

/** The offset, or the one behind it where it stands inside a surrogate pair. */
function afterPair(text: string, at: number): number {
  const isHigh = (text.charCodeAt(at - 1) & 0xfc00) === 0xd800
  const isLow = (text.charCodeAt(at) & 0xfc00) === 0xdc00
  return isHigh && isLow ? at + 1 : at
}
