import { stem } from 'porter2'
import { STOP_WORDS } from './stop-words.ts'

/** Names the rules below: an index made by others is made anew. */
export const ANALYZER_VERSION = 'words-1'

/**
 * A text as the terms that the index holds, in order.
 *
 * Marks are folded away (NFKD); words are runs of letters and digits joined by underscores; identifiers are cut at
 * underscores, capitals and digits, and kept whole as well; parts are stemmed (Snowball English). Scripts that write
 * no spaces are cut into characters and pairs of characters.
 */
export function analyze(text: string): string[] {
  const terms: string[] = []
  for (const word of words(text)) addTerms(word, terms)
  return terms
}

/**
 * The distinct terms to look up for a query: without stop words, unless there is nothing else in it.
 * At most `MAX_TERMS`: beyond that a text is no question, and each term costs a pass over its chunks.
 */
export function queryTerms(query: string): string[] {
  const all = words(query)
  const telling = all.filter((word) => !STOP_WORDS.has(word.toLowerCase()))
  const terms = new Set<string>()
  for (const word of telling.length > 0 ? telling : all) {
    if (terms.size >= MAX_TERMS) break
    const found: string[] = []
    addTerms(word, found)
    for (const term of found) terms.add(term)
  }
  return [...terms].slice(0, MAX_TERMS)
}

export const MAX_TERMS = 256

function words(text: string): string[] {
  return fold(text).match(WORD) ?? []
}

function addTerms(word: string, terms: string[]): void {
  if (PLAIN.test(word)) terms.push(stemmed(word))
  else if (UNSPACED.test(word)) for (const run of word.match(RUN) ?? []) addRun(run, terms)
  else addIdentifier(word, terms)
}

function addRun(run: string, terms: string[]): void {
  if (!UNSPACED.test(run)) {
    addIdentifier(run, terms)
    return
  }
  const characters = [...run]
  for (const [index, character] of characters.entries()) {
    terms.push(character)
    const next = characters[index + 1]
    if (next) terms.push(character + next)
  }
}

function addIdentifier(word: string, terms: string[]): void {
  const parts = word.match(PART) ?? []
  if (parts.length > 1) terms.push(clip(word.toLowerCase()))
  for (const part of parts) terms.push(stemmed(part.toLowerCase()))
}

/** Letters without their accents, ligatures taken apart, full-width forms made plain. */
function fold(text: string): string {
  if (ASCII.test(text)) return text
  return text.toWellFormed().normalize('NFKD').replace(ACCENTS, '').normalize('NFC')
}

function stemmed(word: string): string {
  const known = stems.get(word)
  if (known !== undefined) return known
  const term = clip(/^[a-z]+$/.test(word) ? stem(word) : word)
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
const PLAIN = /^[a-z]+$/
const WORD = /[\p{L}\p{N}\p{M}]+(?:_+[\p{L}\p{N}\p{M}]+)*/gu
const PART = /\p{Lu}+(?!\p{Ll})|\p{Lu}?\p{Ll}+|\p{Nd}+|[^\p{Lu}\p{Ll}\p{Nd}_]+/gu
/** Combining accents of Latin, Greek and Cyrillic, and the vowel points of Hebrew and Arabic. */
const ACCENTS =
  /[\u{300}-\u{36f}]|[\u{591}-\u{5c7}]|[\u{610}-\u{61a}]|[\u{64b}-\u{65f}]|\u{670}|[\u{1ab0}-\u{1aff}]|[\u{1dc0}-\u{1dff}]|[\u{20d0}-\u{20ff}]|[\u{fe20}-\u{fe2f}]/gu
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u
const RUN =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]+|[^\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]+/gu
