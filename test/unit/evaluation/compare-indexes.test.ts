import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ChunkRecord } from '../../../src/core/documents.ts'
import { compareIndexes, overlap, rankCorrelation } from '../../../src/evaluation/compare-indexes.ts'
import { readJudgedQueries } from '../../../src/evaluation/judged-queries.ts'
import { queryOf } from '../../../src/evaluation/sampled-queries.ts'

describe('overlap and rank correlation', () => {
  test.each<[string, string[], string[], number, number | null]>([
    ['the same', ['a', 'b', 'c'], ['a', 'b', 'c'], 1, 1],
    ['reversed', ['a', 'b', 'c'], ['c', 'b', 'a'], 1, -1],
    ['one moved', ['a', 'b', 'c'], ['b', 'a', 'c'], 1, 0.5],
    ['half of it', ['a', 'b'], ['b', 'x'], 0.5, null],
    ['in common not side by side', ['a', 'x', 'b'], ['y', 'a', 'b'], 2 / 3, 1],
    ['nothing', ['a', 'b'], ['x', 'y'], 0, null],
    ['one is empty', ['a', 'b'], [], 0, null],
    ['both are empty', [], [], 1, null],
  ])('%s', (_, a, b, share, correlation) => {
    expect(overlap(a, b)).toBeCloseTo(share, 12)
    expect(rankCorrelation(a, b)).toBe(correlation)
  })

  test('what is below the first ten does not count', () => {
    const first = Array.from({ length: 12 }, (_, i) => `d${i}`)
    const second = [...first.slice(0, 5), ...Array.from({ length: 5 }, (_, i) => `x${i}`), ...first.slice(5)]
    expect(overlap(first, second)).toBe(0.5)
  })
})

describe('compareIndexes', () => {
  const rank = {
    old: async (query: string) => (query === 'one' ? ['a', 'b', 'c'] : ['x', 'y']),
    new: async (query: string) => (query === 'one' ? ['b', 'a', 'c'] : ['z', 'x']),
  }

  test('judged queries have an nDCG of both, in that order', async () => {
    const queries = [
      { text: 'one', judgements: new Map([['a', 1]]) },
      { text: 'two', judgements: new Map([['z', 2]]) },
    ]
    const seen: number[][] = []
    const onProgress = (...now: number[]) => seen.push(now)
    expect(await compareIndexes(queries, rank, { source: 'judged', onProgress })).toEqual({
      queries: 2,
      source: 'judged',
      'overlap@10': 0.75,
      rankCorrelation: 0.5,
      'ndcg@10': { old: 0.5, new: Math.round(((1 / Math.log2(3) + 1) / 2) * 1e5) / 1e5 },
      'found@10': null,
    })
    expect(seen).toEqual([
      [1, 2],
      [2, 2],
    ])
  })

  test('sampled queries say how many find their own document', async () => {
    const queries = [
      { text: 'one', judgements: new Map([['c', 1]]) },
      { text: 'two', judgements: new Map([['z', 1]]) },
    ]
    const comparison = await compareIndexes(queries, rank, { source: 'sampled' })
    expect(comparison).toMatchObject({ 'ndcg@10': null, 'found@10': { old: 0.5, new: 1 } })
  })

  test('without queries there is nothing to say', async () => {
    const nothing = { 'overlap@10': null, rankCorrelation: null, 'ndcg@10': null, 'found@10': null }
    expect(await compareIndexes([], rank, { source: 'judged' })).toEqual({ queries: 0, source: 'judged', ...nothing })
  })

  test('stops where it is asked to', async () => {
    const signal = AbortSignal.abort()
    const queries = [{ text: 'one', judgements: new Map([['a', 1]]) }]
    await expect(compareIndexes(queries, rank, { source: 'judged', signal })).rejects.toMatchObject({ code: 'ABORTED' })
  })
})

describe('queryOf', () => {
  const chunk = (more: Partial<ChunkRecord>): ChunkRecord => ({
    ...{ key: 1, documentKey: 1, documentId: 'd', collection: 'c', path: null, title: null, format: 'text' as const },
    ...{ side: 'text' as const, metadata: {}, text: '', error: null },
    place: { start: 0, end: 0, lines: [1, 1], heading: [], symbol: null },
    ...more,
  })

  test.each<[string, Partial<ChunkRecord>, string | null]>([
    ['a title', { title: 'Baking bread', text: 'Knead it. Bake it.' }, 'Baking bread'],
    ['a title of one word, then a sentence', { title: 'Bread', text: 'Knead the dough. Bake it.' }, 'Knead the dough'],
    ['a path is no title', { title: 'src/main.ts', text: '# The *first* line' }, 'The first line'],
    ['at most fifteen words', { text: 'w '.repeat(40) }, Array(15).fill('w').join(' ')],
    ['no words at all', { text: '—— ¶' }, null],
    ['a text without blanks', { text: '猫が好きです。犬も好きです。' }, '猫が好きです'],
  ])('%s', (_, given, text) => {
    expect(queryOf(chunk(given))?.text ?? null).toBe(text)
  })

  test('its own document answers it', () => {
    expect(queryOf(chunk({ text: 'two words' }))?.judgements).toEqual(new Map([['d', 1]]))
  })
})

describe('readJudgedQueries', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'semdex-judged-'))
    write('beir/queries.jsonl', '{"_id": "q1", "text": "baking"}\n{"_id": "q2", "text": "unjudged"}\n')
    write('beir/qrels/test.tsv', 'q1\td1\t2\n')
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  function write(name: string, content: string): string {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), content)
    return join(folder, name)
  }

  test('a folder needs no corpus', async () => {
    const queries = await readJudgedQueries(join(folder, 'beir'))
    expect(queries).toEqual([{ text: 'baking', judgements: new Map([['d1', 2]]) }])
  })

  test('lines name documents with or without grades', async () => {
    const file = write(
      'q.jsonl',
      '{"query": "a", "relevant": ["x", "y"]}\n\n{"query": "b", "relevant": {"z": 2, "n": 0}}\n',
    )
    expect(await readJudgedQueries(file)).toEqual([
      {
        text: 'a',
        judgements: new Map([
          ['x', 1],
          ['y', 1],
        ]),
      },
      {
        text: 'b',
        judgements: new Map([
          ['z', 2],
          ['n', 0],
        ]),
      },
    ])
  })

  test.each([
    ['{"query": "a"}'],
    ['{"query": "", "relevant": ["x"]}'],
    ['{"query": "a", "relevant": []}'],
    ['{"query": "a", "relevant": [1]}'],
    ['{"query": "a", "relevant": {"x": "1"}}'],
    ['{"query": "a", "relevant": {"x": 0}}'],
    ['no JSON'],
  ])('refuses %s and says where', async (line) => {
    const file = write('bad.jsonl', `{"query": "a", "relevant": ["x"]}\n${line}\n`)
    await expect(readJudgedQueries(file)).rejects.toMatchObject({ code: 'INVALID_INPUT', details: { file, line: 2 } })
  })

  test('says what is not there', async () => {
    await expect(readJudgedQueries(join(folder, 'none'))).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' })
  })
})
