import { type Candidate, type FoundInCollection, NO_SPREAD, type Scale, type Spread } from './candidates.ts'

/**
 * The candidates of all collections on one scale, as if they were one collection of one model: measured against its own
 * alone, the best of four passages would stand out as far as the best of thousands.
 *
 * Cosines of the same model are pooled. Those of several models are brought together by (cosine − mean)/(1 − mean), how far
 * a passage is on the way from the model's average one to the query itself: 0 and 1 mean the same for every model. The
 * deviation is then that of all these together, in each model's own cosines.
 */
export function onOneScale(found: readonly FoundInCollection[]): Candidate[] {
  const [first, ...others] = found
  // One collection of one model is on its own scale already.
  if (first && others.length === 0 && first.spreads.size <= 1) return first.candidates
  const fingerprints = new Set(found.flatMap(({ spreads }) => [...spreads.keys()]))
  const pooled = new Map([...fingerprints].map((fingerprint) => [fingerprint, poolOf(found, fingerprint)]))
  const { deviation: common, count: searched } = poolSpreads([...pooled.values()].map(onTheWay))
  const scales = new Map<Scale, Scale>()
  const scaleOf = ({ model, scale }: Candidate): Scale => {
    const own = (model && pooled.get(model.fingerprint)) ?? NO_SPREAD
    const spread = pooled.size > 1 ? { ...own, deviation: common * wayFrom(own) } : own
    const known = scales.get(scale) ?? { ...scale, ...spread, searched }
    scales.set(scale, known)
    return known
  }
  return found.flatMap(({ candidates }) => candidates.map((each) => ({ ...each, scale: scaleOf(each) })))
}

function onTheWay(spread: Spread): Spread {
  return { count: spread.count, mean: 0, deviation: spread.deviation / wayFrom(spread) }
}

/** From a model's average cosine to 1. */
function wayFrom({ mean }: Spread): number {
  return Math.max(1e-9, 1 - mean)
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
