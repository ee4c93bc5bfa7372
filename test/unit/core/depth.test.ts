import { expect, test } from 'vitest'
import { isWithinDepth } from '../../../src/core/depth.ts'

function nested(levels: number, inner: unknown = 1): unknown {
  let value = inner
  for (let i = 0; i < levels; i++) value = i % 2 ? [value] : { a: value, b: 'x' }
  return value
}

test.each([
  [1, 0, true],
  ['text', 0, true],
  [null, 0, true],
  [{}, 0, false],
  [{}, 1, true],
  [[[]], 1, false],
  [[[]], 2, true],
  [{ a: 1, b: { c: [1, 2] } }, 3, true],
  [{ a: 1, b: { c: [1, 2] } }, 2, false],
  [nested(64), 64, true],
  [nested(65), 64, false],
  [nested(1_000_000), 64, false],
])('%# a value within %d levels', (value, limit, is) => {
  expect(isWithinDepth(value, limit)).toBe(is)
})
