import type { Cutter } from './cutter.ts'
import { pack } from './pack.ts'
import { splitSentences } from './split-prose.ts'

/** Plain text: sentences; an empty line ends one too. */
export const cutText: Cutter = (measure, packingOf) => {
  const packing = packingOf([])
  const pieces = splitSentences(measure, 0, measure.text.length, packing.limit)
  return pack([{ pieces, whole: false }], packing).map((span) => ({ ...span, heading: [], symbol: null }))
}
