import { writeFileSync } from 'node:fs'
import { fromRepository } from '../../scripts/support/paths.ts'
import { DOCUMENT_BUCKETS, documentFeatures } from '../../src/routing/document-features.ts'
import { QUERY_BUCKETS, queryFeatures } from '../../src/routing/query-features.ts'
import { collectDocuments, type Sample } from './documents.ts'
import { fetchPackages } from './fetch.ts'
import { type Example, featuresOf, type LinearModel, trainLinear } from './logistic.ts'
import { type QueryLabel, sequence, trainingQueries } from './training-queries.ts'

// Trains both classifiers and writes their weights: the same packages give the same bytes.
//   npm run train:routing [-- FOLDER]

const LABELS: readonly QueryLabel[] = ['text', 'code', 'both']
const folder = await fetchPackages(process.argv[2])
const samples = collectDocuments(folder, 'train', new Set())
const documents = trainDocuments(samples)
const queries = trainQueries(samples)
const tables = [
  quantised(documents, 1, 0),
  quantised(queries, LABELS.indexOf('code'), LABELS.indexOf('text')),
  quantised(queries, LABELS.indexOf('both'), LABELS.indexOf('text')),
]
const bytes = Buffer.concat([
  ...tables.map(({ scale, bias }) => Buffer.from(Float32Array.of(scale, bias).buffer)),
  ...tables.map(({ weights }) => Buffer.from(weights.buffer)),
])
writeFileSync(fromRepository('src/routing/weights.bin'), bytes)
process.stdout.write(`${samples.length} files; ${bytes.length} bytes of weights\n`)

/** Whole files, their beginnings, and short pieces of them. */
function trainDocuments(samples: readonly Sample[]): LinearModel {
  const random = sequence(5)
  const pieces = samples.flatMap((sample) => [...pieceOf(sample, random), headOf(sample, random)])
  const weightOf = weighing([...samples, ...pieces].map(({ side, language }) => `${side} ${language}`))
  const examples = [...samples, ...pieces].map(({ side, language, text }) => ({
    features: featuresOf(documentFeatures, text),
    label: side === 'code' ? 1 : 0,
    weight: weightOf(`${side} ${language}`),
  }))
  return trainLinear(balanced(examples, 2), {
    ...{ buckets: DOCUMENT_BUCKETS, classes: 2, epochs: 20, rate: 0.1, decay: 1e-6 },
    random,
  })
}

function trainQueries(samples: readonly Sample[]): LinearModel {
  const queries = trainingQueries(samples, folder)
  const examples = queries.map(({ query, label }) => ({
    features: featuresOf(queryFeatures, query),
    label: LABELS.indexOf(label),
    weight: 1,
  }))
  return trainLinear(balanced(examples, LABELS.length), {
    ...{ buckets: QUERY_BUCKETS, classes: LABELS.length, epochs: 5, rate: 0.1, decay: 1e-5 },
    random: sequence(3),
  })
}

/** The beginning of a file, as a short document of the same kind. */
function headOf(sample: Sample, random: () => number): Sample {
  return { ...sample, text: sample.text.slice(0, 700 + Math.floor(random() * 1_300)) }
}

/** Three to twelve lines of a file, where they show what the file is: no comment of code, no code of prose. */
function pieceOf(sample: Sample, random: () => number): Sample[] {
  const lines = sample.text.split('\n')
  const count = 3 + Math.floor(random() * 10)
  const start = Math.floor(random() * Math.max(1, lines.length - count))
  const piece = lines.slice(start, start + count)
  const text = piece.join('\n')
  if (text.trim().length < 40) return []
  const comments = piece.filter((line) => /^\s*(?:#(?!include|define|if)|\/\/|\/?\*|--|;|%|<!--)/.test(line)).length
  const soft = (text.match(/[\p{L}\s,.'-]/gu) ?? []).length / text.length
  const isTypical = sample.side === 'code' ? comments <= piece.length / 3 : soft > 0.93
  return isTypical ? [{ ...sample, text }] : []
}

/** Large languages count more than small ones, but not by their number of files. */
function weighing(groups: readonly string[]): (group: string) => number {
  const sizes = new Map<string, number>()
  for (const group of groups) sizes.set(group, (sizes.get(group) ?? 0) + 1)
  return (group) => (sizes.get(group) ?? 1) ** -0.4
}

/** The classes count alike, and an example counts 1 on average. */
function balanced(examples: Example[], classes: number): Example[] {
  const totals = new Float64Array(classes)
  for (const { label, weight } of examples) totals[label] = (totals[label] as number) + weight
  return examples.map((example) => ({
    ...example,
    weight: (example.weight * examples.length) / (classes * (totals[example.label] as number)),
  }))
}

/** One class against another, in steps of a 127th of the largest weight that matters. */
function quantised({ tables, biases }: LinearModel, of: number, against: number) {
  const values = (tables[of] as Float32Array).map((value, at) => value - (tables[against]?.[at] as number))
  const sorted = values.map(Math.abs).sort()
  const scale = (sorted[Math.floor(sorted.length * 0.9995)] as number) / 127
  const weights = Int8Array.from(values, (value) => Math.max(-127, Math.min(127, Math.round(value / scale))))
  return { weights, scale, bias: (biases[of] as number) - (biases[against] as number) }
}
