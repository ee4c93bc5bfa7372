import { describe, test } from 'vitest'
import { embedderContract } from '../../src/testing/embedder-contract.ts'
import { asset, describeWithAssets } from '../support/assets.ts'
import { folderSpec, openTestEmbedder } from '../support/embedding.ts'

const runner = { describe, test }
const int8 = { batchCosine: 0.965 }

embedderContract('the default model in worker threads', () => openTestEmbedder(), runner, int8)
embedderContract('the default model inline', () => openTestEmbedder({ mode: 'inline' }), runner, int8)

describeWithAssets('fp32 with prompts', ['fixtures/tiny-e5-prefix'], () => {
  const open = async () => {
    const folder = asset('fixtures/tiny-e5-prefix')
    return openTestEmbedder({ spec: await folderSpec(folder), folder })
  }
  embedderContract('tiny-e5-prefix in worker threads', open, runner)
})
