/** Longest snippet, in UTF-16 code units. */
const LENGTH = 240

/**
 * The stretch of a passage that holds the most different words of the query, on one line.
 * `terms` are word stems; a word counts for a stem that it begins with.
 */
export function makeSnippet(text: string, terms: readonly string[]): string {
  const flat = text.replace(/\s+/g, ' ').trim()
  if (flat.length <= LENGTH) return flat
  const start = bestStart(flat, terms)
  const end = wordEnd(flat, start + LENGTH)
  return `${start > 0 ? '… ' : ''}${flat.slice(start, end).trim()}${end < flat.length ? ' …' : ''}`
}

function bestStart(flat: string, terms: readonly string[]): number {
  const words = [...flat.matchAll(/[\p{L}\p{N}]+/gu)].map((match) => ({
    at: match.index,
    term: matchingTerm(match[0].toLowerCase(), terms),
  }))
  const found = words.filter(({ term }) => term !== undefined)
  let best = { start: 0, different: 0 }
  for (const { at } of found) {
    const inside = found.filter((word) => word.at >= at && word.at < at + LENGTH - 40)
    const different = new Set(inside.map(({ term }) => term)).size
    if (different > best.different) best = { start: at, different }
  }
  return wordStart(flat, Math.max(0, Math.min(best.start - 40, flat.length - LENGTH)))
}

function matchingTerm(word: string, terms: readonly string[]): string | undefined {
  return terms.find((term) => word.startsWith(term) || (term.length > 3 && word.startsWith(term.slice(0, -1))))
}

function wordStart(flat: string, at: number): number {
  if (at === 0) return 0
  const space = flat.indexOf(' ', at)
  return space === -1 || space > at + 30 ? surrogateSafe(flat, at) : space + 1
}

function wordEnd(flat: string, at: number): number {
  if (at >= flat.length) return flat.length
  const space = flat.lastIndexOf(' ', at)
  return space < at - 30 ? surrogateSafe(flat, at) : space
}

function surrogateSafe(flat: string, at: number): number {
  const code = flat.charCodeAt(at)
  return code >= 0xdc00 && code <= 0xdfff ? at - 1 : at
}
