import type { Output } from '../output.ts'
import type { Item } from '../texts.ts'
import { table } from './table.ts'

interface RerankAnswer {
  model: string
  results: { index: number; id?: string | number; score: number; truncated: boolean }[]
}

const WIDTH = 100

/** Best first: the score, the passage's id or its place in the input, and how it begins. */
export function renderReranked({ results }: RerankAnswer, items: readonly Item[], { styles }: Output): string {
  if (results.length === 0) return ''
  const rows = results.map(({ index, id, score, truncated }) => [
    styles.bold(score.toFixed(4)),
    styles.dim(`${id ?? index}`),
    `${beginning(items[index]?.text ?? '')}${truncated ? styles.dim(' (cut)') : ''}`,
  ])
  return `${table([['score', 'passage', 'text'].map(styles.dim), ...rows], { right: [0, 1] })}\n`
}

/** One line without control characters: a passage may hold anything. */
function beginning(text: string): string {
  const line = text
    .slice(0, 4 * WIDTH)
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
  return line.length > WIDTH ? `${line.slice(0, WIDTH - 1)}…` : line
}
