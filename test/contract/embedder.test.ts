import { embedderContract } from '../../src/testing/embedder.ts'
import { asset, describeWithAssets } from '../support/assets.ts'
import { folderSpec, openTestEmbedder } from '../support/embedding.ts'

embedderContract('the default model in worker threads', { create: () => openTestEmbedder(), batchCosine: 0.965 })
embedderContract('the default model inline', {
  create: () => openTestEmbedder({ mode: 'inline' }),
  batchCosine: 0.965,
})

describeWithAssets('fp32 with prompts', ['fixtures/tiny-e5-prefix'], () => {
  embedderContract('tiny-e5-prefix in worker threads', {
    async create() {
      const folder = asset('fixtures/tiny-e5-prefix')
      return openTestEmbedder({ spec: await folderSpec(folder), folder })
    },
  })
})
