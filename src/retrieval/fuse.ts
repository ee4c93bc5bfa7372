import type { Explanation, SearchMode } from '../core/search.ts'
import type { Candidate } from './candidates.ts'

export interface Ranked extends Candidate {
  score: number
  /** What gave it its score, and tells how: of all that are ranked together one. */
  rule: Rule
}

export interface Rule {
  score(candidate: Candidate): number
  explain(candidate: Candidate): Explanation
}

/** Share of the vector part in the fused score. */
const VECTOR_SHARE = 0.6
/** z-scores of the nearest passages lie around 4 to 6, so that z/6 is near the lexical part's 0 to 1. */
const USUAL_REACH = 6

/** Best first; ties by ascending key, so that an answer is always the same. */
export function rank(
  candidates: readonly Candidate[],
  { mode, minSimilarity }: { mode: SearchMode; minSimilarity?: number },
): Ranked[] {
  const rule = ruleFor(candidates, mode)
  const ranked: Ranked[] = []
  for (const candidate of candidates) {
    const { key, collection, model, similarity, lexical, scale } = candidate
    if (!answers(candidate, mode, minSimilarity)) continue
    ranked.push({ key, collection, model, similarity, lexical, scale, score: rule.score(candidate), rule })
  }
  return ranked.sort((a, b) => b.score - a.score || a.key - b.key)
}

function answers({ similarity, lexical }: Candidate, mode: SearchMode, minSimilarity: number | undefined): boolean {
  if (mode === 'vector' && similarity === null) return false
  if (mode === 'lexical' && lexical <= 0) return false
  return minSimilarity === undefined || (similarity !== null && similarity >= minSimilarity)
}

function ruleFor(candidates: readonly Candidate[], mode: SearchMode): Rule {
  if (mode === 'vector') return vectorRule(candidates)
  if (mode === 'lexical') return SHARE_OF_BOUND
  return candidates.some(({ scale }) => !scale.absolute) ? reciprocalRanks(candidates) : ABSOLUTE_SCALES
}

/** Cosines of two models say nothing of each other: each is measured against its own model's. */
function vectorRule(candidates: readonly Candidate[]): Rule {
  const measured = candidates.filter(({ similarity }) => similarity !== null)
  return new Set(measured.map(({ model }) => model?.fingerprint)).size > 1 ? STANDARD_SCORE : COSINE
}

const COSINE: Rule = {
  score: ({ similarity }) => similarity as number,
  explain: ({ similarity }) => ({ rule: 'cosine', parts: { similarity } }),
}

const STANDARD_SCORE: Rule = {
  score: standardScore,
  explain(candidate) {
    const { similarity, model, scale } = candidate
    const { mean, deviation } = scale
    const parts = { z: standardScore(candidate), similarity, mean, deviation, model: model?.model ?? null }
    return { rule: 'z = (similarity − mean)/deviation', parts }
  },
}

/** BM25 as a share of the most that this query could score, so that collections can be compared. */
const SHARE_OF_BOUND: Rule = {
  score: ({ lexical, scale }) => lexical / scale.bound,
  explain({ lexical, scale }) {
    const parts = { bm25: lexical, bound: scale.bound, terms: scale.terms.join(' ') }
    return { rule: 'bm25 / bound', parts }
  },
}

/**
 * share·z/zReach + (1 − share)·b/√(bBest·bound): z is the cosine's z-score on the scale of all that is searched, b the BM25
 * score, bBest the best b of this query in its collection, bound the most b that any passage could reach. Among n numbers no
 * z is above √(n − 1), so zReach is that where less than 37 passages are searched, of all models together, and 6 where there
 * are more.
 */
const ABSOLUTE_SCALES: Rule = {
  score: (candidate) => vectorPart(candidate) + lexicalPart(candidate),
  explain(candidate) {
    const { similarity, lexical, scale } = candidate
    const parts = {
      vectorPart: vectorPart(candidate),
      lexicalPart: lexicalPart(candidate),
      share: VECTOR_SHARE,
      similarity,
      mean: scale.mean,
      deviation: scale.deviation,
      z: standardScore(candidate),
      zReach: zReach(candidate),
      bm25: lexical,
      bestBm25: scale.bestLexical,
      bound: scale.bound,
      terms: scale.terms.join(' '),
    }
    return { rule: 'share·z/zReach + (1 − share)·bm25/√(bestBm25·bound)', parts }
  },
}

function vectorPart(candidate: Candidate): number {
  return (VECTOR_SHARE * standardScore(candidate)) / zReach(candidate)
}

function lexicalPart({ lexical, scale }: Candidate): number {
  const reach = Math.sqrt(scale.bestLexical * scale.bound)
  return reach === 0 ? 0 : ((1 - VECTOR_SHARE) * lexical) / reach
}

function zReach({ scale }: Candidate): number {
  return Math.min(USUAL_REACH, Math.sqrt(Math.max(1, scale.searched - 1)))
}

/** 0 where there is no cosine, or all are equal. */
function standardScore({ similarity, scale }: Candidate): number {
  return similarity === null || scale.deviation === 0 ? 0 : (similarity - scale.mean) / scale.deviation
}

/** Reciprocal rank fusion, Σ 1/(60 + rank): for a backend whose lexical scores have no absolute scale. */
function reciprocalRanks(candidates: readonly Candidate[]): Rule {
  const measured = candidates.filter(({ similarity }) => similarity !== null)
  const { score: nearness } = vectorRule(candidates)
  const vectorRanks = ranksBy(measured, nearness)
  const lexicalRanks = ranksBy(
    candidates.filter(({ lexical }) => lexical > 0),
    ({ lexical }) => lexical,
  )
  const ranksOf = (candidate: Candidate) => ({
    vectorRank: vectorRanks.get(candidate.key) ?? null,
    lexicalRank: lexicalRanks.get(candidate.key) ?? null,
  })
  return {
    score(candidate) {
      const { vectorRank, lexicalRank } = ranksOf(candidate)
      return reciprocal(vectorRank) + reciprocal(lexicalRank)
    },
    explain(candidate) {
      const parts = { ...ranksOf(candidate), similarity: candidate.similarity, lexicalScore: candidate.lexical }
      return { rule: '1/(60 + vectorRank) + 1/(60 + lexicalRank)', parts }
    },
  }
}

function ranksBy(candidates: readonly Candidate[], value: (candidate: Candidate) => number): Map<number, number> {
  const sorted = [...candidates].sort((a, b) => value(b) - value(a) || a.key - b.key)
  return new Map(sorted.map(({ key }, i) => [key, i + 1]))
}

function reciprocal(rank: number | null): number {
  return rank === null ? 0 : 1 / (60 + rank)
}
