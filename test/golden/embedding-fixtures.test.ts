import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { EmbeddingKind } from '../../src/core/model-spec.ts'
import type { Embedder, EmbedResult } from '../../src/core/ports/embedder.ts'
import { asset, describeWithAssets } from '../support/assets.ts'
import { folderSpec, largestDifference, openTestEmbedder, rowsOf, vectorsOf } from '../support/embedding.ts'

interface Golden {
  tolerance: number
  spec: { dimensions: number; maxTokens: number; pooling: string; prompts: Record<EmbeddingKind, string> }
  cases: { name: string; text: string; kind: EmbeddingKind; ids: number[]; norm: number | null }[]
}

for (const name of ['tiny-bert-mean', 'tiny-bert-cls', 'tiny-e5-prefix']) {
  const folder = `fixtures/${name}`
  describeWithAssets(`${name} against its golden vectors`, [folder], () => {
    const golden = readGolden(folder)
    const rows = rowsOf(readFileSync(asset(`${folder}/golden.f32le`)), golden.spec.dimensions)
    let embedder: Embedder
    beforeAll(async () => {
      embedder = await openTestEmbedder({ spec: await folderSpec(asset(folder)), folder: asset(folder) })
    })
    afterAll(() => embedder.close())

    test('the folder says how the model is run', () => {
      const { dimensions, maxTokens, pooling, prompts } = embedder.spec
      expect({ dimensions, maxTokens, pooling, prompts }).toEqual({
        dimensions: golden.spec.dimensions,
        maxTokens: golden.spec.maxTokens,
        pooling: golden.spec.pooling,
        prompts: golden.spec.prompts,
      })
    })

    test('one by one', async () => {
      for (const [row, { text, kind, ids, name: title }] of golden.cases.entries()) {
        const [result] = (await embedder.embed([text], { kind })) as [EmbedResult]
        expect(result.ok && result.tokens, title).toBe(ids.length)
        expect(
          largestDifference(vectorsOf([result])[0] as Float32Array, rows[row] as Float32Array),
          title,
        ).toBeLessThan(golden.tolerance)
      }
    })

    test.each(['query', 'passage'] as const)('all texts of a %s call at once', async (kind) => {
      const chosen = golden.cases.flatMap((entry, row) => (entry.kind === kind ? [{ ...entry, row }] : []))
      const results = await embedder.embed(
        chosen.map(({ text }) => text),
        { kind },
      )
      for (const [at, vector] of vectorsOf(results).entries()) {
        const { row, name: title } = chosen[at] as { row: number; name: string }
        expect(largestDifference(vector, rows[row] as Float32Array), title).toBeLessThan(golden.tolerance)
      }
    })
  })
}

describeWithAssets('a text that gives NaN', ['fixtures/broken/nan-output'], () => {
  test.each([1, 100])('costs only itself, among neighbours %i times', async (times) => {
    const folder = 'fixtures/broken/nan-output'
    const golden = readGolden(folder)
    const rows = rowsOf(readFileSync(asset(`${folder}/golden.f32le`)), golden.spec.dimensions)
    const embedder = await openTestEmbedder({ spec: await folderSpec(asset(folder)), folder: asset(folder) })
    const cases = Array.from({ length: times }, () => golden.cases).flat()
    const results = await embedder.embed(
      cases.map(({ text }) => text),
      { kind: 'passage' },
    )
    await embedder.close()

    expect(golden.cases.filter(({ norm }) => norm === null).length).toBeGreaterThan(0)
    for (const [at, { name, norm }] of cases.entries()) {
      const result = results[at] as EmbedResult
      if (norm === null) expect(!result.ok && result.error.code, name).toBe('NAN_EMBEDDING')
      else {
        const row = rows[at % golden.cases.length] as Float32Array
        expect(largestDifference(vectorsOf([result])[0] as Float32Array, row), name).toBeLessThan(golden.tolerance)
      }
    }
  })
})

function readGolden(folder: string): Golden {
  return JSON.parse(readFileSync(asset(`${folder}/golden.json`), 'utf8')) as Golden
}
