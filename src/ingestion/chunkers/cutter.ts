import type { Measure } from './measure.ts'
import type { Packing } from './pack.ts'

/** A part of a text that becomes a chunk, with its place. White space at its ends does not count. */
export interface Cut {
  start: number
  end: number
  heading: readonly string[]
  symbol: string | null
}

/**
 * Cuts a text of one format. Cuts come in ascending order of `start` and cover all that is not white space.
 * `packingOf` tells how much a chunk below these headings may hold.
 */
export type Cutter = (
  measure: Measure,
  packingOf: (heading: readonly string[]) => Packing,
  language: string | null,
) => Cut[]
