import { type Candidate, type FoundInCollection, NO_SPREAD, type Spread } from './candidates.ts'

/**
 * The candidates of all collections, their cosines measured against those of all collections with the same vectors: as if
 * they were one. Measured against its own alone, the best of four passages would stand out as far as the best of thousands.
 */
export function onOneScale(found: readonly FoundInCollection[]): Candidate[] {
  const fingerprints = new Set(found.flatMap(({ spreads }) => [...spreads.keys()]))
  const pooled = new Map([...fingerprints].map((fingerprint) => [fingerprint, poolOf(found, fingerprint)]))
  const searched = [...pooled.values()].reduce((sum, { count }) => sum + count, 0)
  return found.flatMap(({ candidates }) =>
    candidates.map((candidate) => {
      const spread = (candidate.model && pooled.get(candidate.model.fingerprint)) ?? NO_SPREAD
      return { ...candidate, scale: { ...candidate.scale, ...spread, searched } }
    }),
  )
}

function poolOf(found: readonly FoundInCollection[], fingerprint: string): Spread {
  const parts = found.flatMap(({ spreads }) => spreads.get(fingerprint) ?? [])
  return parts.length === 1 ? (parts[0] as Spread) : poolSpreads(parts)
}

/** Count, mean and standard deviation of all numbers together: the variance is that inside the parts and that of their means. */
function poolSpreads(parts: readonly Spread[]): Spread {
  const count = parts.reduce((sum, part) => sum + part.count, 0)
  if (count === 0) return { count, mean: 0, deviation: 0 }
  const mean = parts.reduce((sum, part) => sum + part.count * part.mean, 0) / count
  const squares = parts.map((part) => part.count * (part.deviation ** 2 + (part.mean - mean) ** 2))
  return { count, mean, deviation: Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / count) }
}
