import type { Reranker } from '../../src/core/ports/reranker.ts'
import { openReranker, type RerankerSettings } from '../../src/embedding/reranking/open-reranker.ts'
import { folderSpec } from './embedding.ts'

/** The cross-encoder in a folder, as the folder says it is run. */
export async function openTestReranker(folder: string, settings: Partial<RerankerSettings> = {}): Promise<Reranker> {
  const spec = await folderSpec(folder)
  return openReranker({
    spec,
    folder,
    fingerprint: 'a reranker of a test',
    workers: 2,
    threads: 1,
    provider: 'cpu',
    queueBytes: 64_000_000,
    idleSeconds: 0,
    ...settings,
  })
}
