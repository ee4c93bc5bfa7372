/** A batch on a CPU: enough work to be worth the call, little enough that a query does not wait long behind it. */
const TOKENS_PER_BATCH = 320

/**
 * Texts (by their number of tokens) → batches of their indexes, each of at most `budget` padded tokens
 * (texts × longest text), a longer text alone. Longest first. A batch has texts of one length where that leaves it no
 * less than half full, since what is computed for padding is lost and changes what a quantised model answers.
 */
export function planBatches(lengths: readonly number[], budget = TOKENS_PER_BATCH): number[][] {
  const order = lengths
    .map((_, index) => index)
    .sort((a, b) => (lengths[b] as number) - (lengths[a] as number) || a - b)
  const batches: number[][] = []
  for (let from = 0; from < order.length; ) {
    const longest = lengths[order[from] as number] as number
    const most = Math.max(1, Math.floor(budget / Math.max(1, longest)))
    const filled = order.slice(from, from + most)
    const equal = filled.filter((index) => lengths[index] === longest)
    const batch = equal.length * 2 >= most ? equal : filled
    batches.push(batch)
    from += batch.length
  }
  return batches
}
