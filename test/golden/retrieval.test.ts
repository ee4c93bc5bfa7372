import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadConfiguration } from '../../src/compose/configuration.ts'
import { openParts } from '../../src/compose/parts.ts'
import type { Parts } from '../../src/core/parts.ts'
import type { SearchMode } from '../../src/core/search.ts'
import { invoke } from '../../src/operations/operation.ts'
import { operations } from '../../src/operations/table.ts'
import { asset, describeWithAssets } from '../support/assets.ts'

/** The least nDCG@10 that the default model must reach; `npm run bench:retrieval` judges the other data sets too. */
const LEAST: [set: string, mode: SearchMode, ndcg: number][] = [
  ['xquad-en', 'vector', 0.93],
  ['xquad-en', 'hybrid', 0.965],
  ['med', 'vector', 0.78],
  ['med', 'hybrid', 0.8],
]

const MINUTE = 60_000

describeWithAssets('retrieval quality of the default model', ['data/retrieval/xquad-en', 'data/retrieval/med'], () => {
  let folder: string
  let parts: Parts

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'semdex-retrieval-'))
    const flags = { database: join(folder, 'unused.db'), cacheDirectory: folder, synchronous: 'normal' }
    parts = openParts(loadConfiguration({ flags, environment: {} }), { mode: 'threads' })
  })

  afterAll(async () => {
    await parts.close()
    await rm(folder, { recursive: true, force: true })
  })

  for (const [set, mode, ndcg] of LEAST) {
    test(`${set}, ${mode}: nDCG@10 of at least ${ndcg}`, { timeout: 8 * MINUTE }, async () => {
      const report = await invoke(await operations.eval(), parts, { folder: asset(`data/retrieval/${set}`), mode })
      expect(report['ndcg@10']).toBeGreaterThanOrEqual(ndcg)
    })
  }
})
