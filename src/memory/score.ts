import type { Explanation } from '../core/search.ts'

/** What each part of a score counts. */
export interface Weights {
  semantic: number
  confidence: number
  recency: number
}

/** What is known of a record that may answer. */
export interface Scorable {
  /** How near it is to the query in meaning, 0 to 1. */
  semantic: number
  /** 0 to 1. */
  confidence: number
  /** Milliseconds since 1970. */
  capturedAt: number
  kind: string
}

export interface ScoringRule {
  weights: Weights
  /** On top, by kind. */
  bonus: Readonly<Record<string, number>>
  /** Milliseconds since 1970. */
  now: number
}

const DAY = 86_400_000

const RULE = 'semanticWeight·semantic + confidenceWeight·confidence + recencyWeight/(1 + ageDays) + kindBonus'

/**
 * semanticWeight·semantic + confidenceWeight·confidence + recencyWeight/(1 + age in days) + the bonus of the kind. What was
 * captured later than now, since a clock went back, is 0 days old.
 */
export function score(
  record: Scorable,
  { weights, bonus, now }: ScoringRule,
): { score: number; explanation: Explanation } {
  const { semantic, confidence, capturedAt, kind } = record
  const ageDays = Math.max(0, (now - capturedAt) / DAY)
  const recency = 1 / (1 + ageDays)
  const kindBonus = Object.hasOwn(bonus, kind) ? (bonus[kind] as number) : 0
  const parts = {
    semantic,
    semanticWeight: weights.semantic,
    confidence,
    confidenceWeight: weights.confidence,
    recency,
    recencyWeight: weights.recency,
    ageDays,
    kindBonus,
  }
  const total = weights.semantic * semantic + weights.confidence * confidence + weights.recency * recency + kindBonus
  return { score: total, explanation: { rule: RULE, parts } }
}
