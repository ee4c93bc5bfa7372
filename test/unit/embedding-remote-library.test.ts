import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import type { ModelSpec, RemoteModel } from '../../src/core/model-spec.ts'
import { open } from '../../src/index.ts'
import { asset, describeWithAssets } from '../support/assets.ts'
import { folderSpec, openTestEmbedder } from '../support/embedding.ts'
import { type EmbeddingsServer, fails, openEmbeddingsServer, remoteSpec } from '../support/embeddings-server.ts'

describeWithAssets('a remote model by its semdex.json', ['fixtures/tiny-bert-mean'], () => {
  const root = mkdtempSync(join(tmpdir(), 'semdex-remote-'))
  let server: EmbeddingsServer
  let served: ModelSpec
  let folders = 0
  beforeAll(async () => {
    const folder = asset('fixtures/tiny-bert-mean')
    served = await folderSpec(folder)
    server = await openEmbeddingsServer(await openTestEmbedder({ spec: served, folder }))
  }, 60_000)
  afterEach(() => {
    vi.unstubAllEnvs()
    server.forget()
  })
  afterAll(async () => {
    await server.close()
    rmSync(root, { recursive: true, force: true })
  })

  function openWith(remote: Partial<RemoteModel> = {}) {
    const folder = join(root, String(folders++))
    mkdirSync(folder)
    const { inputs: _, ...spec } = remoteSpec(server.url, served, remote)
    writeFileSync(join(folder, 'semdex.json'), JSON.stringify(spec))
    return open({ model: folder, database: join(folder, 'semdex.db'), cacheDirectory: join(root, 'cache') })
  }

  const documents = [
    { id: 'cat', text: 'The cat sat on the mat.' },
    { id: 'files', text: 'Largest files first: ls -S' },
    { id: 'rain', text: 'The rain ran down the window for the rest of the afternoon.' },
  ]

  test('documents are embedded by the server, and found by the vector of the same text', async () => {
    await using db = await openWith()
    expect(await db.add(documents)).toMatchObject({ degraded: null })
    expect(server.requests.flatMap(({ body }) => body.input)).toHaveLength(3)
    const { hits, degraded } = await db.search(documents[2]?.text as string, { mode: 'vector' })
    expect(degraded).toBeNull()
    expect(hits[0]).toMatchObject({ documentId: 'rain' })
    expect(hits[0]?.similarity).toBeCloseTo(1, 5)
    expect(await db.embed('help')).toMatchObject({ dimensions: 48, tokens: expect.any(Number), truncated: null })
  })

  test('the key comes from the variable that the spec names', async () => {
    vi.stubEnv('TEST_EMBEDDINGS_KEY', 'sk-from-the-environment')
    await using db = await openWith({ keyVariable: 'TEST_EMBEDDINGS_KEY' })
    await db.embed('help')
    expect(server.requests[0]?.headers.authorization).toBe('Bearer sk-from-the-environment')
  })

  test('a key that is missing is an error that names the variable', async () => {
    vi.stubEnv('TEST_EMBEDDINGS_KEY', '')
    await using db = await openWith({ keyVariable: 'TEST_EMBEDDINGS_KEY' })
    const error = { code: 'REMOTE_FAILED', fix: expect.stringContaining('TEST_EMBEDDINGS_KEY') }
    await expect(db.embed('help')).rejects.toMatchObject(error)
    expect(server.requests).toHaveLength(0)
  })

  test('without the server texts are stored and found by keyword', async () => {
    server.always(() => fails(401))
    await using db = await openWith()
    expect(await db.add(documents)).toMatchObject({ degraded: { code: 'REMOTE_FAILED' } })
    const { hits, degraded } = await db.search('rain')
    expect(hits.map(({ documentId }) => documentId)).toEqual(['rain'])
    expect(degraded).toMatchObject({ code: 'REMOTE_FAILED' })
  })
})
