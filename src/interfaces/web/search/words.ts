/** A stretch of text, and whether it is one of the words that were looked for. */
export interface Stretch {
  text: string
  found: boolean
}

/** Says of a word whether the query asked for it. */
export type Matcher = (word: string) => boolean

const WORD = /[\p{L}\p{N}\p{M}_]+/gu
/** What a word may have beyond its stem: `ferment`, `fermentation`. */
const ENDING = 5

/**
 * Matches words by the stems that the server looked up. Where it looked up none, as in a search by meaning alone, the
 * longer words of the query stand for them.
 */
export function matcherOf(query: string, stems: readonly string[]): Matcher {
  const wanted = stems.length > 0 ? stems.map(fold) : wordsOf(query)
  const beginnings = wanted.map((stem) => ({
    stem,
    short: stem.length > 3 && stems.length > 0 ? stem.slice(0, -1) : stem,
  }))
  return (word) => {
    const folded = fold(word)
    return beginnings.some(({ stem, short }) =>
      /\p{N}/u.test(stem) ? folded === stem : folded.startsWith(short) && folded.length <= stem.length + ENDING,
    )
  }
}

/** The text in stretches, those that were found apart. */
export function markWords(text: string, isMatch: Matcher): Stretch[] {
  const stretches: Stretch[] = []
  let at = 0
  for (const { 0: word, index } of text.matchAll(WORD)) {
    if (!isMatch(word)) continue
    if (index > at) stretches.push({ text: text.slice(at, index), found: false })
    stretches.push({ text: word, found: true })
    at = index + word.length
  }
  if (at < text.length) stretches.push({ text: text.slice(at), found: false })
  return stretches
}

function wordsOf(query: string): string[] {
  const words = (query.match(WORD) ?? []).map(fold)
  const long = words.filter((word) => word.length > 3)
  return long.length > 0 ? long : words
}

function fold(word: string): string {
  return word.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
}
