import fc from 'fast-check'
import { expect, test } from 'vitest'
import { makeSnippet } from '../../../src/retrieval/snippet.ts'

const TERMS = ['alpha', 'beta', 'gamma', 'delta']
const word = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom('the', 'of', 'something', 'longer-than-most', 'x', '\u{1f600}\u{1f600}') },
  fc.constantFrom(...TERMS, 'Alphabet', 'BETA,', '(gamma)'),
)
const passage = fc
  .array(fc.tuple(word, fc.constantFrom(' ', '\n', '  ', '\r\n\t')), { maxLength: 150 })
  .map((parts) => parts.flat().join(''))
const anything = fc.string({
  unit: fc.oneof(fc.nat(0xffff), fc.constant(32)).map((unit) => String.fromCharCode(unit)),
  maxLength: 600,
})

test('a snippet is a bounded piece of the passage on one line', () => {
  fc.assert(
    fc.property(fc.oneof(passage, anything), fc.subarray(TERMS), (text, terms) => {
      const flat = text.replace(/\s+/g, ' ').trim()
      const snippet = makeSnippet(text, terms)
      expect(snippet).not.toMatch(/[\n\r\t]|\s\s/)
      expect(snippet.length).toBeLessThanOrEqual(245)
      const piece = snippet.replace(/^… /, '').replace(/ …$/, '')
      expect(flat.includes(piece) || flat.includes(snippet)).toBe(true)
      if (flat.length <= 240) expect(snippet).toBe(flat)
      else expect(piece.length).toBeGreaterThan(150)
      if (text.isWellFormed()) expect(snippet.isWellFormed()).toBe(true)
    }),
    { numRuns: 1_000 },
  )
})

test('a snippet holds at least as many different words of the query as any short stretch', () => {
  fc.assert(
    fc.property(passage, fc.subarray(TERMS, { minLength: 1 }), (text, terms) => {
      const flat = text.replace(/\s+/g, ' ').trim()
      const held = (piece: string) => terms.filter((term) => new RegExp(`\\b${term}`, 'i').test(piece)).length
      const stretches = [...flat.matchAll(/\b\w/g)].map(({ index }) => flat.slice(index, index + 165))
      const most = Math.max(0, ...stretches.map(held))
      expect(held(makeSnippet(text, terms))).toBeGreaterThanOrEqual(most)
    }),
    { numRuns: 1_000 },
  )
})
