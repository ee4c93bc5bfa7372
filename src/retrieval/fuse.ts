import type { Explanation, SearchMode } from '../core/search.ts'
import type { Candidate } from './candidates.ts'

export interface Ranked extends Candidate {
  score: number
  explanation: Explanation
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
  const scored = score(candidates, mode)
  const kept =
    minSimilarity === undefined
      ? scored
      : scored.filter(({ similarity }) => similarity !== null && similarity >= minSimilarity)
  return kept.sort((a, b) => b.score - a.score || a.key - b.key)
}

function score(candidates: readonly Candidate[], mode: SearchMode): Ranked[] {
  if (mode === 'vector') return scoreVectors(candidates.filter(({ similarity }) => similarity !== null))
  if (mode === 'lexical') return candidates.filter(({ lexical }) => lexical > 0).map(byLexical)
  if (candidates.some(({ scale }) => !scale.absolute)) return byReciprocalRank(candidates)
  return candidates.map(byAbsoluteScales)
}

/** Cosines of two models say nothing of each other: each is measured against its own model's. */
function scoreVectors(candidates: readonly Candidate[]): Ranked[] {
  const models = new Set(candidates.map(({ model }) => model?.fingerprint))
  return candidates.map(models.size > 1 ? byStandardScore : bySimilarity)
}

function bySimilarity(candidate: Candidate): Ranked {
  const { similarity } = candidate
  return { ...candidate, score: similarity as number, explanation: { rule: 'cosine', parts: { similarity } } }
}

function byStandardScore(candidate: Candidate): Ranked {
  const { similarity, scale } = candidate
  const z = standardScore(candidate)
  const parts = { z, similarity, mean: scale.mean, deviation: scale.deviation, model: candidate.model?.model ?? null }
  return { ...candidate, score: z, explanation: { rule: 'z = (similarity − mean)/deviation', parts } }
}

/** BM25 as a share of the most that this query could score, so that collections can be compared. */
function byLexical(candidate: Candidate): Ranked {
  const { lexical, scale } = candidate
  const parts = { bm25: lexical, bound: scale.bound, terms: scale.terms.join(' ') }
  return { ...candidate, score: lexical / scale.bound, explanation: { rule: 'bm25 / bound', parts } }
}

/**
 * share·z/zReach + (1 − share)·b/√(bBest·bound): z is the cosine's z-score on the scale of all that is searched, b the BM25
 * score, bBest the best b of this query in its collection, bound the most b that any passage could reach. Among n numbers no
 * z is above √(n − 1), so zReach is that where less than 37 passages are searched, of all models together, and 6 where there
 * are more.
 */
function byAbsoluteScales(candidate: Candidate): Ranked {
  const { similarity, lexical, scale } = candidate
  const z = standardScore(candidate)
  const zReach = Math.min(USUAL_REACH, Math.sqrt(Math.max(1, scale.searched - 1)))
  const reach = Math.sqrt(scale.bestLexical * scale.bound)
  const vectorPart = (VECTOR_SHARE * z) / zReach
  const lexicalPart = reach === 0 ? 0 : ((1 - VECTOR_SHARE) * lexical) / reach
  const parts = {
    vectorPart,
    lexicalPart,
    share: VECTOR_SHARE,
    similarity,
    mean: scale.mean,
    deviation: scale.deviation,
    z,
    zReach,
    bm25: lexical,
    bestBm25: scale.bestLexical,
    bound: scale.bound,
    terms: scale.terms.join(' '),
  }
  const rule = 'share·z/zReach + (1 − share)·bm25/√(bestBm25·bound)'
  return { ...candidate, score: vectorPart + lexicalPart, explanation: { rule, parts } }
}

/** 0 where there is no cosine, or all are equal. */
function standardScore({ similarity, scale }: Candidate): number {
  return similarity === null || scale.deviation === 0 ? 0 : (similarity - scale.mean) / scale.deviation
}

/** Reciprocal rank fusion, Σ 1/(60 + rank): for a backend whose lexical scores have no absolute scale. */
function byReciprocalRank(candidates: readonly Candidate[]): Ranked[] {
  const vectorRanks = ranksBy(candidates, vectorOrder(candidates))
  const lexicalRanks = ranksBy(candidates, ({ lexical }) => lexical || Number.NEGATIVE_INFINITY)
  return candidates.map((candidate) => {
    const vectorRank = vectorRanks.get(candidate) ?? null
    const lexicalRank = lexicalRanks.get(candidate) ?? null
    const parts = { vectorRank, lexicalRank, similarity: candidate.similarity, lexicalScore: candidate.lexical }
    const total = reciprocal(vectorRank) + reciprocal(lexicalRank)
    return { ...candidate, score: total, explanation: { rule: '1/(60 + vectorRank) + 1/(60 + lexicalRank)', parts } }
  })
}

/** Cosines of one model, else their z-scores. */
function vectorOrder(candidates: readonly Candidate[]): (candidate: Candidate) => number {
  const scores = new Map(
    scoreVectors(candidates.filter(({ similarity }) => similarity !== null)).map(({ key, score }) => [key, score]),
  )
  return ({ key }) => scores.get(key) ?? Number.NEGATIVE_INFINITY
}

function ranksBy(candidates: readonly Candidate[], value: (candidate: Candidate) => number): Map<Candidate, number> {
  const present = candidates.filter((candidate) => value(candidate) !== Number.NEGATIVE_INFINITY)
  const sorted = present.sort((a, b) => value(b) - value(a) || a.key - b.key)
  return new Map(sorted.map((candidate, i) => [candidate, i + 1]))
}

function reciprocal(rank: number | null): number {
  return rank === null ? 0 : 1 / (60 + rank)
}
