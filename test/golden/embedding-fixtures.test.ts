import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Embedder, EmbedOptions, EmbedResult } from '../../src/core/ports/embedder.ts'
import { norm } from '../../src/core/vectors.ts'
import { openTokenizer } from '../../src/embedding/tokenizing/tokenizer.ts'
import { asset, describeWithAssets } from '../support/assets.ts'
import { folderSpec, largestDifference, openTestEmbedder, vectorsOf } from '../support/embedding.ts'
import { type GoldenCase, readGolden } from '../support/golden.ts'

const FAMILIES = [
  'tiny-bert-mean',
  'tiny-bert-cls',
  'tiny-e5-prefix',
  'tiny-in-graph',
  'tiny-qodo-last',
  'tiny-jina-task',
]

for (const name of FAMILIES) {
  const folder = `fixtures/${name}`
  describeWithAssets(`${name} against its golden vectors`, [folder], () => {
    const golden = readGolden(folder)
    const { cases, rows, tolerance, spec: told } = golden
    let embedder: Embedder
    beforeAll(async () => {
      embedder = await openTestEmbedder({ spec: await folderSpec(asset(folder)), folder: asset(folder) })
    })
    afterAll(() => embedder.close())

    const difference = (result: EmbedResult, row: number) =>
      largestDifference(vectorsOf([result])[0] as Float32Array, rows[row] as Float32Array)

    test('the folder says how the model is run', () => {
      const { dimensions, maxTokens, pooling, prompts, endToken, tasks } = embedder.spec
      expect({ dimensions, maxTokens, pooling, endToken }).toEqual({
        dimensions: told.dimensions,
        maxTokens: told.maxTokens,
        pooling: told.pooling === 'in-graph' ? 'graph' : told.pooling,
        endToken: told.appendEos?.id ?? null,
      })
      const byTask = Object.entries(tasks).map(([task, { prompt }]) => [task, prompt])
      expect(told.tasks ? Object.fromEntries(byTask) : prompts).toEqual(told.prompts)
    })

    test('the ids of each case, before the end token', async () => {
      const tokenizer = await openTokenizer(join(asset(folder), 'tokenizer.json'))
      const { endToken, maxTokens } = embedder.spec
      for (const { name: title, ids, text, kind, task } of cases) {
        const prompt = task ? embedder.spec.tasks[task]?.prompt : embedder.spec.prompts[kind]
        const { ids: actual } = tokenizer.encode(`${prompt}${text}`, endToken === null ? maxTokens : maxTokens - 1)
        expect([...actual, ...(endToken === null ? [] : [endToken])], title).toEqual(ids)
      }
    })

    test('one by one: vectors, tokens, truncation', async () => {
      for (const [row, entry] of cases.entries()) {
        const [result] = (await embedder.embed([entry.text], optionsOf(entry))) as [EmbedResult]
        expect(result.ok && result.tokens, entry.name).toBe(entry.ids.length)
        expect(result.ok && result.truncated && entry.ids.length < told.maxTokens, entry.name).toBe(false)
        expect(result.ok && norm(result.vector), entry.name).toBeCloseTo(1, 6)
        expect(difference(result, row), entry.name).toBeLessThan(tolerance)
      }
    })

    test('all texts of a kind and task at once', async () => {
      const groups = Map.groupBy(cases.entries(), ([, { kind, task }]) => `${kind} ${task}`)
      for (const group of groups.values()) {
        const [[, first]] = group as [[number, GoldenCase]]
        const texts = group.map(([, { text }]) => text)
        const results = await embedder.embed(texts, optionsOf(first))
        for (const [at, [row, { name: title }]] of group.entries()) {
          expect(difference(results[at] as EmbedResult, row), title).toBeLessThan(tolerance)
        }
      }
    })

    test('under many callers at the same time', async () => {
      const calls = Array.from({ length: 3 }, () => [...cases.entries()]).flat()
      const answers = await Promise.all(calls.map(([, entry]) => embedder.embed([entry.text], optionsOf(entry))))
      for (const [at, [result]] of answers.entries()) {
        const [row, { name: title }] = calls[at] as [number, GoldenCase]
        expect(difference(result as EmbedResult, row), title).toBeLessThan(tolerance)
      }
    })

    test('inline', async () => {
      const { spec } = embedder
      const inline = await openTestEmbedder({ spec, folder: asset(folder), mode: 'inline' })
      for (const [row, entry] of [...cases.entries()].filter((_, at) => at % 5 === 0)) {
        const [result] = (await inline.embed([entry.text], optionsOf(entry))) as [EmbedResult]
        expect(difference(result, row), entry.name).toBeLessThan(tolerance)
      }
      await inline.close()
    })
  })
}

function optionsOf({ kind, task }: GoldenCase): EmbedOptions {
  return { kind, ...(task && { task }) }
}

describeWithAssets('tiny-jina-task beside its golden vectors', ['fixtures/tiny-jina-task'], () => {
  const folder = 'fixtures/tiny-jina-task'
  const { cases, rows, matryoshka = [], tolerance } = readGolden(folder)
  let embedder: Embedder
  beforeAll(async () => {
    embedder = await openTestEmbedder({ spec: await folderSpec(asset(folder)), folder: asset(folder) })
  })
  afterAll(() => embedder.close())

  test('cut to each width, and of unit length again', async () => {
    expect(matryoshka.length).toBeGreaterThan(10)
    for (const { case: row, dimensions, embedding } of matryoshka) {
      const entry = cases[row] as GoldenCase
      const [result] = await embedder.embed([entry.text], { ...optionsOf(entry), dimensions })
      const [vector] = vectorsOf([result as EmbedResult]) as [Float32Array]
      expect(vector).toHaveLength(dimensions)
      expect(norm(vector)).toBeCloseTo(1, 6)
      expect(largestDifference(vector.slice(0, 8), Float32Array.from(embedding))).toBeLessThan(tolerance)
    }
  })

  test('a kind without a task is embedded by the task of that kind', async () => {
    const defaults = [...cases.entries()].filter(([, { kind, task }]) => task === `retrieval.${kind}`)
    expect(defaults.length).toBeGreaterThan(20)
    for (const [row, { text, kind, name }] of defaults) {
      const [vector] = vectorsOf(await embedder.embed([text], { kind })) as [Float32Array]
      expect(largestDifference(vector, rows[row] as Float32Array), name).toBeLessThan(tolerance)
    }
  })
})

describeWithAssets('very long and broken texts', ['fixtures'], () => {
  describe.each(['tiny-bert-mean', 'tiny-qodo-last', 'tiny-jina-task'])('%s', (name) => {
    test.each([
      ['five million characters of prose', 'the cat sat on the mat. '.repeat(210_000)],
      ['one word of five million characters', 'a'.repeat(5_000_000)],
      ['five million characters without a space', '日本語'.repeat(1_700_000)],
    ])('%s: embedded, and said to be truncated', { timeout: 120_000 }, async (_, text) => {
      const folder = asset(`fixtures/${name}`)
      const embedder = await openTestEmbedder({ spec: await folderSpec(folder), folder })
      const [result] = await embedder.embed([text], { kind: 'passage' })
      const most = embedder.spec.maxTokens
      await embedder.close()
      // A word that is longer than BERT reads is one unknown token.
      const unknown = name === 'tiny-bert-mean' && text.startsWith('aa')
      expect(result).toMatchObject({ ok: true, truncated: !unknown, tokens: unknown ? 3 : most })
    })

    test('lone surrogates are read as U+FFFD', async () => {
      const folder = asset(`fixtures/${name}`)
      const embedder = await openTestEmbedder({ spec: await folderSpec(folder), folder })
      const texts = ['half \ud83d of a pair', 'half \ufffd of a pair']
      const [lone, replaced] = vectorsOf(await embedder.embed(texts, { kind: 'passage' }))
      await embedder.close()
      expect(lone).toEqual(replaced)
    })
  })
})

describeWithAssets('a text that gives NaN', ['fixtures/broken/nan-output'], () => {
  test.each([1, 100])('costs only itself, among neighbours %i times', async (times) => {
    const folder = 'fixtures/broken/nan-output'
    const golden = readGolden(folder)
    const embedder = await openTestEmbedder({ spec: await folderSpec(asset(folder)), folder: asset(folder) })
    const cases = Array.from({ length: times }, () => golden.cases).flat()
    const results = await embedder.embed(
      cases.map(({ text }) => text),
      { kind: 'passage' },
    )
    await embedder.close()

    expect(golden.cases.filter(({ norm: length }) => length === null).length).toBeGreaterThan(0)
    for (const [at, { name, norm: length }] of cases.entries()) {
      const result = results[at] as EmbedResult
      if (length === null) expect(!result.ok && result.error.code, name).toBe('NAN_EMBEDDING')
      else {
        const row = golden.rows[at % golden.cases.length] as Float32Array
        expect(largestDifference(vectorsOf([result])[0] as Float32Array, row), name).toBeLessThan(golden.tolerance)
      }
    }
  })
})
