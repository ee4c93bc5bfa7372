import type { Candidate } from '../retrieval/candidates.ts'

/** How near a passage is to the query in meaning. */
export interface Nearness {
  /** 0 to 1. */
  semantic: number
  /** What it is taken from. */
  by: 'cosine' | 'z-score' | 'bm25'
}

/** z-scores of the nearest passages lie around 4 to 6. */
const USUAL_REACH = 6

/**
 * Of each passage by its key. With one model it is the true cosine, of what was found by keyword alone as well. Where
 * passages of two models meet, whose cosines cannot be compared, it is the z-score of the cosine on the scale that
 * retrieval has for all of them, over 6. A passage without a vector, and every one where no model can be used, has its share of the most BM25 that
 * the query could score. What is below 0 counts as 0.
 */
export function nearnessOf(passages: readonly Candidate[]): Map<number, Nearness> {
  const models = new Set(
    passages.filter(({ similarity }) => similarity !== null).map(({ model }) => model?.fingerprint),
  )
  return new Map(passages.map((passage) => [passage.key, nearness(passage, models.size > 1)]))
}

function nearness({ similarity, lexical, scale }: Candidate, isMixed: boolean): Nearness {
  if (similarity === null) return { semantic: share(lexical / scale.bound), by: 'bm25' }
  if (!isMixed) return { semantic: share(similarity), by: 'cosine' }
  const z = scale.deviation === 0 ? 0 : (similarity - scale.mean) / scale.deviation
  const reach = Math.min(USUAL_REACH, Math.sqrt(Math.max(1, scale.searched - 1)))
  return { semantic: share(z / reach), by: 'z-score' }
}

function share(value: number): number {
  return Number.isNaN(value) ? 0 : Math.max(0, Math.min(1, value))
}
