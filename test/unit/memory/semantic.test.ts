import { expect, test } from 'vitest'
import { nearnessOf } from '../../../src/memory/semantic.ts'
import type { Candidate } from '../../../src/retrieval/candidates.ts'

const model = (fingerprint: string) => ({ model: fingerprint, fingerprint, dimensions: 3 })
const SCALE = {
  ...{ mean: 0.2, deviation: 0.1, count: 100, searched: 200 },
  ...{ bestLexical: 4, bound: 8, terms: [], absolute: true },
}

function passage(key: number, change: Partial<Candidate>): Candidate {
  return {
    ...{ key, collection: 'memory', model: model('a'), similarity: 0.5, lexical: 0, scale: SCALE },
    ...change,
  }
}

test('of one model it is the cosine, and 0 for less than 0', () => {
  const found = nearnessOf([passage(1, {}), passage(2, { similarity: -0.3 })])
  expect([...found.values()]).toEqual([
    { semantic: 0.5, by: 'cosine' },
    { semantic: 0, by: 'cosine' },
  ])
})

test('of two models it is the z-score among its own model’s, over 6', () => {
  const other = { model: model('b'), similarity: 0.9, scale: { ...SCALE, mean: 0.85 } }
  const found = nearnessOf([passage(1, {}), passage(2, other), passage(3, { similarity: 0.95 })])
  expect(found.get(1)).toEqual({ semantic: expect.closeTo(0.5, 12), by: 'z-score' })
  expect(found.get(2)).toEqual({ semantic: expect.closeTo(0.5 / 6, 12), by: 'z-score' })
  expect(found.get(3)?.semantic).toBe(1)
})

test('without a cosine it is the share of the most BM25, which makes no second model', () => {
  const words = { model: null, similarity: null, lexical: 2 }
  const found = nearnessOf([passage(1, {}), passage(2, words), passage(3, { ...words, scale: { ...SCALE, bound: 0 } })])
  expect(found.get(1)?.by).toBe('cosine')
  expect(found.get(2)).toEqual({ semantic: 0.25, by: 'bm25' })
  expect(found.get(3)?.semantic).toBeLessThanOrEqual(1)
})
