import type { SearchAnswer, SearchHit } from '../../../core/search.ts'

/** Numbered passages, each with the place to cite, what it is about, and its whole text. */
export function passagesText({ query, hits, degraded }: SearchAnswer): string {
  const isPartial = hits.some(({ model }) => model !== null)
  const found = isPartial ? 'Not all was searched by meaning' : 'Found by keyword alone'
  const note = degraded ? `\n${found}: ${degraded.message}` : ''
  if (hits.length === 0) return `Nothing was found for: ${query}${note}`
  const count = hits.length === 1 ? '1 passage' : `${hits.length} passages`
  return `${count} for: ${query}${note}\n\n${hits.map(hitText).join('\n\n')}`
}

/** `path:12-30`, or `collection/id:12-30` of what came from no file. */
function placeOf({ path, collection, documentId, lines }: SearchHit): string {
  return `${path ?? `${collection}/${documentId}`}:${range(lines)}`
}

function hitText(hit: SearchHit): string {
  const { rank, title, heading, symbol, similarity, more, text } = hit
  const about = [...new Set([title, ...heading, symbol])].filter((part) => part !== null && part !== '').join(' › ')
  const near = similarity === null ? '' : ` (similarity ${similarity.toFixed(2)})`
  const also = more.length === 0 ? '' : `\nAlso lines ${more.map(({ lines }) => range(lines)).join(', ')}`
  return `[${rank}] ${placeOf(hit)}${near}${about ? `\n${about}` : ''}${also}\n${text.trim()}`
}

function range([from, to]: [number, number]): string {
  return from === to ? `${from}` : `${from}-${to}`
}
