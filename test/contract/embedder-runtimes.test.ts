import { afterAll, describe, test } from 'vitest'
import { embedderContract } from '../../src/testing/embedder-contract.ts'
import { asset, describeWithAssets } from '../support/assets.ts'
import { folderSpec, openTestEmbedder, tokenizeBy } from '../support/embedding.ts'
import { type EmbeddingsServer, openEmbeddingsServer, remoteSpec } from '../support/embeddings-server.ts'

const runner = { describe, test }

describeWithAssets('token tables', ['fixtures/tiny-static'], () => {
  const folder = asset('fixtures/tiny-static')
  const expected = { readsNoReplacement: true, tokenize: tokenizeBy(folder) }
  for (const mode of ['threads', 'inline'] as const) {
    const open = async () => openTestEmbedder({ spec: await folderSpec(folder), folder, mode })
    embedderContract(`tiny-static, ${mode}`, open, runner, expected)
  }
})

describeWithAssets('a server', ['fixtures/tiny-bert-mean'], () => {
  const folder = asset('fixtures/tiny-bert-mean')
  let server: Promise<EmbeddingsServer> | null = null
  afterAll(async () => (await server)?.close())

  async function start(): Promise<EmbeddingsServer> {
    return openEmbeddingsServer(await openTestEmbedder({ spec: await folderSpec(folder), folder }))
  }
  const open = async () => {
    server ??= start()
    const spec = remoteSpec((await server).url, await folderSpec(folder))
    return openTestEmbedder({ spec, folder: '', fingerprint: 'served' })
  }
  embedderContract('tiny-bert-mean behind a server', open, runner, { silent: true })
  embedderContract(
    'with prompts',
    async () => {
      server ??= start()
      const spec = remoteSpec((await server).url, await folderSpec(folder))
      const prompts = { query: 'query: ', passage: 'passage: ' }
      return openTestEmbedder({ spec: { ...spec, prompts }, folder: '', fingerprint: 'served' })
    },
    runner,
    { silent: true },
  )
})
