import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir, totalmem } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { EmbeddingKind, ModelSpec } from '../../src/core/model-spec.ts'
import { openEmbedder } from '../../src/embedding/embedder.ts'
import { embeddingFingerprint } from '../../src/models/fingerprint.ts'
import { locateModel } from '../../src/models/locate.ts'
import { readStsPairs, stsSpearman } from './sts-score.ts'

const { values: flags } = parseArgs({
  options: {
    model: { type: 'string', default: 'all-MiniLM-L6-v2' },
    models: { type: 'string', default: '../shared/models' },
    data: { type: 'string', default: '../shared/data/sts/stsb-en-test.csv' },
    kind: { type: 'string', default: 'passage' },
    out: { type: 'string' },
  },
})

const { spec, folder } = await locateModel(flags.model, {
  modelFolders: [resolve(flags.models)],
  cacheDirectory: join(tmpdir(), 'semdex-bench'),
})
if (folder === null) throw new Error(`${flags.model} is not below ${flags.models}`)
const run = await measure(spec, folder, flags.kind as EmbeddingKind)
process.stdout.write(`${JSON.stringify(run, null, 2)}\n`)
if (flags.out) {
  mkdirSync(join(flags.out, '..'), { recursive: true })
  writeFileSync(flags.out, `${JSON.stringify(run, null, 2)}\n`)
}

/** Files are taken as they are, not verified: an own export of a published model has another sha256. */
async function measure(model: ModelSpec, modelFolder: string, kind: EmbeddingKind) {
  const pairs = readStsPairs(resolve(flags.data))
  const embedder = await openEmbedder({
    spec: model,
    folder: modelFolder,
    fingerprint: embeddingFingerprint(model),
    mode: 'threads',
    workers: 2,
    threads: 1,
    cacheDirectory: null,
  })
  const started = performance.now()
  const spearman = await stsSpearman(embedder, pairs, kind)
  const seconds = (performance.now() - started) / 1_000
  await embedder.close()
  return {
    suite: 'sts',
    data: basename(flags.data),
    pairs: pairs.length,
    model: model.name,
    precision: model.precision,
    kind,
    spearman: Number(spearman.toFixed(4)),
    seconds: Number(seconds.toFixed(1)),
    command: `node bench/suites/sts.ts ${process.argv.slice(2).join(' ')}`.trim(),
    machine: machine(),
  }
}

function machine() {
  const [first] = cpus()
  return {
    processor: first?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform}-${process.arch}`,
    node: process.versions.node,
  }
}
