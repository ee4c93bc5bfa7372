import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { asset, describeWithAssets } from '../support/assets.ts'
import { newUser } from '../support/cli.ts'
import { folderSpec, openTestEmbedder } from '../support/embedding.ts'
import { openEmbeddingsServer, remoteSpec } from '../support/embeddings-server.ts'

const LINES = Array.from({ length: 40 }, (_, at) => `How do I list the ${at} largest files?`)
const MINUTE = 60_000

describeWithAssets('models that ONNX Runtime does not run', ['fixtures/tiny-static', 'fixtures/tiny-bert-mean'], () => {
  const user = newUser()
  afterAll(() => user.remove())

  async function embedLines(model: string, folder: string, env?: NodeJS.ProcessEnv): Promise<void> {
    const options = { stdin: LINES.join('\n'), timeout: MINUTE, ...(env && { env }) }
    const { results } = await user.json(['embed', '--model', model], options)
    const local = await openTestEmbedder({ spec: await folderSpec(folder), folder })
    const expected = await local.embed(LINES, { kind: 'passage' })
    await local.close()
    expect(results).toHaveLength(LINES.length)
    for (const [at, result] of expected.entries()) {
      if (!result.ok) throw result.error
      const { embedding } = results[at] as { embedding: number[] }
      for (const [i, value] of result.vector.entries()) expect(embedding[i]).toBeCloseTo(value, 5)
    }
  }

  test(
    'a token table, in threads for many texts and without them for one',
    async () => {
      const folder = asset('fixtures/tiny-static')
      await embedLines(folder, folder)
      const one = await user.json(['embed', LINES[0] as string, '--model', folder], { timeout: MINUTE })
      expect(one).toMatchObject({ dimensions: 64, results: [{ tokens: expect.any(Number), truncated: false }] })
    },
    3 * MINUTE,
  )

  test(
    'a server, with the key of the variable that the spec names',
    async () => {
      const folder = asset('fixtures/tiny-bert-mean')
      const served = await folderSpec(folder)
      const server = await openEmbeddingsServer(await openTestEmbedder({ spec: served, folder }))
      const model = join(user.folder, 'served')
      mkdirSync(model)
      writeFileSync(
        join(model, 'semdex.json'),
        JSON.stringify(remoteSpec(server.url, served, { keyVariable: 'MY_KEY' })),
      )

      await embedLines(model, folder, { MY_KEY: 'sk-1' })
      expect(new Set(server.requests.map(({ headers }) => headers.authorization))).toEqual(new Set(['Bearer sk-1']))
      const { status, stdout, stderr } = await user.semdex(['embed', 'help', '--model', model], { timeout: MINUTE })
      await server.close()
      expect([status, stdout]).toEqual([5, ''])
      expect(stderr).toContain('MY_KEY')
    },
    3 * MINUTE,
  )
})
