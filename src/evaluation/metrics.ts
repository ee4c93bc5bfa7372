/** Judgements of one query by document id; above 0 is relevant. */
export type Judgements = ReadonlyMap<string, number>

/**
 * Normalised discounted cumulative gain over the first k documents, with linear gains as in trec_eval:
 * Σ relᵢ / log₂(i + 1), divided by the same of the best possible order.
 */
export function ndcg(ranking: readonly string[], judgements: Judgements, k: number): number {
  const gains = ranking.slice(0, k).map((id) => Math.max(0, judgements.get(id) ?? 0))
  const ideal = [...judgements.values()].filter((score) => score > 0).sort((a, b) => b - a)
  return discounted(gains) / discounted(ideal.slice(0, k))
}

/** Share of the relevant documents that is among the first k. */
export function recall(ranking: readonly string[], judgements: Judgements, k: number): number {
  const relevant = [...judgements.values()].filter((score) => score > 0).length
  return ranking.slice(0, k).filter((id) => isRelevant(id, judgements)).length / relevant
}

/** 1 / rank of the first relevant document among the first k, or 0. */
export function reciprocalRank(ranking: readonly string[], judgements: Judgements, k: number): number {
  const index = ranking.slice(0, k).findIndex((id) => isRelevant(id, judgements))
  return index === -1 ? 0 : 1 / (index + 1)
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** The q-quantile, q from 0 to 1, by the nearest rank; 0 for no values. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? 0
}

function discounted(gains: readonly number[]): number {
  return gains.reduce((sum, gain, i) => sum + gain / Math.log2(i + 2), 0)
}

function isRelevant(id: string, judgements: Judgements): boolean {
  return (judgements.get(id) ?? 0) > 0
}
