import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { EmbedOptions, EmbedResult } from '../../src/core/ports/embedder.ts'
import { asset, describeWithAssets, inRepository } from '../support/assets.ts'
import {
  closeness,
  folderSpec,
  largestDifference,
  openTestEmbedder,
  readJsonLines,
  rowsOf,
  vectorsOf,
} from '../support/embedding.ts'
import { readGolden } from '../support/golden.ts'

/** docs/decisions/0027-webassembly.md states these limits: fp32 as on the CPU, int8 as far from fp32 as on the CPU. */
const FP32 = 1e-5
const INT8 = { minimum: 0.965, median: 0.985, element: 0.06 }

const FAMILIES = ['tiny-bert-mean', 'tiny-e5-prefix', 'tiny-in-graph', 'tiny-qodo-last', 'tiny-jina-task']

describe.each(['threads', 'inline'] as const)('WebAssembly, %s', (mode) => {
  for (const name of FAMILIES) {
    const folder = `fixtures/${name}`
    describeWithAssets(name, [folder], () => {
      test('gives the golden vectors', { timeout: 120_000 }, async () => {
        const { cases, rows } = readGolden(folder)
        const spec = await folderSpec(asset(folder))
        const embedder = await openTestEmbedder({ spec, folder: asset(folder), provider: 'wasm', mode })
        for (const [row, { text, kind, task, name: title }] of cases.entries()) {
          const options: EmbedOptions = { kind, ...(task && { task }) }
          const [vector] = vectorsOf((await embedder.embed([text], options)) as [EmbedResult]) as [Float32Array]
          expect(largestDifference(vector, rows[row] as Float32Array), title).toBeLessThan(FP32)
        }
        await embedder.close()
      })
    })
  }
})

test('WebAssembly keeps the int8 default near the published fp32 vectors', { timeout: 240_000 }, async () => {
  const texts = readJsonLines<{ text: string }>(inRepository('test/golden/data/minilm-texts.jsonl')).slice(0, 60)
  const golden = rowsOf(readFileSync(inRepository('test/golden/data/minilm-vectors.f32le')), 384).slice(0, texts.length)
  const embedder = await openTestEmbedder({ provider: 'wasm' })
  const results = await embedder.embed(
    texts.map(({ text }) => text),
    { kind: 'passage' },
  )
  await embedder.close()
  const { minimum, median, element } = closeness(vectorsOf(results), golden)
  expect(minimum).toBeGreaterThan(INT8.minimum)
  expect(median).toBeGreaterThan(INT8.median)
  expect(element).toBeLessThan(INT8.element)
})
