import { expect, test } from 'vitest'
import { score } from '../../../src/memory/score.ts'

const DAY = 86_400_000
const NOW = 100 * DAY
const WEIGHTS = { semantic: 0.6, confidence: 0.2, recency: 0.1 }
const rule = { weights: WEIGHTS, bonus: { decision: 0.1 }, now: NOW }
const record = { semantic: 0.5, confidence: 0.8, capturedAt: NOW - DAY, kind: 'note' }

test('is 0.6 semantic + 0.2 confidence + 0.1/(1 + age in days), and a bonus by kind', () => {
  expect(score(record, rule).score).toBeCloseTo(0.3 + 0.16 + 0.05, 12)
  expect(score({ ...record, kind: 'decision' }, rule).score).toBeCloseTo(0.61, 12)
})

test('gives no bonus for a kind that every object has', () => {
  expect(score({ ...record, kind: 'toString' }, rule).score).toBeCloseTo(0.51, 12)
})

test('takes what is newer than now for new: clocks go back', () => {
  const late = score({ ...record, capturedAt: NOW + 50 * DAY }, rule)
  expect(late.score).toBe(score({ ...record, capturedAt: NOW }, rule).score)
  expect(late.explanation.parts).toMatchObject({ ageDays: 0, recency: 1 })
})

test('can be computed again from what it explains', () => {
  const { score: total, explanation } = score({ ...record, kind: 'decision' }, rule)
  const parts = explanation.parts as { [name: string]: number }
  const { semantic = 0, semanticWeight = 0, confidence = 0, confidenceWeight = 0, recencyWeight = 0 } = parts
  const { ageDays = 0, kindBonus = 0 } = parts
  expect(explanation.rule).toBe(
    'semanticWeight·semantic + confidenceWeight·confidence + recencyWeight/(1 + ageDays) + kindBonus',
  )
  expect(
    semanticWeight * semantic + confidenceWeight * confidence + recencyWeight / (1 + ageDays) + kindBonus,
  ).toBeCloseTo(total, 12)
})
