import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, test } from 'vitest'
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
