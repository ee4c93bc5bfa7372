import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Candidate, Scale } from '../../../src/retrieval/candidates.ts'
import { type Ranked, rank } from '../../../src/retrieval/fuse.ts'

const cosine = fc.double({ min: -1, max: 1, noNaN: true })
const positive = fc.double({ min: 1e-6, max: 50, noNaN: true })

/** One collection's scale with its candidates: bestLexical is the best of them, bound is beyond it. */
const collection = (absolute: fc.Arbitrary<boolean>) =>
  fc
    .record({
      mean: cosine,
      deviation: fc.oneof(fc.constant(0), fc.double({ min: 0.01, max: 0.5, noNaN: true })),
      count: fc.nat({ max: 5_000 }),
      slack: positive,
      absolute,
      found: fc.array(
        fc
          .record({ similarity: fc.option(cosine), lexical: fc.oneof(fc.constant(0), positive) })
          .filter(({ similarity, lexical }) => similarity !== null || lexical > 0),
        { maxLength: 12 },
      ),
    })
    .map(({ found, slack, ...rest }) => {
      const bestLexical = Math.max(0, ...found.map(({ lexical }) => lexical))
      const bound = bestLexical === 0 ? 0 : bestLexical + slack
      const scale: Scale = { ...rest, searched: rest.count, bestLexical, bound, terms: bound > 0 ? ['one', 'two'] : [] }
      return found.map((parts) => ({ ...parts, scale }))
    })

const modelOf = (fingerprint: string, { similarity }: { similarity: number | null }) =>
  similarity === null ? null : { model: fingerprint, fingerprint, dimensions: 2 }

/** Of two collections; the second has the first's model, or its own. */
const candidates = (absolute: fc.Arbitrary<boolean>, second = 'a') =>
  fc.tuple(collection(absolute), collection(absolute)).chain(([a, b]) => {
    const all: Candidate[] = [
      ...a.map((parts, i) => ({ ...parts, key: i + 1, collection: 'a', model: modelOf('a', parts) })),
      ...b.map((parts, i) => ({ ...parts, key: a.length + i + 1, collection: 'b', model: modelOf(second, parts) })),
    ]
    return fc.shuffledSubarray(all, { minLength: all.length })
  })

const bm25 = candidates(fc.constant(true))
const mode = fc.constantFrom('hybrid', 'vector', 'lexical')

function inOrder(ranked: Ranked[]): boolean {
  return ranked.every((each, i) => {
    const before = ranked[i - 1]
    return !before || before.score > each.score || (before.score === each.score && before.key < each.key)
  })
}

const explain = (ranked: Ranked) => ranked.rule.explain(ranked)
/** With what their rule says of them in its place. */
const told = (ranked: Ranked[]) =>
  ranked.map(({ rule, ...each }) => ({ ...each, explanation: rule.explain({ ...each }) }))
const numbers = (ranked: Ranked) => explain(ranked).parts as Record<string, number>

test('ranks go from the highest score down, ties by key, whatever order candidates come in', () => {
  fc.assert(
    fc.property(candidates(fc.boolean()), mode, (found, asked) => {
      const ranked = rank(found, { mode: asked })
      expect(inOrder(ranked)).toBe(true)
      expect(ranked.every(({ score }) => Number.isFinite(score))).toBe(true)
      expect(told(rank([...found].reverse(), { mode: asked }))).toEqual(told(ranked))
    }),
  )
})

describe('each score is what its rule makes of its parts', () => {
  test('vector: the cosine; what has none is left out', () => {
    fc.assert(
      fc.property(bm25, (found) => {
        const ranked = rank(found, { mode: 'vector' })
        expect(ranked.length).toBe(found.filter(({ similarity }) => similarity !== null).length)
        for (const each of ranked) {
          expect(explain(each)).toEqual({ rule: 'cosine', parts: { similarity: each.similarity } })
          expect(each.score).toBe(each.similarity)
        }
      }),
    )
  })

  test('vector, of two models: the z-score; what has no cosine is left out', () => {
    fc.assert(
      fc.property(candidates(fc.constant(true), 'b'), (found) => {
        const ranked = rank(found, { mode: 'vector' })
        const near = found.filter(({ similarity }) => similarity !== null)
        expect(ranked.length).toBe(near.length)
        const isMixed = new Set(near.map(({ model }) => model?.fingerprint)).size > 1
        for (const each of ranked) {
          const { score, similarity, scale } = each
          const z = scale.deviation === 0 ? 0 : ((similarity as number) - scale.mean) / scale.deviation
          expect(score).toBe(isMixed ? z : similarity)
          expect(explain(each).rule).toBe(isMixed ? 'z = (similarity − mean)/deviation' : 'cosine')
        }
      }),
    )
  })

  test('lexical: BM25 as a share of the bound; what matches no word is left out', () => {
    fc.assert(
      fc.property(bm25, (found) => {
        const ranked = rank(found, { mode: 'lexical' })
        expect(ranked.length).toBe(found.filter(({ lexical }) => lexical > 0).length)
        for (const each of ranked) {
          const { bm25: score = 0, bound = 0 } = numbers(each)
          expect(explain(each).rule).toBe('bm25 / bound')
          expect(score).toBe(each.lexical)
          expect(Math.abs(each.score - score / bound)).toBeLessThan(1e-12)
          expect(each.score).toBeLessThanOrEqual(1)
        }
      }),
    )
  })

  test('hybrid: share·z/zReach + (1 − share)·bm25/√(bestBm25·bound), of every candidate', () => {
    fc.assert(
      fc.property(bm25, (found) => {
        const ranked = rank(found, { mode: 'hybrid' })
        expect(ranked.length).toBe(found.length)
        for (const each of ranked) {
          const parts = numbers(each)
          const { share = 0, z = 0, bestBm25 = 0, bound = 0, vectorPart = 0, lexicalPart = 0, zReach = 0 } = parts
          const lexical = bestBm25 * bound === 0 ? 0 : ((1 - share) * (parts.bm25 ?? 0)) / Math.sqrt(bestBm25 * bound)
          expect(Math.abs(each.score - ((share * z) / zReach + lexical))).toBeLessThan(1e-12)
          expect(Math.abs(each.score - (vectorPart + lexicalPart))).toBeLessThan(1e-12)
          const { similarity, scale } = each
          const isSpread = similarity !== null && scale.deviation > 0
          expect(z).toBe(isSpread ? (similarity - scale.mean) / scale.deviation : 0)
          expect(parts).toMatchObject({ similarity, mean: scale.mean, deviation: scale.deviation, bm25: each.lexical })
          expect(zReach).toBe(scale.count > 37 ? 6 : Math.min(6, Math.sqrt(Math.max(1, scale.count - 1))))
          expect(share).toBeGreaterThanOrEqual(0.5)
          expect(share).toBeLessThanOrEqual(0.6)
          expect(explain(each).rule).toBe('share·z/zReach + (1 − share)·bm25/√(bestBm25·bound)')
        }
      }),
    )
  })

  test('hybrid without BM25 in one of the collections: reciprocal ranks for all', () => {
    fc.assert(
      fc.property(candidates(fc.constant(false)), (found) => {
        const ranked = rank(found, { mode: 'hybrid' })
        expect(ranked.length).toBe(found.length)
        for (const each of ranked) {
          const { vectorRank, lexicalRank } = explain(each).parts as Record<string, number | null>
          const better = (value: (other: Candidate) => number) =>
            found.filter(
              (other) => value(other) > value(each) || (value(other) === value(each) && other.key <= each.key),
            )
          expect(vectorRank).toBe(each.similarity === null ? null : better(({ similarity }) => similarity ?? -2).length)
          expect(lexicalRank).toBe(each.lexical === 0 ? null : better(({ lexical }) => lexical).length)
          const expected = [vectorRank, lexicalRank].reduce<number>((sum, at) => sum + (at ? 1 / (60 + at) : 0), 0)
          expect(Math.abs(each.score - expected)).toBeLessThan(1e-12)
          expect(explain(each).rule).toBe('1/(60 + vectorRank) + 1/(60 + lexicalRank)')
        }
      }),
    )
  })
})

test('a least similarity keeps exactly those that reach it, with their scores', () => {
  fc.assert(
    fc.property(
      candidates(fc.boolean()),
      fc.constantFrom('hybrid' as const, 'vector' as const),
      cosine,
      (found, asked, least) => {
        const all = rank(found, { mode: asked })
        const kept = rank(found, { mode: asked, minSimilarity: least })
        const reaching = all.filter(({ similarity }) => similarity !== null && similarity >= least)
        expect(told(kept)).toEqual(told(reaching))
      },
    ),
  )
})

test('candidates of another collection change no score where scales are absolute', () => {
  fc.assert(
    fc.property(bm25, mode, (found, asked) => {
      const alone = rank(
        found.filter((each) => each.collection === 'a'),
        { mode: asked },
      )
      const together = rank(found, { mode: asked }).filter((each) => each.collection === 'a')
      expect(together).toEqual(alone)
    }),
  )
})
