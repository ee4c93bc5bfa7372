import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { chunkId, chunkKey } from '../../../src/core/documents.ts'
import { portablePath, safeText } from '../../../src/core/text.ts'
import { assertVector, cosine, distance, dot, fromBlob, norm, toBlob } from '../../../src/core/vectors.ts'

const float = fc.float({ noNaN: true, noDefaultInfinity: true, min: -1e4, max: 1e4 })
const vector = (length: number) =>
  fc.float32Array({ minLength: length, maxLength: length, noNaN: true, noDefaultInfinity: true })
const pair = fc
  .integer({ min: 1, max: 40 })
  .chain((length) =>
    fc.tuple(
      fc.array(float, { minLength: length, maxLength: length }),
      fc.array(float, { minLength: length, maxLength: length }),
    ),
  )
  .map(([a, b]) => [Float32Array.from(a), Float32Array.from(b)] as const)

describe('a vector as bytes', () => {
  test('has its numbers in little-endian order, four bytes each', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 30 }).chain(vector), (numbers) => {
        const blob = toBlob(numbers)
        expect(blob.length).toBe(numbers.length * 4)
        for (const [i, number] of numbers.entries()) expect(Buffer.from(blob).readFloatLE(i * 4)).toBe(number)
      }),
    )
    expect([...toBlob(Float32Array.of(1, -2))]).toEqual([0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0])
  })

  test('comes back bit by bit, wherever it lies in memory', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.nat(8), fc.nat(8), (bytes, before, after) => {
        const whole = bytes.slice(0, bytes.length - (bytes.length % 4))
        const memory = new Uint8Array(before + whole.length + after)
        memory.set(whole, before)
        const back = fromBlob(memory.subarray(before, before + whole.length))
        expect(back.length).toBe(whole.length / 4)
        const view = new DataView(whole.buffer)
        for (const [i, number] of back.entries()) expect(Object.is(number, view.getFloat32(i * 4, true))).toBe(true)
      }),
    )
  })

  test('of a part of an array is that part alone', () => {
    const part = Float32Array.of(1, 2, 3, 4).subarray(1, 3)
    expect([...fromBlob(toBlob(part))]).toEqual([2, 3])
  })
})

describe('vector arithmetic', () => {
  test('agrees with the formulas in float64', () => {
    fc.assert(
      fc.property(pair, ([a, b]) => {
        const product = [...a].reduce((sum, number, i) => sum + number * (b[i] as number), 0)
        const lengths = [a, b].map((each) => Math.hypot(...each)) as [number, number]
        const scale = Math.max(1, lengths[0] * lengths[1])
        expect(Math.abs(dot(a, b) - product) / scale).toBeLessThan(1e-12)
        expect(Math.abs(norm(a) - lengths[0])).toBeLessThanOrEqual(1e-12 * Math.max(1, lengths[0]))
        const apart = Math.hypot(...[...a].map((number, i) => number - (b[i] as number)))
        expect(Math.abs(distance(a, b) - apart)).toBeLessThanOrEqual(1e-12 * Math.max(1, apart))
        if (lengths[0] > 0 && lengths[1] > 0) {
          expect(Math.abs(cosine(a, b) - product / (lengths[0] * lengths[1]))).toBeLessThan(1e-9)
        }
      }),
    )
  })

  test('keeps the cosine within −1 and 1, symmetric, and free of lengths', () => {
    fc.assert(
      fc.property(pair, fc.constantFrom(0.5, 2, 1024), ([a, b], factor) => {
        fc.pre(norm(a) > 1e-3 && norm(b) > 1e-3)
        expect(Math.abs(cosine(a, b))).toBeLessThanOrEqual(1)
        expect(cosine(a, b)).toBe(cosine(b, a))
        expect(cosine(a, a)).toBeCloseTo(1, 12)
        expect(
          cosine(
            a.map((number) => number * factor),
            b,
          ),
        ).toBeCloseTo(cosine(a, b), 9)
      }),
    )
  })
})

describe('assertVector', () => {
  test('takes whatever is finite and not zero, however small or large', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }).chain(vector), (numbers) => {
        fc.pre(numbers.some((number) => number !== 0))
        assertVector(numbers, numbers.length)
      }),
    )
    assertVector(Float32Array.of(1.4e-45), 1)
    assertVector(Float32Array.of(3.4e38, 3.4e38), 2)
  })

  test.each([
    ['NaN', [1, Number.NaN], 'VECTOR_INVALID'],
    ['infinity', [1, Number.POSITIVE_INFINITY], 'VECTOR_INVALID'],
    ['opposite infinities', [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY], 'VECTOR_INVALID'],
    ['zeros', [0, -0], 'VECTOR_INVALID'],
    ['too few', [1], 'DIMENSION_MISMATCH'],
    ['too many', [1, 2, 3], 'DIMENSION_MISMATCH'],
    ['none', [], 'DIMENSION_MISMATCH'],
  ])('refuses %s', (_, numbers, code) => {
    expect(() => assertVector(Float32Array.from(numbers), 2)).toThrowError(expect.objectContaining({ code }))
  })
})

describe('a chunk id', () => {
  test('leads back to its key', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (key) => chunkKey(chunkId(key)) === key),
    )
  })

  test('is the only spelling of its key', () => {
    const spelling = fc.oneof(
      fc.string(),
      fc.stringMatching(/^chunk-[0-9]{0,18}$/),
      fc.constantFrom(
        'chunk-0',
        'chunk-01',
        'chunk--1',
        'chunk-1e3',
        'chunk-9007199254740993',
        'Chunk-1',
        'chunk-1 ',
        'chunk-١',
      ),
    )
    fc.assert(
      fc.property(spelling, (id) => {
        const key = chunkKey(id)
        expect(key === null || chunkId(key) === id).toBe(true)
      }),
    )
  })
})

const anyText = fc.string({ unit: fc.nat(0xffff).map((unit) => String.fromCharCode(unit)) })

test('safeText keeps the length and every character that is safe', () => {
  fc.assert(
    fc.property(fc.oneof(anyText, fc.string({ unit: 'binary' })), (text) => {
      const safe = safeText(text)
      expect(safe.length).toBe(text.length)
      expect(safe.isWellFormed()).toBe(true)
      for (let i = 0; i < text.length; i++) {
        const isHalf = (text.charCodeAt(i) & 0xf800) === 0xd800
        if (!isHalf) expect(safe[i]).toBe(text[i])
      }
      expect(safeText(safe)).toBe(safe)
    }),
  )
})

test('portablePath is its own fixed point and leaves POSIX paths alone', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(portablePath(portablePath(text))).toBe(portablePath(text))
      expect(portablePath(`/${text.replace(/^\\/, '')}`)).toBe(`/${text.replace(/^\\/, '')}`)
      expect(portablePath(`q:\\${text}`)).toBe(`Q:/${text.replaceAll('\\', '/')}`)
    }),
  )
})
