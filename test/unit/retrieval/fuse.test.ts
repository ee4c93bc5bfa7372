import { expect, test } from 'vitest'
import type { Candidate, Scale } from '../../../src/retrieval/candidates.ts'
import { type Ranked, rank } from '../../../src/retrieval/fuse.ts'

const scale: Scale = {
  mean: 0.1,
  deviation: 0.05,
  count: 1_000,
  searched: 1_000,
  bestLexical: 8,
  bound: 18,
  terms: ['bread'],
  absolute: true,
}
const MODEL = { model: 'm', fingerprint: 'm:1', dimensions: 3 }
const OTHER = { model: 'o', fingerprint: 'o:1', dimensions: 5 }
const candidate = (key: number, parts: Partial<Candidate>): Candidate => ({
  key,
  collection: 'c',
  model: MODEL,
  similarity: null,
  lexical: 0,
  scale,
  ...parts,
})

const explain = (ranked: Ranked | undefined) => ranked?.rule.explain(ranked)

/** Between .5 and .6 (see the property tests); its exact value is a matter of measurement. */
const share = explain(rank([candidate(1, { similarity: 1 })], { mode: 'hybrid' })[0])?.parts.share as number

test('the fused score by hand', () => {
  const [hit] = rank([candidate(1, { similarity: 0.4, lexical: 6 })], { mode: 'hybrid' })
  // z = (0.4 − 0.1) / 0.05 = 6; √(8·18) = 12.
  expect(hit?.score).toBeCloseTo(share * 1 + (1 - share) * 0.5, 12)
})

test('in a small collection the vector part reaches as far as in a large one', () => {
  const [hit] = rank([candidate(1, { similarity: 0.2, scale: { ...scale, count: 5, searched: 5 } })], {
    mode: 'hybrid',
  })
  // Among five numbers no z is above √4 = 2, and this one is.
  expect(hit?.score).toBeCloseTo(share, 12)
})

test('among few passages of a second model none stands out as far as among many', () => {
  const few = { ...scale, mean: 0.5, deviation: 0.1, count: 3, searched: 1_003 }
  const found = [candidate(1, { similarity: 0.35 }), candidate(2, { similarity: 0.64, model: OTHER, scale: few })]
  // z = 5 and 1.4, both over 6.
  expect(rank(found, { mode: 'hybrid' }).map(({ key, score }) => [key, score])).toEqual([
    [1, expect.closeTo((share * 5) / 6, 12)],
    [2, expect.closeTo((share * 1.4) / 6, 12)],
  ])
})

test('by meaning alone, cosines of two models are ranked by how far they stand out among their own', () => {
  const other = { ...scale, mean: 0.6, deviation: 0.1 }
  const found = [candidate(1, { similarity: 0.4 }), candidate(2, { similarity: 0.8, model: OTHER, scale: other })]
  const ranked = rank(found, { mode: 'vector' })
  expect(ranked.map(({ key, score }) => [key, score])).toEqual([
    [1, expect.closeTo(6, 12)],
    [2, expect.closeTo(2, 12)],
  ])
  expect(explain(ranked[0])).toEqual({
    rule: 'z = (similarity − mean)/deviation',
    parts: { z: expect.closeTo(6, 12), similarity: 0.4, mean: 0.1, deviation: 0.05, model: 'm' },
  })
  expect(rank(found, { mode: 'vector', minSimilarity: 0.5 }).map(({ key }) => key)).toEqual([2])
})

test('a passage found by both parts is before those found by one', () => {
  const found = [
    candidate(1, { similarity: 0.35 }),
    candidate(2, { lexical: 6 }),
    candidate(3, { similarity: 0.35, lexical: 6 }),
  ]
  expect(rank(found, { mode: 'hybrid' }).map(({ key }) => key)).toEqual([3, 1, 2])
})

test('a collection of one document, whose cosines have no spread, is ranked by its words', () => {
  const lone = { ...scale, deviation: 0 }
  const [hit] = rank([candidate(1, { similarity: 0.9, lexical: 6, scale: lone })], { mode: 'hybrid' })
  expect(hit?.score).toBeCloseTo((1 - share) * 0.5, 12)
})

test('a query without words is ranked by the vectors alone', () => {
  const wordless = { ...scale, bestLexical: 0, bound: 0, terms: [] }
  const [hit] = rank([candidate(1, { similarity: 0.4, scale: wordless })], { mode: 'hybrid' })
  expect(hit?.score).toBeCloseTo(share, 12)
  expect(explain(hit)?.parts).toMatchObject({ lexicalPart: 0, terms: '' })
})

test('one collection without BM25 makes ranks decide for all', () => {
  const other = { ...scale, absolute: false }
  const found = [
    candidate(1, { similarity: 0.9, lexical: 1 }),
    candidate(2, { similarity: 0.2, lexical: 7, scale: other }),
  ]
  const ranked = rank(found, { mode: 'hybrid' })
  expect(ranked.map(({ key, score }) => [key, score])).toEqual([
    [1, 1 / 61 + 1 / 62],
    [2, 1 / 61 + 1 / 62],
  ])
})

test('no least similarity, however low, lets through what has none', () => {
  const found = [candidate(1, { lexical: 6 }), candidate(2, { similarity: -1 })]
  expect(rank(found, { mode: 'hybrid', minSimilarity: -1 }).map(({ key }) => key)).toEqual([2])
})

test('nothing found is nothing ranked', () => {
  for (const mode of ['hybrid', 'vector', 'lexical'] as const) expect(rank([], { mode })).toEqual([])
})
