import type { Tensor } from 'onnxruntime-node'
import type { GraphInput } from './graph.ts'
import type { OnnxRuntime } from './runtime.ts'

/** Token ids of some texts, and what the graph is given beside them. */
export interface Batch {
  ids: readonly Int32Array[]
  /** Ids of the longest text; the others are padded on the right. */
  tokens: number
  padId: number
  /** Values of the spec's inputs. */
  values: Readonly<Record<string, number>>
  /** Of pairs: a token type for each id; else all are 0. */
  types?: readonly Int32Array[]
}

/** The inputs that the graph asks for: mask 1 on real tokens, token types 0 or the pairs' own, positions counted from 0 (mask summed up, less 1). */
export function feeds(
  { Tensor: OnnxTensor }: OnnxRuntime,
  inputs: readonly GraphInput[],
  batch: Batch,
): Record<string, Tensor> {
  const shape = [batch.ids.length, batch.tokens]
  const tensors = inputs.map((input) => {
    const value = input.holds === 'value'
    const [data, dims] = value ? valueData(input, batch) : [tokenData(input, batch), shape]
    return [input.name, new OnnxTensor(input.type, data as BigInt64Array, dims)]
  })
  return Object.fromEntries(tensors)
}

function valueData({ name, type, extent }: GraphInput, { ids, values }: Batch): [BigInt64Array | Int32Array, number[]] {
  const shape = extent === 'scalar' ? [] : [extent === 'one' ? 1 : ids.length]
  const value = values[name] as number
  const size = shape[0] ?? 1
  return [type === 'int64' ? new BigInt64Array(size).fill(BigInt(value)) : new Int32Array(size).fill(value), shape]
}

/** None of the numbers is negative, so of an int64 the low half alone is written; it comes first where ONNX Runtime runs. */
function tokenData({ holds, type }: GraphInput, batch: Batch): BigInt64Array | Int32Array {
  const size = batch.ids.length * batch.tokens
  const data = type === 'int64' ? new BigInt64Array(size) : new Int32Array(size)
  if (holds !== 'types' || batch.types) fill(new Int32Array(data.buffer), type === 'int64' ? 2 : 1, holds, batch)
  return data
}

function fill(
  halves: Int32Array,
  step: number,
  holds: GraphInput['holds'],
  { ids, tokens, padId, types }: Batch,
): void {
  for (const [row, values] of ids.entries()) {
    const start = row * tokens
    for (let at = 0; at < tokens; at++) {
      const real = at < values.length
      let number = 0
      if (holds === 'ids') number = real ? (values[at] as number) : padId
      else if (holds === 'positions') number = real ? at : Math.max(0, values.length - 1)
      else if (holds === 'types') number = types?.[row]?.[at] ?? 0
      else if (real) number = 1
      halves[(start + at) * step] = number
    }
  }
}
