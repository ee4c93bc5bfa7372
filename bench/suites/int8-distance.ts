import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Embedder } from '../../src/core/ports/embedder.ts'
import { openBenchModel } from '../support/model.ts'
import { saveRun } from '../support/run.ts'
import { type Closeness, closeness, vectorsOf } from './closeness.ts'

// How far the default model's int8 vectors are from fp32's, and a text's vector alone from its vector in a batch.
//   npm run bench:int8

const assets = resolve(process.env.SEMDEX_TEST_ASSETS ?? '../shared')
const models = join(assets, 'models')
const int8 = await openBenchModel('all-MiniLM-L6-v2', models)
const fp32 = await openBenchModel('all-MiniLM-L6-v2-fp32', models)
const rows = [
  ...(await compare('1,109 sentences', read('data/golden/scifact_texts.jsonl'))),
  ...(await compare('300 abstracts', read('data/retrieval/scifact/corpus.jsonl').slice(0, 300))),
]
await Promise.all([int8.close(), fp32.close()])
for (const row of rows) process.stdout.write(`${JSON.stringify(row)}\n`)
saveRun('int8-distance', { model: 'all-MiniLM-L6-v2', rows })

function read(file: string): string[] {
  const lines = readFileSync(join(assets, file), 'utf8').trim().split('\n')
  return lines.map((line) => (JSON.parse(line) as { text: string }).text)
}

async function compare(texts: string, values: string[]): Promise<({ texts: string; what: string } & Closeness)[]> {
  const reference = await together(fp32, values)
  const batched = await together(int8, values)
  const alone: Float32Array[] = []
  for (const value of values) alone.push(...(await together(int8, [value])))
  return [
    { texts, what: 'int8 batched, fp32', ...closeness(batched, reference) },
    { texts, what: 'int8 alone, fp32', ...closeness(alone, reference) },
    { texts, what: 'int8 batched, int8 alone', ...closeness(batched, alone) },
  ]
}

async function together(embedder: Embedder, values: string[]): Promise<Float32Array[]> {
  return vectorsOf(await embedder.embed(values, { kind: 'passage' }))
}
