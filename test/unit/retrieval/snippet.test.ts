import { describe, expect, test } from 'vitest'
import { makeSnippet } from '../../../src/retrieval/snippet.ts'

const filler = (words: number) => Array.from({ length: words }, (_, i) => `filler${i % 7}`).join(' ')

describe('a snippet', () => {
  test('is the whole passage where it is short, on one line', () => {
    expect(makeSnippet('  one\n\n\ttwo\r\nthree ', ['two'])).toBe('one two three')
    expect(makeSnippet('', ['x'])).toBe('')
    expect(makeSnippet(' \n ', [])).toBe('')
  })

  test('begins at the beginning where no word was found', () => {
    const text = filler(100)
    const snippet = makeSnippet(text, ['absent'])
    expect(snippet.startsWith('filler0 filler1')).toBe(true)
    expect(snippet.endsWith(' …')).toBe(true)
    expect(makeSnippet(text, [])).toBe(snippet)
  })

  test('shows the words of the query that stand together, with what is before them', () => {
    const text = `${filler(40)} orbit ${filler(40)} the orbits of small satellites ${filler(40)}`
    const snippet = makeSnippet(text, ['orbit', 'satellit'])
    expect(snippet).toContain('the orbits of small satellites')
    expect(snippet).toMatch(/^… filler.* …$/)
  })

  test('prefers different words to one word again and again', () => {
    const text = `${'bread '.repeat(30)}${filler(40)} oven and bread ${filler(40)}`
    expect(makeSnippet(text, ['bread', 'oven'])).toContain('oven and bread')
  })

  test('takes the first of equal places', () => {
    const text = `${filler(40)} bread one ${filler(40)} bread two ${filler(40)}`
    expect(makeSnippet(text, ['bread'])).toContain('bread one')
  })

  test('finds a stem whose last letter the word writes in another way', () => {
    expect(makeSnippet(`${filler(60)} happy people ${filler(60)}`, ['happi'])).toContain('happy people')
  })

  test('finds words without their accents, as the index does', () => {
    expect(makeSnippet(`${filler(60)} le Café noir ${filler(60)}`, ['cafe'])).toContain('Café noir')
    expect(makeSnippet(`${filler(60)} le Cafe\u0301 noir ${filler(60)}`, ['cafe'])).toContain('Cafe\u0301 noir')
  })

  test('finds characters of scripts that write no spaces', () => {
    const text = `${'日本語の文章'.repeat(80)}猫が好き${'日本語の文章'.repeat(80)}`
    expect(makeSnippet(text, ['猫', '好'])).toContain('猫が好き')
  })

  test('ends with the passage where the words do', () => {
    const snippet = makeSnippet(`${filler(100)} needle`, ['needl'])
    expect(snippet.endsWith('needle')).toBe(true)
  })

  test('cuts a text without spaces between characters', () => {
    const snippet = makeSnippet(`x${'\u{1f600}'.repeat(500)}`, [])
    expect(snippet.isWellFormed()).toBe(true)
    expect(snippet.length).toBeGreaterThan(200)
  })
})

describe('a passage of a million characters takes less than a second', () => {
  const terms = Array.from({ length: 256 }, (_, i) => `term${i}`)

  test.each([
    ['of the words of the query alone', 'bread '.repeat(170_000), ['bread', 'oven']],
    ['of many different words and terms', Array.from({ length: 120_000 }, (_, i) => `word${i}`).join(' '), terms],
    ['of all terms in turn', Array.from({ length: 130_000 }, (_, i) => `term${i % 256}`).join(' '), terms],
    ['of white space', ' \n'.repeat(500_000), ['bread']],
    ['of one word', 'a'.repeat(1_000_000), ['a']],
    ['of characters without spaces', '猫'.repeat(1_000_000), ['猫']],
    ['of surrogates', '\u{1f600}'.repeat(500_000), ['bread']],
  ])('%s', (_, text, words) => {
    const before = process.cpuUsage()
    expect(makeSnippet(text, words).length).toBeLessThanOrEqual(245)
    expect(process.cpuUsage(before).user).toBeLessThan(1_000_000)
  })
})
