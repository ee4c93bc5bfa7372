import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Embedder } from '../../src/core/ports/embedder.ts'
import { cosine } from '../../src/core/vectors.ts'
import { inRepository } from '../support/assets.ts'
import { type Closeness, closeness, openTestEmbedder, readJsonLines, rowsOf, vectorsOf } from '../support/embedding.ts'
import { int8WeightRange } from '../support/onnx-file.ts'

/** docs/models.md states these limits, docs/decisions/0021-int8-tolerance.md the measurements behind them. */
const LIMITS: Closeness = { minimum: 0.965, median: 0.985, element: 0.06 }

const TEXTS = inRepository('test/golden/data/minilm-texts.jsonl')
const VECTORS = inRepository('test/golden/data/minilm-vectors.f32le')

describe('the default model, int8', () => {
  const texts = readJsonLines<{ text: string }>(TEXTS).map(({ text }) => text)
  const golden = rowsOf(readFileSync(VECTORS), 384)
  let embedder: Embedder
  let batched: Float32Array[]
  let alone: Float32Array[]
  beforeAll(async () => {
    embedder = await openTestEmbedder()
    batched = vectorsOf(await embedder.embed(texts, { kind: 'passage' }))
    alone = []
    for (const text of texts) alone.push(...vectorsOf(await embedder.embed([text], { kind: 'passage' })))
  })
  afterAll(() => embedder.close())

  test('is near the published fp32 vectors, batched', () => expectWithinLimits(closeness(batched, golden)))

  test('is near the published fp32 vectors, one by one', () => expectWithinLimits(closeness(alone, golden)))

  test('gives a text in a batch nearly the vector it gives it alone', () =>
    expectWithinLimits(closeness(batched, alone)))

  test('tells what means the same from what does not', async () => {
    const sentences = ['hello world', 'hi world', 'quantum physics']
    const [hello, hi, quantum] = vectorsOf(await embedder.embed(sentences, { kind: 'query' })) as [
      Float32Array,
      Float32Array,
      Float32Array,
    ]
    expect(cosine(hello, hi)).toBeGreaterThan(0.8)
    expect(cosine(hello, quantum)).toBeLessThan(0.5)
    expect(cosine(hi, quantum)).toBeLessThan(0.5)
  })

  // Processors without VNNI add two products of an unsigned and a signed byte in 16 bits, and cut what does not fit.
  // 2 · 255 · 64 = 32,640 fits, so with weights in this range they compute what processors with VNNI compute.
  test('has weights that no processor overflows with', () => {
    const { least, most, tensors } = int8WeightRange(inRepository('models/all-MiniLM-L6-v2/onnx/model_quantized.onnx'))
    expect(tensors).toBe(36)
    expect(least).toBeGreaterThanOrEqual(-64)
    expect(most).toBeLessThanOrEqual(64)
  })
})

function expectWithinLimits({ minimum, median, element }: Closeness): void {
  expect(minimum).toBeGreaterThan(LIMITS.minimum)
  expect(median).toBeGreaterThan(LIMITS.median)
  expect(element).toBeLessThan(LIMITS.element)
}
