import type { Candidate, FoundInCollection, Scale } from './candidates.ts'

/**
 * The candidates of all collections, their cosines measured against those of all collections with the same vectors: as if
 * they were one. Measured against its own alone, the best of four passages would stand out as far as the best of thousands.
 */
export function onOneScale(found: readonly FoundInCollection[]): Candidate[] {
  return found.flatMap(({ fingerprint, scale, candidates }) => {
    const alike = found.filter((other) => other.fingerprint === fingerprint)
    if (alike.length === 1) return candidates
    const pooled = { ...scale, ...poolSpreads(alike.map((other) => other.scale)) }
    return candidates.map((candidate) => ({ ...candidate, scale: pooled }))
  })
}

type Spread = Pick<Scale, 'count' | 'mean' | 'deviation'>

/** Count, mean and standard deviation of all numbers together: the variance is that inside the parts and that of their means. */
function poolSpreads(parts: readonly Spread[]): Spread {
  const count = parts.reduce((sum, part) => sum + part.count, 0)
  if (count === 0) return { count, mean: 0, deviation: 0 }
  const mean = parts.reduce((sum, part) => sum + part.count * part.mean, 0) / count
  const squares = parts.map((part) => part.count * (part.deviation ** 2 + (part.mean - mean) ** 2))
  return { count, mean, deviation: Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / count) }
}
