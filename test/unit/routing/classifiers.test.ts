import { readFileSync, statSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Side } from '../../../src/core/sides.ts'
import { classifyContent } from '../../../src/routing/classify-content.ts'
import { classifyQuery } from '../../../src/routing/classify-query.ts'
import { routeQuery } from '../../../src/routing/route-query.ts'
import { WEIGHT_BYTES } from '../../../src/routing/weights.ts'
import { inRepository } from '../../support/assets.ts'

interface Excerpt {
  side: Side
  language: string
  text: string
}

interface Labelled {
  query: string
  label: Side | 'both'
}

describe('the classifier of content', () => {
  test('is right on .97 of the files of packages that it was not trained on, in both classes', async () => {
    const files = linesOf<Excerpt>('documents.jsonl')
    const said = await Promise.all(
      files.map(async ({ text }) => ((await classifyContent(text)) >= 0.5 ? 'code' : 'text')),
    )
    const rate = (side?: Side) =>
      share(files.flatMap((file, at) => (side && file.side !== side ? [] : [said[at] === file.side])))
    expect(files.length).toBeGreaterThanOrEqual(200)
    expect(rate()).toBeGreaterThanOrEqual(0.97)
    expect(rate('code')).toBeGreaterThanOrEqual(0.95)
    expect(rate('text')).toBeGreaterThanOrEqual(0.92)
  })

  test.each([
    [
      'prose with brackets',
      'The committee (see section 4) agreed {unanimously} that the budget [of 2019] would not be raised; it was late.',
    ],
    ['prose in Russian', 'Все счастливые семьи похожи друг на друга, каждая несчастливая семья несчастлива по-своему.'],
    ['prose in Japanese', '吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。'],
    ['a table', 'name,city,year\nAnna,Berlin,1990\nBen,Paris,1985\nCarla,Rome,1979\n'],
    ['nothing', ' \n'],
  ])('says text of %s', async (_, text) => {
    expect(await classifyContent(text)).toBeLessThan(0.5)
  })

  test.each([
    [
      'Python without brackets',
      'import os\n\nclass Stack:\n    size = 0\n\n    @property\n    def empty(self):\n        return self.size == 0\n',
    ],
    ['Haskell', 'module Main where\n\nfactorial n = product [1 .. n]\n\nmain = print $ factorial 5\n'],
    ['a statement of SQL', 'select name, count(*) from orders\nwhere year = 2020\ngroup by name\norder by 2 desc'],
    [
      'code under a long licence',
      `/*\n${' * Permission is granted to anyone to use this software for any purpose.\n'.repeat(10)} */\n${'int add(int a, int b) { return a + b; }\n'.repeat(30)}`,
    ],
  ])('says code of %s', async (_, text) => {
    expect(await classifyContent(text)).toBeGreaterThan(0.5)
  })

  test('says the same of a text whatever was judged before it', async () => {
    const alone = await classifyContent('let x = 1;\n')
    await classifyContent('A long sentence about the weather in spring, and nothing else. '.repeat(200))
    expect(await classifyContent('let x = 1;\n')).toBe(alone)
  })
})

describe('the classifier of queries', () => {
  test('is right on .90 of the queries of 3 to 15 words, and on .85 of each kind', async () => {
    const queries = linesOf<Labelled>('queries.jsonl').filter(({ query }) => /^\s*\S+(?:\s+\S+){2,14}\s*$/.test(query))
    const said = await Promise.all(queries.map(async ({ query }) => (await routeQuery(query)).side))
    const rate = (label?: string) =>
      share(queries.flatMap((query, at) => (label && query.label !== label ? [] : [said[at] === query.label])))
    expect(queries.length).toBeGreaterThanOrEqual(200)
    expect(rate()).toBeGreaterThanOrEqual(0.9)
    for (const label of ['text', 'code', 'both']) expect(rate(label), label).toBeGreaterThanOrEqual(0.85)
  })

  test('gives chances that sum to 1, whatever is asked', async () => {
    for (const query of ['', '\0', '🦀', 'x'.repeat(100_000), '\uD800', 'how do I sort a list in python']) {
      const { text, code, both } = await classifyQuery(query)
      expect(text + code + both).toBeCloseTo(1, 6)
      expect((await routeQuery(query)).code).toBeCloseTo(code + both, 6)
    }
  })
})

test('the weights are as long as the tables that are read from them', () => {
  expect(statSync(inRepository('src/routing/weights.bin')).size).toBe(WEIGHT_BYTES)
})

function linesOf<T>(file: string): T[] {
  const lines = readFileSync(inRepository(`test/routing/${file}`), 'utf8')
    .trim()
    .split('\n')
  return lines.map((line) => JSON.parse(line) as T)
}

function share(right: boolean[]): number {
  return right.filter(Boolean).length / right.length
}
