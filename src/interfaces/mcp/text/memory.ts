import type { ErrorAnswer } from '../../../core/errors.ts'

interface Recalled {
  query: string
  degraded: ErrorAnswer | null
  records: {
    rank: number
    id: string
    kind: string
    confidence: number
    source: string | null
    tags: string[]
    capturedAt: number
    text: string
  }[]
}

/** Numbered records, each with its id, what is known of it, and its whole text. */
export function recalledText({ query, degraded, records }: Recalled): string {
  const note = degraded ? `\nFound by keyword alone: ${degraded.message}` : ''
  if (records.length === 0) return `Nothing is remembered of: ${query}${note}`
  const count = records.length === 1 ? '1 record' : `${records.length} records`
  return `${count} for: ${query}${note}\n\n${records.map(recordText).join('\n\n')}`
}

function recordText({
  rank,
  id,
  kind,
  confidence,
  source,
  tags,
  capturedAt,
  text,
}: Recalled['records'][number]): string {
  const facts = [
    kind,
    `confidence ${confidence.toFixed(2)}`,
    dayOf(capturedAt),
    ...(source === null ? [] : [`from ${source}`]),
    ...tags.map((tag) => `#${tag}`),
  ]
  return `[${rank}] ${id} (${facts.join(', ')})\n${text.trim()}`
}

function dayOf(milliseconds: number): string {
  const date = new Date(milliseconds)
  return Number.isNaN(date.valueOf()) ? 'at an unknown time' : date.toISOString().slice(0, 10)
}
