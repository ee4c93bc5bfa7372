import { expect, test } from 'vitest'
import { readStsPairs, stsSpearman } from '../../bench/suites/sts-score.ts'
import type { Embedder } from '../../src/core/ports/embedder.ts'
import { asset, describeWithAssets } from '../support/assets.ts'
import { openTestEmbedder } from '../support/embedding.ts'

const DATA = 'data/sts/stsb-en-test.csv'

describeWithAssets('STS-B test set', [DATA], () => {
  test('int8 reaches .818', { timeout: 240_000 }, async () => {
    expect(await spearmanOf(await openTestEmbedder())).toBeGreaterThanOrEqual(0.818)
  })
})

async function spearmanOf(embedder: Embedder): Promise<number> {
  const pairs = readStsPairs(asset(DATA))
  expect(pairs).toHaveLength(1_379)
  try {
    return await stsSpearman(embedder, pairs)
  } finally {
    await embedder.close()
  }
}
