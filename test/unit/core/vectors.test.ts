import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { spearman } from '../../../bench/suites/sts-score.ts'
import {
  cosine,
  fromBlob,
  fromInt8,
  hamming,
  hammingSimilarity,
  int8Cosine,
  norm,
  toBinary,
  toInt8,
} from '../../../src/core/vectors.ts'
import { inRepository } from '../../support/assets.ts'

const number = fc.float({ noNaN: true, noDefaultInfinity: true, min: -1e4, max: 1e4 })
const vectorOf = (length: number) =>
  fc
    .array(number, { minLength: length, maxLength: length })
    .map((values) => Float32Array.from(values))
    .filter((vector) => norm(vector) > 1e-6)
const vector = fc.integer({ min: 1, max: 70 }).chain(vectorOf)
const pair = fc.integer({ min: 1, max: 70 }).chain((length) => fc.tuple(vectorOf(length), vectorOf(length)))

describe('int8', () => {
  test('has the scale of its largest number, and every number within half a step', () => {
    fc.assert(
      fc.property(vector, (numbers) => {
        const { values, scale } = toInt8(numbers)
        const largest = Math.max(...numbers.map(Math.abs))
        expect(scale).toBeCloseTo(largest / 127, 10)
        expect(Math.max(...values.map(Math.abs))).toBe(127)
        const back = fromInt8({ values, scale })
        for (const [i, value] of numbers.entries()) {
          expect(Math.abs((back[i] as number) - value)).toBeLessThanOrEqual((scale / 2) * (1 + 1e-5))
        }
      }),
    )
  })

  test('is the rounded quotient', () => {
    expect(toInt8(Float32Array.of(1, -2, 0.5, 0, 0.0078))).toEqual({
      values: Int8Array.of(64, -127, 32, 0, 0),
      scale: 2 / 127,
    })
  })

  test('gives the cosine of what it stands for, whatever the scale', () => {
    fc.assert(
      fc.property(pair, fc.float({ min: Math.fround(0.01), max: 100, noNaN: true }), ([a, b], factor) => {
        const [x, y] = [toInt8(a), toInt8(b)]
        const similarity = int8Cosine(x.values, y.values)
        expect(similarity).toBeCloseTo(cosine(Float32Array.from(x.values), Float32Array.from(y.values)), 10)
        expect(similarity).toBe(int8Cosine(y.values, x.values))
        const larger = toInt8(a.map((value) => value * factor))
        expect(Math.abs(int8Cosine(larger.values, x.values))).toBeGreaterThan(1 - 0.01)
      }),
    )
  })

  test('changes a cosine by no more than its bound says', () => {
    fc.assert(
      fc.property(pair, ([a, b]) => {
        const angle = (numbers: Float32Array, scale: number) =>
          Math.asin(Math.min(1, (scale * Math.sqrt(numbers.length)) / 2 / norm(numbers)))
        const [x, y] = [toInt8(a), toInt8(b)]
        const bound = angle(a, x.scale) + angle(b, y.scale)
        expect(Math.abs(int8Cosine(x.values, y.values) - cosine(a, b))).toBeLessThanOrEqual(bound + 1e-6)
      }),
    )
  })

  test.each([
    ['zero', [0, 0]],
    ['NaN', [1, Number.NaN]],
    ['infinite', [1, Number.POSITIVE_INFINITY]],
  ])('refuses what is %s', (_, values) => {
    expect(() => toInt8(Float32Array.from(values))).toThrow(expect.objectContaining({ code: 'VECTOR_INVALID' }))
  })
})

describe('binary', () => {
  test('packs signs as numpy.packbits does', () => {
    expect([...toBinary(Float32Array.of(1, -1, 0, 2, -0, 1e-30, -3, 4, 5))]).toEqual([0b1001_0101, 0b1000_0000])
    expect([...toBinary(new Float32Array(0))]).toEqual([])
  })

  test('agrees with signs written as text', () => {
    fc.assert(
      fc.property(pair, ([a, b]) => {
        const signs = (numbers: Float32Array) => [...numbers].map((value) => (value > 0 ? '1' : '0')).join('')
        const bytes = (
          signs(a)
            .padEnd(Math.ceil(a.length / 8) * 8, '0')
            .match(/.{8}/g) ?? []
        ).map((bits) => Number.parseInt(bits, 2))
        expect([...toBinary(a)]).toEqual(bytes)
        const different = [...signs(a)].filter((sign, i) => sign !== signs(b)[i]).length
        expect(hamming(toBinary(a), toBinary(b))).toBe(different)
        expect(hammingSimilarity(toBinary(a), toBinary(b), a.length)).toBeCloseTo(1 - different / a.length, 12)
      }),
    )
  })
})

test('on real vectors int8 keeps the order of the cosines, and binary roughly', () => {
  const all = fromBlob(readFileSync(inRepository('test/golden/data/minilm-vectors.f32le')))
  const rows = Array.from({ length: all.length / 384 }, (_, row) => all.slice(row * 384, (row + 1) * 384))
  expect(rows.length).toBe(124)
  const similarities = <T>(encode: (numbers: Float32Array) => T, compare: (a: T, b: T) => number) => {
    const encoded = rows.map(encode)
    return encoded.flatMap((a, at) => encoded.slice(at + 1).map((b) => compare(a, b)))
  }
  const exact = similarities((numbers) => numbers, cosine)
  const int8 = similarities((numbers) => toInt8(numbers).values, int8Cosine)
  const binary = similarities(toBinary, (a, b) => hammingSimilarity(a, b, 384))
  expect(spearman(int8, exact)).toBeGreaterThan(0.999)
  // Most pairs are unrelated, and differ by less than a few bits.
  expect(spearman(binary, exact)).toBeCloseTo(0.85, 2)
  expect(Math.max(...int8.map((value, at) => Math.abs(value - (exact[at] as number))))).toBeLessThan(0.005)
})
