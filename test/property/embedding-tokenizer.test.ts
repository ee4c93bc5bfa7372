import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Tokenizer as Library } from '@huggingface/tokenizers'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTokenizer, type Tokenizer } from '../../src/embedding/tokenizing/tokenizer.ts'
import { inRepository } from '../support/assets.ts'

const FILE = inRepository('models/all-MiniLM-L6-v2/tokenizer.json')
const NO_LIMIT = 1_000_000_000

const character = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...' \t\n.,!?-_()$+#[]ethaonis'.split('')) },
  {
    weight: 2,
    arbitrary: fc.constantFrom('the', 'ing', '[SEP]', '[MASK]', '##a', "'s", 'é', 'ß', 'İ', 'Å', '漢', '字', '\u0007'),
  },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 3 }) },
)
const text = fc.array(character, { maxLength: 80 }).map((parts) => parts.join('').toWellFormed())

describe('the tokenizer of all-MiniLM-L6-v2', () => {
  const folder = mkdtempSync(join(tmpdir(), 'semdex-vocabulary-'))
  let tokenizer: Tokenizer
  let indexed: Tokenizer
  let library: { encode(text: string): { ids: number[] } }
  beforeAll(async () => {
    tokenizer = await openTokenizer(FILE)
    await openTokenizer(FILE, join(folder, 'index'))
    indexed = await openTokenizer(FILE, join(folder, 'index'))
    const document = JSON.parse(readFileSync(FILE, 'utf8')) as object
    library = new Library({ ...document, truncation: null, padding: null }, {})
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  // The library ends words with a final sigma and does not set ideographs beyond U+FFFF apart; the reference
  // implementation, whose tokenizations are the golden ones, does the opposite of both.
  const comparable = text.filter((value) => !/[Σ\u{20000}-\u{2fa1f}]/u.test(value))

  test('gives the ids that the library gives', () => {
    fc.assert(
      fc.property(comparable, (value) => {
        expect([...tokenizer.encode(value, NO_LIMIT).ids]).toEqual(library.encode(value).ids)
      }),
      { numRuns: 1_500 },
    )
  })

  test('gives the same ids from the index of its vocabulary, looked up in place and later as a map', () => {
    fc.assert(
      fc.property(text, (value) => {
        expect(indexed.encode(value, NO_LIMIT)).toEqual(tokenizer.encode(value, NO_LIMIT))
      }),
      { numRuns: 1_000 },
    )
  })

  test('has no final sigma, and sets every ideograph apart, as the reference', () => {
    expect(tokenizer.encode('ΟΔΟΣ', NO_LIMIT)).toEqual(tokenizer.encode('οδοσ', NO_LIMIT))
    expect(tokenizer.count('a\u{20000}b')).toBe(3)
  })
})

describe('a text beyond the limit', () => {
  let tokenizer: Tokenizer
  beforeAll(async () => {
    tokenizer = await openTokenizer(FILE)
  })

  /** Long enough that only its beginning is looked at. */
  const long = fc
    .tuple(fc.array(text, { minLength: 1, maxLength: 12 }), fc.integer({ min: 1, max: 60 }))
    .map(([parts, times]) => parts.join(' ').repeat(times))

  test('has the first ids of the whole text, with the special tokens', () => {
    fc.assert(
      fc.property(long, fc.integer({ min: 3, max: 40 }), (value, limit) => {
        const whole = [...tokenizer.encode(value, NO_LIMIT).ids]
        const { ids, truncated } = tokenizer.encode(value, limit)
        expect(truncated).toBe(whole.length > limit)
        expect([...ids]).toEqual(truncated ? [...whole.slice(0, limit - 1), whole.at(-1)] : whole)
      }),
      { numRuns: 1_000 },
    )
  })

  test('has them too where a word is cut that is unknown as a whole, and its beginning is not', () => {
    const characters = fc.constantFrom('q', 'zq', 'жq', 'q1z7', 'ᄀ')
    fc.assert(
      fc.property(characters, fc.integer({ min: 5, max: 40 }), fc.nat(100), (part, limit, before) => {
        const value = `${'a'.repeat(32 * (limit - 1) - before)}!${part.repeat(400)}`
        const whole = [...tokenizer.encode(value, NO_LIMIT).ids]
        const { ids, truncated } = tokenizer.encode(value, limit)
        expect(truncated).toBe(whole.length > limit)
        expect([...ids]).toEqual(truncated ? [...whole.slice(0, limit - 1), whole.at(-1)] : whole)
      }),
      { numRuns: 500 },
    )
  })

  test.each([
    ['words', 'lorem ipsum '.repeat(420_000)],
    ['one word', 'a'.repeat(5_000_000)],
    ['spaces', ' '.repeat(5_000_000)],
    ['ideographs', '漢字'.repeat(2_500_000)],
  ])('of five million characters is cut soon: %s', (_, value) => {
    const started = performance.now()
    const { ids } = tokenizer.encode(value, 256)
    expect(ids.length).toBeLessThanOrEqual(256)
    expect(performance.now() - started).toBeLessThan(2_000)
  })
})
