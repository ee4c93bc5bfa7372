import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Storage } from '../../src/core/parts.ts'
import type { Collection } from '../../src/core/ports/record-store.ts'
import { cosine } from '../../src/core/vectors.ts'
import { recall } from '../../src/memory/recall.ts'
import { restrictionFilter } from '../../src/memory/restriction.ts'
import { letterVector, makeCollection, openTestStorage, type TestModel, testModels } from '../unit/retrieval/support.ts'

const MODEL: TestModel = { dimensions: 13 }
const DAY = 86_400_000
const NOW = 2_000_000_000_000

const passage = fc
  .array(fc.constantFrom('bread', 'oven', 'orbit', 'planet', 'soup', 'onion', 'the', 'of'), {
    minLength: 1,
    maxLength: 6,
  })
  .map((words) => words.join(' '))
const share = fc.double({ min: 0, max: 1, noNaN: true })
const record = fc.record({
  passages: fc.array(passage, { minLength: 1, maxLength: 3 }),
  unembedded: fc.nat(5).map((n) => n === 0),
  kind: fc.constantFrom('note', 'decision', 'lesson', 'constructor'),
  confidence: share,
  /** Some were captured by a clock that was ahead. */
  ageDays: fc.integer({ min: -20, max: 60 }).map((n) => n / 8),
})
const weights = fc.record({ semantic: share, confidence: share, recency: share })
const bonus = fc.dictionary(fc.constantFrom('note', 'decision', 'lesson'), fc.double({ min: -1, max: 1, noNaN: true }))

type Record = typeof record extends fc.Arbitrary<infer T> ? T : never

test('recall ranks records as a loop over the candidates of both lists does', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(record, { maxLength: 60, size: 'max' }),
      passage,
      fc.record({ limit: fc.integer({ min: 1, max: 15 }), weights, bonus, broken: fc.nat(4).map((n) => n === 0) }),
      fc.option(fc.constantFrom('note', 'decision')),
      async (given, query, { limit, broken, ...rule }, kind) => {
        const storage = openTestStorage()
        const collection = await makeCollection(storage, 'memory', ['model', MODEL], given.map(toDocument))
        const models = testModels({ model: broken ? { ...MODEL, broken: 'MODEL_DAMAGED' } : MODEL })
        const filter = restrictionFilter(kind === null ? {} : { kinds: [kind] })
        const answer = await recall({ query, limit, filter }, { storage, collection, models, ...rule, now: () => NOW })
        expect(answer.degraded === null).toBe(!broken)
        const found = { storage, collection, isVector: !broken, kind }
        const expected = (await naive(given, query, limit, found)).map(({ i, semantic }) => {
          const { kind, confidence, ageDays } = given[i] as Record
          const age = Math.max(0, ageDays)
          const fromKind = (rule.bonus as { [kind: string]: number })[kind]
          const parts = [
            rule.weights.semantic * semantic,
            rule.weights.confidence * confidence,
            rule.weights.recency / (1 + age),
            typeof fromKind === 'number' ? fromKind : 0,
          ]
          return { id: `${i}`, i, score: parts.reduce((a, b) => a + b, 0) }
        })
        expected.sort((a, b) => b.score - a.score || a.i - b.i)
        expect(answer.hits.length).toBe(Math.min(limit, expected.length))
        for (const [at, hit] of answer.hits.entries()) {
          const own = expected.find(({ id }) => id === hit.record.id)
          expect(Math.abs(hit.score - (own?.score ?? Number.NaN))).toBeLessThan(1e-6)
          // Which of two equal ones comes first may hang on the last digit.
          expect(Math.abs(hit.score - (expected[at]?.score ?? Number.NaN))).toBeLessThan(1e-6)
        }
      },
    ),
    { numRuns: 200 },
  )
})

function toDocument({ passages, unembedded, kind, confidence, ageDays }: Record, i: number) {
  return {
    id: `${i}`,
    passages,
    unembedded,
    metadata: { kind, confidence, status: 'active', capturedAt: NOW - ageDays * DAY },
  }
}

interface Found {
  storage: Storage
  collection: Collection
  isVector: boolean
  kind: string | null
}

/** Of each candidate its best passage: of the max(3·limit, 20) nearest records, and of as many that keywords find best. */
async function naive(given: readonly Record[], query: string, limit: number, found: Found) {
  const { storage, collection, isVector, kind } = found
  const depth = Math.max(3 * limit, 20)
  const vector = letterVector(query, MODEL.dimensions)
  const words = await storage.lexicalIndex(collection).search(query, { limit: 4_000 })
  const matched = words.terms.filter(({ chunks }) => chunks > 0).length
  const bound = Math.max(words.bound, 2.2 * matched)
  const passages: { i: number; key: number; bm25: number; similarity: number | null; semantic: number }[] = []
  for (const [i, { passages: texts, unembedded, kind: own }] of given.entries()) {
    if (kind !== null && own !== kind) continue
    const chunks = await storage.records.chunksOfDocument(collection.name, `${i}`)
    for (const [at, text] of texts.entries()) {
      const bm25 = words.hits.find(({ key }) => key === chunks[at]?.key)?.score ?? 0
      const similarity = isVector && !unembedded ? cosine(vector, letterVector(text, MODEL.dimensions)) : null
      const semantic = similarity === null ? bm25 / bound || 0 : Math.max(0, similarity)
      passages.push({ i, key: chunks[at]?.key as number, bm25, similarity, semantic: Math.min(1, semantic) })
    }
  }
  const byMeaning = passages
    .filter(({ similarity }) => similarity !== null)
    .sort((a, b) => b.semantic - a.semantic || a.key - b.key)
  const byKeyword = passages.filter(({ bm25 }) => bm25 > 0).sort((a, b) => b.bm25 - a.bm25 || a.key - b.key)
  const chosen = new Set([byMeaning, byKeyword].flatMap((list) => [...new Set(list.map(({ i }) => i))].slice(0, depth)))
  return [...chosen].map((i) => ({
    i,
    semantic: Math.max(
      ...passages
        .filter((each) => each.i === i && (each.similarity !== null || each.bm25 > 0))
        .map(({ semantic }) => semantic),
    ),
  }))
}
