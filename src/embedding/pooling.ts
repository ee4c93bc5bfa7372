import type { Pooling } from '../core/model-spec.ts'

/**
 * What a model computed for a batch: `data` has shape [texts, tokens, dimensions]; row i has `lengths[i]` real tokens, first.
 * The vectors of a graph that pools are the one token of each text.
 */
export interface HiddenStates {
  data: Float32Array
  tokens: number
  dimensions: number
  lengths: ArrayLike<number>
}

/**
 * One vector per text, shape [texts, dimensions], of unit length. A text whose numbers are not finite, or all zero, has
 * a row that is not either; the other rows are not touched by it.
 */
export function pool(states: HiddenStates, pooling: Pooling): Float32Array {
  const { dimensions, lengths } = states
  const vectors = new Float32Array(lengths.length * dimensions)
  const sums = new Float64Array(dimensions)
  for (let row = 0; row < lengths.length; row++) {
    if (pooling === 'mean') meanOfTokens(states, row, sums)
    else oneToken(states, row, pooling === 'last' ? (lengths[row] as number) - 1 : 0, sums)
    vectors.set(normalise(sums), row * dimensions)
  }
  return vectors
}

/** Padding stays out of it. */
function meanOfTokens({ data, tokens, dimensions, lengths }: HiddenStates, row: number, out: Float64Array): void {
  const count = lengths[row] as number
  out.fill(0)
  for (let token = 0; token < count; token++) {
    const at = (row * tokens + token) * dimensions
    for (let i = 0; i < dimensions; i++) out[i] = (out[i] as number) + (data[at + i] as number)
  }
  for (let i = 0; i < dimensions; i++) out[i] = (out[i] as number) / count
}

function oneToken({ data, tokens, dimensions }: HiddenStates, row: number, token: number, out: Float64Array): void {
  const at = (row * tokens + token) * dimensions
  for (let i = 0; i < dimensions; i++) out[i] = data[at + i] as number
}

/** v / ‖v‖₂, computed in float64; a zero vector stays zero. */
function normalise(vector: Float64Array): Float64Array {
  let squares = 0
  for (const value of vector) squares += value * value
  const length = Math.sqrt(squares)
  return length === 0 ? vector : vector.map((value) => value / length)
}
