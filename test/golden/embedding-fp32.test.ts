import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Embedder } from '../../src/core/ports/embedder.ts'
import { norm } from '../../src/core/vectors.ts'
import { asset, describeWithAssets } from '../support/assets.ts'
import {
  fp32Spec,
  largestDifference,
  openTestEmbedder,
  readJsonLines,
  rowsOf,
  vectorsOf,
} from '../support/embedding.ts'

const NEEDED = [
  'models/all-MiniLM-L6-v2/onnx/model.onnx',
  'data/golden/scifact_texts.jsonl',
  'data/golden/scifact_embeddings.f32le',
]

describeWithAssets('all-MiniLM-L6-v2 fp32 against its published vectors', NEEDED, () => {
  let embedder: Embedder
  beforeAll(async () => {
    embedder = await openTestEmbedder({ spec: fp32Spec(), folder: asset('models/all-MiniLM-L6-v2') })
  })
  afterAll(() => embedder.close())

  test('every element within 1e-5, every norm 1', { timeout: 300_000 }, async () => {
    const texts = readJsonLines<{ text: string }>(asset('data/golden/scifact_texts.jsonl')).map(({ text }) => text)
    const golden = rowsOf(readFileSync(asset('data/golden/scifact_embeddings.f32le')), 384)
    const vectors = vectorsOf(await embedder.embed(texts, { kind: 'passage' }))

    expect(vectors).toHaveLength(golden.length)
    const differences = vectors.map((vector, row) => largestDifference(vector, golden[row] as Float32Array))
    expect(Math.max(...differences)).toBeLessThan(1e-5)
    expect(Math.max(...vectors.map((vector) => Math.abs(norm(vector) - 1)))).toBeLessThan(1e-5)
  })
})
