import { isAbsolute, relative } from 'node:path'
import type { Passage, SearchAnswer, SearchHit } from '../../../core/search.ts'
import type { Output, Styles } from '../output.ts'
import { table } from './table.ts'

/** Hits as people read them: the place to open, what it is about, how near it is, and the words that were found. */
export function renderSearch({ hits, query, side }: SearchAnswer, { styles }: Output): string {
  const isMatch = matcher(query)
  const shown = { isMatch, named: side !== null }
  return hits.map((hit) => renderHit(hit, shown, styles)).join('\n')
}

interface Shown {
  isMatch: (word: string) => boolean
  /** Whether hits say which model found them. */
  named: boolean
}

function renderHit(hit: SearchHit, { isMatch, named }: Shown, styles: Styles): string {
  const { bold, dim, cyan } = styles
  const name = displayPath(hit.path) ?? hit.documentId
  const heading = [...hit.heading, ...(hit.symbol ? [hit.symbol] : [])].join(' › ')
  const lines = [
    `${bold(cyan(name))}${dim(':')}${place(hit)}${heading ? `  ${heading}` : ''}`,
    `  ${dim(measures(hit, named))}`,
    `  ${highlight(hit.snippet, isMatch, styles)}`,
  ]
  if (hit.more.length > 0) lines.push(`  ${dim(`also ${hit.more.map(place).join(', ')}`)}`)
  if (hit.explanation) lines.push(explain(hit.explanation, styles))
  return `${lines.join('\n')}\n`
}

function place({ lines: [from, to] }: Passage): string {
  return from === to ? `${from}` : `${from}-${to}`
}

function measures({ score, similarity, model, chunkId }: SearchHit, named: boolean): string {
  const by = named && model !== null ? ` by ${model}` : ''
  const cosine = similarity === null ? [] : [`similarity ${similarity.toFixed(3)}${by}`]
  return [...cosine, `score ${score.toFixed(3)}`, chunkId].join(' · ')
}

function explain({ rule, parts }: NonNullable<SearchHit['explanation']>, { dim }: Styles): string {
  const rows = Object.entries(parts).map(([name, value]) => [
    `    ${name}`,
    typeof value === 'number' ? value.toFixed(4) : String(value ?? '-'),
  ])
  return `${dim(`    score = ${rule}`)}\n${table(rows, { right: [1] })}`
}

/** Relative to the working directory where the file is below it. */
export function displayPath(path: string | null): string | null {
  if (path === null) return null
  const near = relative(process.cwd(), path)
  return near === '' || near.startsWith('..') || isAbsolute(near) ? path : near.replaceAll('\\', '/')
}

function highlight(snippet: string, isMatch: (word: string) => boolean, { bold, yellow }: Styles): string {
  return clean(snippet).replace(/[\p{L}\p{N}_]+/gu, (word) => (isMatch(word) ? bold(yellow(word)) : word))
}

/** Control characters of a file do not reach the terminal. */
function clean(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ')
}

/**
 * A word matches where it begins as a word of the query does, but for its last letters; one with digits only where it
 * is the same. Short words of the query count only where it has no other.
 */
function matcher(query: string): (word: string) => boolean {
  const words = (query.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? []) as string[]
  const long = words.filter((word) => word.length > 3)
  const wanted = long.length > 0 ? long : words
  const exact = new Set(wanted)
  const stems = wanted.filter((word) => !/\p{N}/u.test(word)).map((word) => word.slice(0, Math.max(4, word.length - 2)))
  return (word) => {
    const lower = word.toLowerCase()
    return exact.has(lower) || stems.some((stem) => lower.startsWith(stem) && lower.length <= stem.length + 5)
  }
}
