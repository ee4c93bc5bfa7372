import type { EmbedTimings } from '../../../core/ports/embedder.ts'
import { table } from './table.ts'

/** A line a stage, in milliseconds. */
export function renderTimings(timings: EmbedTimings): string {
  const rows = Object.entries(timings).map(([stage, ms]) => [stage, `${ms.toFixed(1)} ms`])
  return table(rows, { right: [1] })
}
