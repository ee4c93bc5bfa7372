import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { EmbeddingKind } from '../../src/core/model-spec.ts'
import { openBenchModel } from '../support/model.ts'
import { saveRun } from '../support/run.ts'
import { readStsPairs, stsSpearman } from './sts-score.ts'

// How well cosines agree with people's judgement of how much two sentences say the same (STS-B, test set).
//   npm run bench:sts -- [--model NAME]... [--kind query|passage]

const { values: flags } = parseArgs({
  options: {
    model: {
      type: 'string',
      multiple: true,
      default: ['all-MiniLM-L6-v2', 'all-MiniLM-L6-v2-fp32', 'bge-small-en-v1.5', 'e5-small-v2'],
    },
    kind: { type: 'string', default: 'passage' },
  },
})
const assets = resolve(process.env.SEMDEX_TEST_ASSETS ?? '../shared')
const pairs = readStsPairs(join(assets, 'data/sts/stsb-en-test.csv'))
const rows = []
for (const model of flags.model) rows.push(await measure(model, flags.kind as EmbeddingKind))
for (const row of rows) process.stdout.write(`${JSON.stringify(row)}\n`)
saveRun(flags.kind === 'query' ? 'sts-query' : 'sts', { data: 'stsb-en-test.csv', pairs: pairs.length, rows })

async function measure(model: string, kind: EmbeddingKind) {
  const embedder = await openBenchModel(model, join(assets, 'models'))
  const spearman = await stsSpearman(embedder, pairs, kind)
  await embedder.close()
  return { model, precision: embedder.spec.precision, kind, spearman: Number(spearman.toFixed(4)) }
}
