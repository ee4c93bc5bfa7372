import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { EmbeddingKind, ModelSpec } from '../../src/core/model-spec.ts'
import type { Embedder, EmbedResult } from '../../src/core/ports/embedder.ts'
import { openStaticModel, readModelTable } from '../../src/embedding/runtimes/static/model.ts'
import { asset, describeWithAssets } from '../support/assets.ts'
import { folderSpec, largestDifference, openTestEmbedder, rowsOf, vectorsOf } from '../support/embedding.ts'

interface Golden {
  tolerance: number
  spec: Pick<ModelSpec, 'runtime' | 'pooling' | 'maxTokens' | 'dimensions' | 'prompts'>
  cases: { name: string; text: string; kind: EmbeddingKind; ids: number[]; norm: number }[]
}

for (const name of ['tiny-static', 'tiny-static-f16']) {
  const folder = `fixtures/${name}`
  describeWithAssets(`${name} against its golden vectors`, [folder], () => {
    const golden = JSON.parse(readFileSync(asset(`${folder}/golden.json`), 'utf8')) as Golden
    const rows = rowsOf(readFileSync(asset(`${folder}/golden.f32le`)), golden.spec.dimensions)
    const texts = golden.cases.map(({ text }) => text)
    let spec: ModelSpec
    beforeAll(async () => {
      spec = await folderSpec(asset(folder))
    })

    test('the folder says how the model is run', () => {
      const { runtime, pooling, maxTokens, dimensions, prompts } = golden.spec
      expect(spec).toMatchObject({ runtime, pooling, maxTokens, dimensions, prompts })
    })

    test('the runtime gives every row, the zero vectors included', async () => {
      const table = await readModelTable({ spec, folder: asset(folder) })
      const model = await openStaticModel({ spec, folder: asset(folder), table })
      const { encodings, vectors } = model.embed(texts).value
      expect(encodings.map(({ tokens }) => tokens)).toEqual(golden.cases.map(({ ids }) => ids.length))
      expect(golden.cases.filter(({ norm }) => norm === 0)).toHaveLength(3)
      for (const [row, { name: title }] of golden.cases.entries()) {
        const vector = vectors.subarray(row * spec.dimensions, (row + 1) * spec.dimensions)
        expect(largestDifference(vector, rows[row] as Float32Array), title).toBeLessThan(golden.tolerance)
      }
    })

    describe.each(['threads', 'inline'] as const)('%s', (mode) => {
      let embedder: Embedder
      beforeAll(async () => {
        embedder = await openTestEmbedder({ spec, folder: asset(folder), mode })
      }, 60_000)
      afterAll(() => embedder.close())

      function check(results: readonly EmbedResult[], at: (index: number) => number): void {
        for (const [index, result] of results.entries()) {
          const { name: title, norm, ids } = golden.cases[at(index)] as Golden['cases'][number]
          if (norm === 0) {
            expect(!result.ok && result.error.code, title).toBe('EMPTY_EMBEDDING')
            continue
          }
          expect(result.ok && result.tokens, title).toBe(ids.length)
          const row = rows[at(index)] as Float32Array
          expect(largestDifference(vectorsOf([result])[0] as Float32Array, row), title).toBeLessThan(golden.tolerance)
        }
      }

      test('one by one', async () => {
        for (const [row, { text, kind }] of golden.cases.entries())
          check(await embedder.embed([text], { kind }), () => row)
      })

      test('all at once, many times over', async () => {
        const times = 20
        const many = Array.from({ length: times }, () => texts).flat()
        const results = await embedder.embed(many, { kind: 'passage' })
        expect(results).toHaveLength(times * texts.length)
        check(results, (index) => index % texts.length)
      })

      test('for callers at the same time', async () => {
        const calls = await Promise.all(
          Array.from({ length: 30 }, (_, at) => embedder.embed(texts, { kind: at % 3 === 0 ? 'query' : 'passage' })),
        )
        for (const results of calls) check(results, (index) => index)
      })
    })
  })
}
