import type { EmbedResult } from '../../src/core/ports/embedder.ts'
import { cosine } from '../../src/core/vectors.ts'

export interface Closeness {
  /** The least and the middle cosine. */
  minimum: number
  median: number
  /** The largest difference of two elements. */
  element: number
}

/** How near each vector is to the one beside it. */
export function closeness(vectors: readonly Float32Array[], others: readonly Float32Array[]): Closeness {
  if (vectors.length !== others.length) throw new Error(`${vectors.length} vectors beside ${others.length}`)
  const cosines = vectors.map((vector, row) => cosine(vector, others[row] as Float32Array)).sort((a, b) => a - b)
  const elements = vectors.map((vector, row) => largestDifference(vector, others[row] as Float32Array))
  return {
    minimum: cosines[0] as number,
    median: cosines[cosines.length >> 1] as number,
    element: Math.max(...elements),
  }
}

export function largestDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((most, value, at) => Math.max(most, Math.abs(value - (b[at] as number))), 0)
}

/** The vectors of results that must all be vectors. */
export function vectorsOf(results: readonly EmbedResult[]): Float32Array[] {
  return results.map((result) => {
    if (!result.ok) throw result.error
    return result.vector
  })
}
