import { readFileSync } from 'node:fs'
import type { EmbeddingKind } from '../../src/core/model-spec.ts'
import type { Embedder } from '../../src/core/ports/embedder.ts'
import { cosine } from '../../src/core/vectors.ts'
import { vectorsOf } from './closeness.ts'

export interface StsPair {
  sentences: [string, string]
  similarity: number
}

/** Two quoted or plain sentences and a similarity on each line. */
export function readStsPairs(file: string): StsPair[] {
  return readFileSync(file, 'utf8')
    .trim()
    .split(/\r?\n/)
    .map((line) => {
      const [one, two, similarity] = csvFields(line)
      return { sentences: [one as string, two as string], similarity: Number(similarity) }
    })
}

/** Spearman's rank correlation between the cosines of the pairs and the similarities that people gave them. */
export async function stsSpearman(
  embedder: Embedder,
  pairs: readonly StsPair[],
  kind: EmbeddingKind = 'passage',
): Promise<number> {
  const sentences = pairs.flatMap((pair) => pair.sentences)
  const vectors = vectorsOf(await embedder.embed(sentences, { kind }))
  const cosines = pairs.map((_, at) => cosine(vectors[2 * at] as Float32Array, vectors[2 * at + 1] as Float32Array))
  return spearman(
    cosines,
    pairs.map(({ similarity }) => similarity),
  )
}

/** Spearman's rank correlation, −1 to 1. */
export function spearman(a: readonly number[], b: readonly number[]): number {
  return pearson(ranks(a), ranks(b))
}

function csvFields(line: string): string[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
  )
}

/** From 1; equal values share the mean of their ranks. */
function ranks(values: readonly number[]): number[] {
  const order = values.map((_, at) => at).sort((a, b) => (values[a] as number) - (values[b] as number))
  const result = new Array<number>(values.length)
  for (let from = 0; from < order.length; ) {
    let to = from
    while (to < order.length && values[order[to] as number] === values[order[from] as number]) to++
    for (const at of order.slice(from, to)) result[at] = (from + 1 + to) / 2
    from = to
  }
  return result
}

function pearson(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const [meanA, meanB] = [mean(a), mean(b)]
  let [products, squaresA, squaresB] = [0, 0, 0]
  for (const [at, value] of a.entries()) {
    const [x, y] = [value - meanA, (b[at] as number) - meanB]
    products += x * y
    squaresA += x * x
    squaresB += y * y
  }
  return products / Math.sqrt(squaresA * squaresB)
}
