import { stem } from 'porter2'
import { STOP_WORDS } from './stop-words.ts'

/** Names the rules below: an index made by others is made anew. */
export const ANALYZER_VERSION = 'words-2'

/**
 * A text as the terms that the index holds, in order.
 *
 * Accents are folded away; words are runs of letters and digits, in lower case and stemmed (Snowball English).
 * Identifiers in camel case are kept whole and cut at their capitals as well, unless a part would be a single letter
 * (mRNA). Scripts that write no spaces are cut into characters and pairs of characters.
 */
export function analyze(text: string): string[] {
  return words(text).map(stemmed)
}

/**
 * The distinct terms to look up for a query: without stop words, unless there is nothing else in it.
 * At most `MAX_TERMS`: beyond that a text is no question, and each term costs a pass over its chunks.
 */
export function queryTerms(query: string): string[] {
  const all = words(query)
  const telling = all.filter((word) => !STOP_WORDS.has(word))
  return [...new Set((telling.length > 0 ? telling : all).map(stemmed))].slice(0, MAX_TERMS)
}

const MAX_TERMS = 256

/** In lower case, not stemmed. */
function words(text: string): string[] {
  const found: string[] = []
  if (ASCII.test(text)) for (const word of text.match(ASCII_WORD) ?? []) addWord(word, found)
  else for (const word of fold(text).match(unicode().word) ?? []) addRuns(word, found)
  return found
}

function addRuns(word: string, found: string[]): void {
  if (ASCII.test(word)) addWord(word, found)
  else {
    for (const run of word.match(unicode().run) ?? []) {
      if (unicode().unspaced.test(run)) addCharacters([...run], found)
      else addWord(run, found)
    }
  }
}

function addCharacters(characters: string[], found: string[]): void {
  for (const [index, character] of characters.entries()) {
    found.push(character)
    const next = characters[index + 1]
    if (next) found.push(character + next)
  }
}

function addWord(word: string, found: string[]): void {
  found.push(clip(word.toLowerCase()))
  if (!CAMEL_CASE.test(word)) return
  const parts = word.match(PART) ?? []
  if (parts.length < 2 || parts.some((part) => part.length < 2)) return
  for (const part of parts) found.push(clip(part.toLowerCase()))
}

/** Letters without their accents, ligatures taken apart, full-width forms made plain. */
function fold(text: string): string {
  return text.toWellFormed().normalize('NFKD').replace(unicode().accents, '').normalize('NFC')
}

function stemmed(word: string): string {
  const known = stems.get(word)
  if (known !== undefined) return known
  const term = stem(word)
  if (stems.size >= MAX_STEMS) stems.clear()
  stems.set(word, term)
  return term
}

/** Longer strings are data, not words; what is left of them still finds them. */
function clip(term: string): string {
  return term.length > MAX_TERM_LENGTH ? term.slice(0, MAX_TERM_LENGTH).toWellFormed() : term
}

const stems = new Map<string, string>()
const MAX_STEMS = 100_000
const MAX_TERM_LENGTH = 64

const ASCII = /^[\0-\x7f]*$/
const ASCII_WORD = /[A-Za-z0-9]+/g
const CAMEL_CASE = /[a-z][A-Z]|[A-Z]{2}[a-z]{2}/
const PART = /[A-Z]+(?![a-z])[0-9]*|[A-Z]?[a-z]+[0-9]*|[0-9]+|[^A-Za-z0-9]+/g

let expressions: ReturnType<typeof compile> | null = null

/** Compiling Unicode properties takes milliseconds, which a plain query does not need to spend. */
function unicode() {
  expressions ??= compile()
  return expressions
}

function compile() {
  /** Letters of Thai, Lao, Myanmar, Khmer, Japanese and Chinese. */
  const unspaced =
    '\u0e01-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3021-\u3029\u3038-\u303b\u3041-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u{20000}-\u{323af}'
  /** Combining accents of Latin, Greek and Cyrillic, and the vowel points of Hebrew and Arabic. */
  const accents =
    '\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f'
  return {
    word: /[\p{L}\p{N}\p{M}]+/gu,
    unspaced: new RegExp(`[${unspaced}]`, 'u'),
    run: new RegExp(`[${unspaced}]+|[^${unspaced}]+`, 'gu'),
    accents: new RegExp(`[${accents}]`, 'gu'),
  }
}
