import { throwIfAborted } from '../core/errors.ts'
import { type Judgements, mean, ndcg } from './metrics.ts'

/** What two indexes of the same documents answer to the same queries. */
export interface IndexComparison {
  queries: number
  /** `judged`: from the user's own evaluation set; `sampled`: made of the user's own documents. */
  source: 'judged' | 'sampled'
  /** Mean share of the first 10 documents that both have; null without queries. */
  'overlap@10': number | null
  /**
   * Spearman's rank correlation of the documents among the first 10 of both, from -1 to 1: the mean over the queries where
   * these are at least 2; null where there is none.
   */
  rankCorrelation: number | null
  /** Mean nDCG@10; null for sampled queries, which nobody has judged. */
  'ndcg@10': Both | null
  /** Share of the sampled queries that find the document that they were taken from among the first 10; null for judged ones. */
  'found@10': Both | null
}

export interface Both {
  old: number
  new: number
}

export interface ComparedQuery {
  text: string
  judgements: Judgements
}

/** The ids of the documents that an index answers with, best first. */
export type RankDocuments = (query: string) => Promise<string[]>

/** How deep rankings are compared. */
export const DEPTH = 10

export interface CompareOptions {
  source: IndexComparison['source']
  signal?: AbortSignal
  onProgress?: (done: number, total: number) => void
}

/** Asks both indexes every query. */
export async function compareIndexes(
  queries: readonly ComparedQuery[],
  rank: { old: RankDocuments; new: RankDocuments },
  { source, signal, onProgress }: CompareOptions,
): Promise<IndexComparison> {
  const pairs: { old: string[]; new: string[]; judgements: Judgements }[] = []
  for (const { text, judgements } of queries) {
    throwIfAborted(signal)
    pairs.push({ old: await rank.old(text), new: await rank.new(text), judgements })
    onProgress?.(pairs.length, queries.length)
  }
  const both = (measure: (ranking: string[], judgements: Judgements) => number): Both | null =>
    pairs.length === 0
      ? null
      : {
          old: round(mean(pairs.map((pair) => measure(pair.old, pair.judgements)))),
          new: round(mean(pairs.map((pair) => measure(pair.new, pair.judgements)))),
        }
  return {
    queries: pairs.length,
    source,
    'overlap@10': meanOrNull(pairs.map((pair) => overlap(pair.old, pair.new))),
    rankCorrelation: meanOrNull(pairs.flatMap((pair) => rankCorrelation(pair.old, pair.new) ?? [])),
    'ndcg@10': source === 'judged' ? both((ranking, judgements) => ndcg(ranking, judgements, DEPTH)) : null,
    'found@10': source === 'sampled' ? both(found) : null,
  }
}

/** |A ∩ B| / max(|A|, |B|) of the first 10; 1 where both are empty. */
export function overlap(a: readonly string[], b: readonly string[]): number {
  const [first, second] = [a.slice(0, DEPTH), b.slice(0, DEPTH)]
  const most = Math.max(first.length, second.length)
  return most === 0 ? 1 : first.filter((id) => second.includes(id)).length / most
}

/** Spearman's ρ = 1 − 6 Σd² / (n(n² − 1)) over the n documents that both have, ranked among these; null for n < 2. */
export function rankCorrelation(a: readonly string[], b: readonly string[]): number | null {
  const [first, second] = [a.slice(0, DEPTH), b.slice(0, DEPTH)]
  const common = first.filter((id) => second.includes(id))
  const n = common.length
  if (n < 2) return null
  const order = second.filter((id) => common.includes(id))
  const squares = common.reduce((sum, id, i) => sum + (i - order.indexOf(id)) ** 2, 0)
  return 1 - (6 * squares) / (n * (n * n - 1))
}

function found(ranking: readonly string[], judgements: Judgements): number {
  return ranking.slice(0, DEPTH).some((id) => (judgements.get(id) ?? 0) > 0) ? 1 : 0
}

function meanOrNull(values: readonly number[]): number | null {
  return values.length === 0 ? null : round(mean(values))
}

function round(value: number): number {
  return Math.round(value * 1e5) / 1e5
}
