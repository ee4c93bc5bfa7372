import fc from 'fast-check'
import { expect, test } from 'vitest'
import { planBatches } from '../../src/embedding/batching.ts'

const lengths = fc.array(fc.integer({ min: 1, max: 600 }), { maxLength: 200 })

test('every text is in one batch', () => {
  fc.assert(
    fc.property(lengths, (values) => {
      const planned = planBatches(values, 1_000).flat()
      expect(planned.sort((a, b) => a - b)).toEqual(values.map((_, index) => index))
    }),
  )
})

test('a batch keeps to the budget of padded tokens, or is one text', () => {
  fc.assert(
    fc.property(lengths, fc.integer({ min: 1, max: 2_000 }), (values, budget) => {
      for (const batch of planBatches(values, budget)) {
        const longest = Math.max(...batch.map((index) => values[index] as number))
        expect(batch.length === 1 || batch.length * longest <= budget).toBe(true)
      }
    }),
  )
})

test('longest first', () => {
  fc.assert(
    fc.property(lengths, (values) => {
      const longest = planBatches(values, 1_000).map((batch) =>
        Math.max(...batch.map((index) => values[index] as number)),
      )
      expect(longest).toEqual([...longest].sort((a, b) => b - a))
    }),
  )
})

test('many texts of few lengths are hardly padded at all', () => {
  const values = Array.from({ length: 600 }, (_, index) => 10 + (index % 3))
  const padding = planBatches(values, 1_000)
    .map((batch) => {
      const own = batch.map((index) => values[index] as number)
      return own.reduce((sum, value) => sum + Math.max(...own) - value, 0)
    })
    .reduce((sum, value) => sum + value, 0)
  expect(padding).toBeLessThan(100)
})
