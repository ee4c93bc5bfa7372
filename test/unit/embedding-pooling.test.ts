import fc from 'fast-check'
import { expect, test } from 'vitest'
import { pool } from '../../src/embedding/pooling.ts'

const DIMENSIONS = 5
const number = fc.double({ min: -10, max: 10, noNaN: true })
const batch = fc.array(
  fc.array(fc.array(number, { minLength: DIMENSIONS, maxLength: DIMENSIONS }), { minLength: 1, maxLength: 6 }),
  {
    minLength: 1,
    maxLength: 6,
  },
)

/** Rows of tokens → one padded tensor, its padding filled with `filler`. */
function padded(texts: number[][][], filler: number) {
  const tokens = Math.max(...texts.map(({ length }) => length))
  const data = new Float32Array(texts.length * tokens * DIMENSIONS).fill(filler)
  for (const [row, text] of texts.entries()) data.set(text.flat(), row * tokens * DIMENSIONS)
  return { data, tokens, dimensions: DIMENSIONS, lengths: texts.map(({ length }) => length) }
}

function unit(vector: number[]): number[] {
  const length = Math.hypot(...vector)
  return length === 0 ? vector : vector.map((value) => value / length)
}

function expectRows(actual: Float32Array, expected: number[][]): void {
  expected.flat().forEach((value, at) => {
    expect(actual[at]).toBeCloseTo(value, 4)
  })
}

test('mean: the average of the real tokens, of unit length, whatever the padding holds', () => {
  fc.assert(
    fc.property(batch, fc.constantFrom(0, 7, Number.NaN), (texts, filler) => {
      const expected = texts.map((tokens) => {
        const mean = Array.from(
          { length: DIMENSIONS },
          (_, i) => tokens.reduce((sum, token) => sum + Math.fround(token[i] as number), 0) / tokens.length,
        )
        return unit(mean)
      })
      fc.pre(expected.every((row) => Math.hypot(...row) > 0))
      expectRows(pool(padded(texts, filler), 'mean'), expected)
    }),
  )
})

test('cls: the first token, of unit length', () => {
  fc.assert(
    fc.property(batch, (texts) => {
      fc.pre(texts.every(([first]) => Math.hypot(...(first as number[])) > 1e-3))
      expectRows(
        pool(padded(texts, 9), 'cls'),
        texts.map(([first]) => unit(first as number[])),
      )
    }),
  )
})

test('a row of NaN or zeros stays so and touches no other', () => {
  const states = padded([[[1, 0, 0, 0, 0]], [[Number.NaN, 0, 0, 0, 0]], [[0, 0, 0, 0, 0]], [[0, 2, 0, 0, 0]]], 0)
  const vectors = pool(states, 'mean')
  expect([...vectors.slice(0, 5)]).toEqual([1, 0, 0, 0, 0])
  expect(vectors.slice(5, 10).some(Number.isNaN)).toBe(true)
  expect([...vectors.slice(10, 15)]).toEqual([0, 0, 0, 0, 0])
  expect([...vectors.slice(15)]).toEqual([0, 1, 0, 0, 0])
})
