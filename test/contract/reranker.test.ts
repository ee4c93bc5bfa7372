import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { rerankerContract } from '../../src/testing/reranker-contract.ts'
import { asset, describeWithAssets } from '../support/assets.ts'
import { writeReranker } from '../support/reranker-folder.ts'
import { openTestReranker } from '../support/reranking.ts'

const runner = { describe, test }
const home = mkdtempSync(join(tmpdir(), 'semdex-reranker-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))

for (const form of ['bert', 'xlm-r'] as const) {
  const folder = join(home, form)
  const words = { files: 0.25, size: 0.5, sorted: 1, help: -1, the: 0.125 }
  writeReranker(folder, { form, words, maxTokens: 96 })
  rerankerContract(`a sum of words, pairs as ${form} writes them`, () => openTestReranker(folder), runner)
}

describeWithAssets('a cross-encoder', ['fixtures/tiny-reranker'], () => {
  rerankerContract('tiny-reranker', () => openTestReranker(asset('fixtures/tiny-reranker')), runner)
})

test('a call beyond what may wait is refused, and one alone is taken whatever its size', async () => {
  const folder = join(home, 'bert')
  const reranker = await openTestReranker(folder, { queueBytes: 1_000 })
  const passages = Array.from({ length: 200 }, () => 'sorted files')
  const first = reranker.rerank('size', passages)
  await expect(reranker.rerank('size', passages)).rejects.toMatchObject({ code: 'EMBEDDER_BUSY' })
  expect(await first).toHaveLength(200)
  expect(await reranker.rerank('size', passages)).toHaveLength(200)
  await reranker.close()
})

test('a device that is not here is refused with the reason', async () => {
  const provider = process.platform === 'darwin' ? 'cuda' : 'coreml'
  await expect(openTestReranker(join(home, 'bert'), { provider })).rejects.toMatchObject({
    code: 'PROVIDER_UNAVAILABLE',
    details: { provider, reason: expect.stringMatching(/./) },
  })
})
