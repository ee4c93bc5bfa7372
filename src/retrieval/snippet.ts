/** Longest stretch that is shown, in UTF-16 code units, without the marks of what is left out. */
const LENGTH = 240
/** Shown before the first word that was found, at most. */
const LEAD = 40
/** How far an end moves to meet a space. */
const SLACK = 30
/** Longer passages, which only a chunker without limits makes, are looked through up to here. */
const LOOKED_THROUGH = 100_000
/** Words that are no farther apart than this are shown together, whatever the ends. */
const SPAN = LENGTH - LEAD - SLACK

/** White space that is not one space: to replace each space by itself would cost a passage more than all the rest. */
const NOT_ONE_SPACE = /[^\S ]\s*| \s+/g

/**
 * The stretch of a passage that holds the most different words of the query, on one line.
 * `terms` are word stems; a word counts for a stem that it begins with.
 */
export function makeSnippet(text: string, terms: readonly string[]): string {
  const flat = text.replace(NOT_ONE_SPACE, ' ').trim()
  if (flat.length <= LENGTH) return flat
  const start = bestStart(flat, terms)
  const end = wordEnd(flat, start + LENGTH)
  return `${start > 0 ? '… ' : ''}${flat.slice(start, end).trim()}${end < flat.length ? ' …' : ''}`
}

interface FoundWord {
  start: number
  end: number
  term: string
}

function bestStart(flat: string, terms: readonly string[]): number {
  const first = mostTermsWithin(findWords(flat.slice(0, LOOKED_THROUGH), terms), SPAN)
  return wordStart(flat, Math.max(0, Math.min(first - LEAD, flat.length - LENGTH)))
}

function findWords(flat: string, terms: readonly string[]): FoundWord[] {
  if (terms.length === 0) return []
  const beginnings = beginningsOf(terms)
  return isAscii(flat) ? findAsciiWords(flat, beginnings) : findAnyWords(flat, beginnings)
}

function findAnyWords(flat: string, beginnings: Beginnings): FoundWord[] {
  const found: FoundWord[] = []
  for (const { 0: word, index: start } of flat.matchAll(WORD)) {
    const term = matchingTerm(fold(word), beginnings)
    if (term !== undefined) found.push({ start, end: start + word.length, term })
  }
  return found
}

/** The same of a text without other characters, with no string for a word that begins like no term. */
function findAsciiWords(flat: string, beginnings: Beginnings): FoundWord[] {
  const folded = flat.toLowerCase()
  const firstLetters = new Set(beginnings.flatMap(([, terms]) => [...terms.keys()].map((each) => each.charCodeAt(0))))
  const found: FoundWord[] = []
  for (let start = 0, end = 0; start < folded.length; start = end + 1) {
    end = start
    while (isWordCode(folded.charCodeAt(end))) end++
    if (end === start || !firstLetters.has(folded.charCodeAt(start))) continue
    const term = matchingTerm(folded.slice(start, end), beginnings)
    if (term !== undefined) found.push({ start, end, term })
  }
  return found
}

/** A digit, or a letter in lower case. */
function isWordCode(code: number): boolean {
  return (code >= 48 && code <= 57) || (code >= 97 && code <= 122)
}

/** A run of letters, digits and their marks; of scripts without spaces, one character. */
const WORD =
  /[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmr}\p{sc=Mymr}]|[[\p{L}\p{N}\p{M}]--[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmr}\p{sc=Mymr}]]+/gv

function fold(word: string): string {
  if (isAscii(word)) return word.toLowerCase()
  return word.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
}

function isAscii(text: string): boolean {
  return /^[\0-\x7f]*$/.test(text)
}

/** What words may begin with, by its length, the longest first, each with its term. */
type Beginnings = [length: number, terms: Map<string, string>][]

/** A stem's last letter may be one that the word does not have: `happi` of `happy`. */
function beginningsOf(terms: readonly string[]): Beginnings {
  const byLength = new Map<number, Map<string, string>>()
  const add = (beginning: string, term: string) => {
    const same = byLength.get(beginning.length) ?? new Map<string, string>()
    byLength.set(beginning.length, same)
    if (!same.has(beginning)) same.set(beginning, term)
  }
  for (const term of terms) add(term, term)
  for (const term of terms) if (term.length > 3) add(term.slice(0, -1), term)
  return [...byLength].sort((a, b) => b[0] - a[0])
}

function matchingTerm(word: string, beginnings: Beginnings): string | undefined {
  for (const [length, terms] of beginnings) {
    const term = word.length >= length ? terms.get(word.slice(0, length)) : undefined
    if (term !== undefined) return term
  }
  return undefined
}

/** Where the window begins that holds the most different terms; of several the first. 0 where no word was found. */
function mostTermsWithin(words: readonly FoundWord[], span: number): number {
  const inside = new Map<string, number>()
  let best = { start: 0, different: 0 }
  let last = 0
  for (const { start, term } of words) {
    for (let word = words[last]; word && (word.start === start || word.end <= start + span); word = words[++last]) {
      inside.set(word.term, (inside.get(word.term) ?? 0) + 1)
    }
    if (inside.size > best.different) best = { start, different: inside.size }
    const left = (inside.get(term) ?? 0) - 1
    if (left > 0) inside.set(term, left)
    else inside.delete(term)
  }
  return best.start
}

function wordStart(flat: string, at: number): number {
  if (at === 0) return 0
  const space = flat.slice(at, at + SLACK).indexOf(' ')
  return space === -1 ? surrogateSafe(flat, at) : at + space + 1
}

function wordEnd(flat: string, at: number): number {
  if (at >= flat.length) return flat.length
  const space = flat.slice(at - SLACK, at + 1).lastIndexOf(' ')
  return space === -1 ? surrogateSafe(flat, at) : at - SLACK + space
}

/** Never between the halves of a pair. */
function surrogateSafe(flat: string, at: number): number {
  const isInside = (flat.charCodeAt(at) & 0xfc00) === 0xdc00 && (flat.charCodeAt(at - 1) & 0xfc00) === 0xd800
  return isInside ? at - 1 : at
}
