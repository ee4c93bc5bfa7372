import type { Tensor } from 'onnxruntime-node'
import type { OnnxRuntime } from './runtime.ts'

/** The inputs that an encoder's graph may have. */
export const INPUTS: readonly string[] = ['input_ids', 'attention_mask', 'token_type_ids']

/** The inputs that the graph asks for, shape [texts, tokens], padded on the right: mask 1 on real tokens, token types 0. */
export function feeds(
  { Tensor: OnnxTensor }: OnnxRuntime,
  inputs: readonly string[],
  batch: readonly Int32Array[],
  tokens: number,
  padId: number,
): Record<string, Tensor> {
  const size = batch.length * tokens
  const ids = new BigInt64Array(size).fill(BigInt(padId))
  const mask = new BigInt64Array(size)
  for (const [row, values] of batch.entries()) {
    for (const [at, id] of values.entries()) ids[row * tokens + at] = BigInt(id)
    mask.fill(1n, row * tokens, row * tokens + values.length)
  }
  const all: Record<string, BigInt64Array> = {
    input_ids: ids,
    attention_mask: mask,
    token_type_ids: new BigInt64Array(size),
  }
  const shape = [batch.length, tokens]
  return Object.fromEntries(inputs.map((name) => [name, new OnnxTensor('int64', all[name] as BigInt64Array, shape)]))
}
