/** The middle half of some figures. */
export interface Spread {
  median: number
  /** First and third quartile. */
  low: number
  high: number
}

/** Medians and quartiles, interpolated between neighbours. */
export function spreadOf(values: readonly number[]): Spread {
  return { median: quantile(values, 0.5), low: quantile(values, 0.25), high: quantile(values, 0.75) }
}

/** Interpolated between the two values beside it, as NumPy's default does. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((one, other) => one - other)
  const at = (sorted.length - 1) * part
  const [low, high] = [sorted[Math.floor(at)] ?? Number.NaN, sorted[Math.ceil(at)] ?? Number.NaN]
  return round(low + (high - low) * (at - Math.floor(at)))
}

/** Four significant digits. */
function round(value: number): number {
  return Number(value.toPrecision(4))
}
