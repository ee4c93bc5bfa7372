import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Embedder } from '../../src/core/ports/embedder.ts'
import { openEmbedder } from '../../src/embedding/open-embedder.ts'
import { embeddingFingerprint } from '../../src/models/fingerprint.ts'
import { locateModel } from '../../src/models/locate.ts'

/**
 * A model by its name or folder, with two workers of one thread. Its files are taken as they are, not verified: an own
 * export of a published model has another sha256.
 */
export async function openBenchModel(name: string, modelFolder: string): Promise<Embedder> {
  const places = { modelFolders: [modelFolder], cacheDirectory: join(tmpdir(), 'semdex-bench') }
  const { spec, folder } = await locateModel(name, places)
  if (folder === null) throw new Error(`${name} is not below ${modelFolder}`)
  const fingerprint = embeddingFingerprint(spec) as string
  return openEmbedder({
    spec,
    folder,
    fingerprint,
    mode: 'threads',
    workers: 2,
    threads: 1,
    provider: 'cpu',
    queueBytes: 1e9,
    idleSeconds: 0,
    cacheDirectory: null,
    cache: null,
    remoteKey: null,
  })
}
