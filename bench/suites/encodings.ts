import { join, resolve } from 'node:path'
import { cosine, hammingSimilarity, int8Cosine, toBinary, toInt8 } from '../../src/core/vectors.ts'
import { openBenchModel } from '../support/model.ts'
import { saveRun } from '../support/run.ts'
import { vectorsOf } from './closeness.ts'
import { readStsPairs, spearman } from './sts-score.ts'

// What int8 and binary vectors lose: rank correlation with people's judgement (STS-B, test set), and with float32.
//   npm run bench:encodings

const assets = resolve(process.env.SEMDEX_TEST_ASSETS ?? '../shared')
const pairs = readStsPairs(join(assets, 'data/sts/stsb-en-test.csv'))
const embedder = await openBenchModel('all-MiniLM-L6-v2', join(assets, 'models'))
const sentences = pairs.flatMap((pair) => pair.sentences)
const vectors = vectorsOf(await embedder.embed(sentences, { kind: 'passage' }))
await embedder.close()

const exact = similarities((vector) => vector, cosine)
const { dimensions } = embedder.spec
const rows = [
  measure('float32', dimensions * 4, exact),
  measure(
    'int8',
    dimensions,
    similarities((vector) => toInt8(vector).values, int8Cosine),
  ),
  measure(
    'binary',
    dimensions / 8,
    similarities(toBinary, (a, b) => hammingSimilarity(a, b, dimensions)),
  ),
]
for (const row of rows) process.stdout.write(`${JSON.stringify(row)}\n`)
saveRun('encodings', { model: embedder.spec.name, data: 'stsb-en-test.csv', pairs: pairs.length, rows })

function similarities<T>(encode: (vector: Float32Array) => T, compare: (a: T, b: T) => number): number[] {
  const encoded = vectors.map(encode)
  return pairs.map((_, at) => compare(encoded[2 * at] as T, encoded[2 * at + 1] as T))
}

function measure(encoding: string, bytes: number, values: readonly number[]) {
  const people = pairs.map(({ similarity }) => similarity)
  const round = (value: number) => Number(value.toFixed(4))
  return { encoding, bytes, people: round(spearman(values, people)), float32: round(spearman(values, exact)) }
}
