import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { SemdexError } from '../../src/core/errors.ts'
import type { ModelSpec } from '../../src/core/model-spec.ts'
import type { Embedder, EmbedResult } from '../../src/core/ports/embedder.ts'
import { createEmbedder } from '../../src/embedding/embedder.ts'
import { openRemoteEngine } from '../../src/embedding/runtimes/remote/engine.ts'
import type { RequestLimits } from '../../src/embedding/runtimes/remote/plan-requests.ts'
import { PATIENCE, type Patience } from '../../src/embedding/runtimes/remote/retry.ts'
import { asset } from './assets.ts'
import { folderSpec, largestDifference, openTestEmbedder, vectorsOf } from './embedding.ts'
import { type EmbeddingsServer, openEmbeddingsServer, remoteSpec } from './embeddings-server.ts'

/** A fixture behind a server, and embedders that ask it in haste; in a `describe`, which they are opened and closed with. */
export interface RemoteEmbedders {
  readonly server: EmbeddingsServer
  /** The fixture itself. */
  readonly local: Embedder
  open(given?: Given): Embedder
  /** Holds results against what the fixture itself gives. */
  expectRight(results: readonly EmbedResult[], texts: readonly string[]): Promise<void>
}

interface Given {
  remote?: Partial<ModelSpec['remote']>
  dimensions?: number
  key?: string | null
  patience?: Partial<Patience>
  limits?: RequestLimits
}

const HASTE: Patience = { ...PATIENCE, attempts: 4, firstWait: 5, longestWait: 20 }

export function remoteEmbedders(): RemoteEmbedders {
  const folder = asset('fixtures/tiny-bert-mean')
  let local: Embedder
  let served: ModelSpec
  let server: EmbeddingsServer
  const opened: Embedder[] = []
  beforeAll(async () => {
    served = await folderSpec(folder)
    local = await openTestEmbedder({ spec: served, folder })
    server = await openEmbeddingsServer(await openTestEmbedder({ spec: served, folder }))
  }, 60_000)
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((embedder) => embedder.close()))
    server.forget()
  })
  afterAll(() => Promise.all([local.close(), server.close()]))

  return {
    get local() {
      return local
    },
    get server() {
      return server
    },
    open({ remote, dimensions, key = null, patience, limits } = {}) {
      const spec = { ...remoteSpec(server.url, served, remote), ...(dimensions && { dimensions }) }
      const engine = openRemoteEngine({ spec, key, patience: { ...HASTE, ...patience }, ...(limits && { limits }) })
      const embedder = createEmbedder(spec, 'served', engine)
      opened.push(embedder)
      return embedder
    },
    async expectRight(results, texts) {
      const expected = vectorsOf(await embed(local, texts))
      for (const [at, vector] of vectorsOf(results).entries()) {
        expect(largestDifference(vector, expected[at] as Float32Array), texts[at]).toBeLessThan(1e-5)
      }
    },
  }
}

export function embed(embedder: Embedder, texts: readonly string[]): Promise<EmbedResult[]> {
  return embedder.embed(texts, { kind: 'passage' })
}

export function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, at) => `text number ${at}`)
}

export async function failureOf(work: Promise<unknown>): Promise<SemdexError> {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(SemdexError)
  return error as SemdexError
}
