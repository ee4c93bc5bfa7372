import { describe, test } from 'vitest'
import type { EmbedderSettings } from '../../src/embedding/open-embedder.ts'
import { embedderContract } from '../../src/testing/embedder-contract.ts'
import { asset, describeWithAssets } from '../support/assets.ts'
import { DEFAULT_FOLDER, folderSpec, openTestEmbedder, tokenizeBy } from '../support/embedding.ts'

const runner = { describe, test }
const int8 = { batchCosine: 0.965, tokenize: tokenizeBy(DEFAULT_FOLDER) }

const queueBytes = 200_000
embedderContract('the default model in worker threads', () => openTestEmbedder({ queueBytes }), runner, {
  ...int8,
  queueBytes,
})
embedderContract('the default model inline', () => openTestEmbedder({ mode: 'inline' }), runner, int8)

const FAMILIES: [name: string, settings: Partial<EmbedderSettings>][] = [
  ['tiny-e5-prefix', {}],
  ['tiny-e5-prefix', { provider: 'wasm' }],
  ['tiny-in-graph', {}],
  ['tiny-qodo-last', {}],
  ['tiny-jina-task', {}],
]

for (const [name, settings] of FAMILIES) {
  const { provider = 'cpu' } = settings
  describeWithAssets(`${name}, by ${provider}`, [`fixtures/${name}`], () => {
    const open = async () => {
      const folder = asset(`fixtures/${name}`)
      return openTestEmbedder({ spec: await folderSpec(folder), folder, ...settings })
    }
    embedderContract('in worker threads', open, runner, { tokenize: tokenizeBy(asset(`fixtures/${name}`)) })
  })
}
