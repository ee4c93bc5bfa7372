import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toJsonValue } from '../../../src/interfaces/wire/json.ts'

describe('an answer as JSON', () => {
  test.each([
    ['vectors', Float32Array.of(0.5, -1), [0.5, -1]],
    ['bytes', Uint8Array.of(0, 255), [0, 255]],
    ['vectors in lists in objects', { a: [{ b: Int8Array.of(-128) }] }, { a: [{ b: [-128] }] }],
    ['nothing', { a: undefined, b: null, c: [] }, { b: null, c: [] }],
    ['text', 'a\u0000\ud800', 'a\u0000\ud800'],
  ])('%s', (_, value, expected) => {
    expect(toJsonValue(value)).toStrictEqual(expected)
  })

  test('names of the prototype are names', () => {
    const value = JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1}')
    const json = toJsonValue(value) as Record<string, unknown>
    expect(JSON.stringify(json)).toBe('{"__proto__":{"polluted":true},"constructor":1}')
    expect(Object.getPrototypeOf(json)).toBe(Object.prototype)
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })

  test('whatever is JSON stays as it is', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const value = JSON.parse(text)
        expect(JSON.stringify(toJsonValue(value))).toBe(JSON.stringify(value))
      }),
    )
  })
})
