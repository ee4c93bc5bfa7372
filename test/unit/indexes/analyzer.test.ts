import fc from 'fast-check'
import { expect, test } from 'vitest'
import { analyze, queryTerms } from '../../../src/indexes/lexical/analyzer.ts'

test.for([
  ['Running the tests, tested', ['run', 'the', 'test', 'test']],
  [
    'getUserName parseHTTPResponse',
    ['getusernam', 'get', 'user', 'name', 'parsehttprespons', 'pars', 'http', 'respons'],
  ],
  ['mRNA snake_case kebab-case a.b', ['mrna', 'snake', 'case', 'kebab', 'case', 'a', 'b']],
  ['naïve Café ﬁne', ['naiv', 'cafe', 'fine']],
  ['e\u0301tude étude', ['etud', 'etud']],
  ['東京で Tokyo', ['東', '東京', '京', '京で', 'で', 'tokyo']],
  ['Привет नमस्ते 한국어', ['привет', 'नमस्ते', '한국어']],
  ['\ud800 lone \0 NUL', ['lone', 'nul']],
  ['"AND" (c++) *', ['and', 'c']],
] as const)('%s', ([text, terms]) => {
  expect(analyze(text)).toEqual(terms)
})

test('stop words leave a query, unless nothing else is in it; words that change what is asked stay', () => {
  expect(queryTerms('How do I return early from a loop?')).toEqual(['return', 'earli', 'loop'])
  expect(queryTerms('to be or not to be')).toEqual(['not'])
  expect(queryTerms('to be or to be')).toEqual(['to', 'be', 'or'])
  expect(queryTerms('tests testing tested')).toEqual(['test'])
})

test('a term is one token to FTS5, of bounded length, and a query has a bounded number of them', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      expect(analyze(text).filter((term) => term === '' || /[\0-\x2f:-@[-`{-\x7f]/.test(term))).toEqual([])
      expect(queryTerms(text).length).toBeLessThanOrEqual(256)
    }),
  )
  expect(analyze('x'.repeat(100_000))[0]?.length).toBeLessThanOrEqual(64)
  expect(queryTerms(Array.from({ length: 1_000 }, (_, n) => `word${n}`).join(' '))).toHaveLength(256)
})
