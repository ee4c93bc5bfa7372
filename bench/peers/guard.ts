import { join } from 'node:path'
import { cosine } from '../../src/core/vectors.ts'
import { openBenchModel } from '../support/model.ts'
import type { Check } from './child.ts'
import type { Contender } from './contenders.ts'
import { ASSETS } from './environments.ts'

/** The least cosine of a contender's vectors with those it should have. */
export interface Guarded {
  int8: number | null
  fp32: number
}

export interface Guard {
  /** @throws {Error} where a contender's vectors of the guard's texts are not the model's */
  vectors(contender: Contender, vectors: readonly (readonly number[])[]): Guarded
  /**
   * @param work What was done, in which batches: with int8 weights a text's vector depends on its neighbours.
   * @throws {Error} where a run left work out: fewer vectors, or others than at the same work before
   */
  run(contender: Contender, work: string, check: Check, texts: number): void
}

const LEAST = 0.95

/** Holds contenders to the vectors of Semdex's own int8 and fp32 weights, so that nobody wins by doing less. */
export async function openGuard(texts: readonly string[]): Promise<Guard> {
  const int8 = await embedAll('all-MiniLM-L6-v2', texts)
  const fp32 = await embedAll('all-MiniLM-L6-v2-fp32', texts)
  const sums = new Map<string, number>()
  return {
    vectors({ name, precision }, vectors) {
      const found = {
        int8: precision === 'int8' ? leastCosine(vectors, int8) : null,
        fp32: leastCosine(vectors, fp32),
      }
      if (Math.min(found.int8 ?? 1, found.fp32) > LEAST) return found
      throw new Error(`${name} has other vectors than the model: cosines of ${JSON.stringify(found)}`)
    },
    run({ name }, work, { vectors, squares, sum }, count) {
      const key = `${name} ${work} ${count}`
      const expected = sums.get(key) ?? sum
      sums.set(key, expected)
      const same = Math.abs(sum - expected) < 0.01 * Math.max(count, Math.abs(expected))
      if (vectors === count && Math.abs(squares - count) < 0.001 * count && same) return
      throw new Error(`${name} answered ${vectors} vectors (${squares}, ${sum}) for ${count} texts (${expected})`)
    },
  }
}

async function embedAll(model: string, texts: readonly string[]): Promise<Float32Array[]> {
  const embedder = await openBenchModel(model, join(ASSETS, 'models'))
  const results = await embedder.embed(texts, { kind: 'passage' })
  await embedder.close()
  return results.map((result) => {
    if (!result.ok) throw result.error
    return result.vector
  })
}

function leastCosine(vectors: readonly (readonly number[])[], expected: readonly Float32Array[]): number {
  const cosines = expected.map((vector, at) => cosine(Float32Array.from(vectors[at] ?? []), vector))
  return Number(Math.min(...cosines).toFixed(4))
}
