/** Element types of onnx.proto's TensorProto. */
export const TYPES = { float32: 1, int32: 6, int64: 7, float16: 10 } as const
export type ElementType = keyof typeof TYPES

/** An input or an output of a graph; a text is an axis without a size. */
export interface GraphValue {
  name: string
  type: ElementType
  shape: readonly (string | number)[]
}

export interface GraphNode {
  op: string
  inputs: readonly string[]
  output: string
  attributes?: Record<string, number>
}

/** Constants of a graph: float32 of rank 0, or int64 of rank 1. */
export type GraphConstant = { name: string; float: number } | { name: string; ints: readonly number[] }

export interface GraphParts {
  inputs: readonly GraphValue[]
  outputs: readonly GraphValue[]
  nodes: readonly GraphNode[]
  constants: readonly GraphConstant[]
}

/** The bytes of an .onnx file (onnx.proto: ModelProto, IR 8, opset 17). */
export function onnxFile({ inputs, outputs, nodes, constants }: GraphParts): Buffer {
  const graph = Buffer.concat([
    ...nodes.map((node) => bytes(1, nodeProto(node))),
    text(2, 'graph'),
    ...constants.map((constant) => bytes(5, tensorProto(constant))),
    ...inputs.map((value) => bytes(11, valueInfo(value))),
    ...outputs.map((value) => bytes(12, valueInfo(value))),
  ])
  return Buffer.concat([number(1, 8), bytes(8, number(2, 17)), bytes(7, graph)])
}

function nodeProto({ op, inputs, output, attributes = {} }: GraphNode): Buffer {
  const INT = 2
  return Buffer.concat([
    ...inputs.map((name) => text(1, name)),
    text(2, output),
    text(4, op),
    ...Object.entries(attributes).map(([name, value]) =>
      bytes(5, Buffer.concat([text(1, name), number(3, value), number(20, INT)])),
    ),
  ])
}

function tensorProto(constant: GraphConstant): Buffer {
  if ('ints' in constant) {
    const raw = Buffer.from(BigInt64Array.from(constant.ints, BigInt).buffer)
    return Buffer.concat([
      number(1, constant.ints.length),
      number(2, TYPES.int64),
      text(8, constant.name),
      bytes(9, raw),
    ])
  }
  const raw = Buffer.from(Float32Array.of(constant.float).buffer)
  return Buffer.concat([number(2, TYPES.float32), text(8, constant.name), bytes(9, raw)])
}

function valueInfo({ name, type, shape }: GraphValue): Buffer {
  const axes = shape.map((size) => bytes(1, typeof size === 'number' ? number(1, size) : text(2, size)))
  const tensor = Buffer.concat([number(1, TYPES[type]), bytes(2, Buffer.concat(axes))])
  return Buffer.concat([text(1, name), bytes(2, bytes(1, tensor))])
}

function number(field: number, value: number): Buffer {
  return Buffer.concat([varint(field * 8), varint(value)])
}

function text(field: number, value: string): Buffer {
  return bytes(field, Buffer.from(value))
}

function bytes(field: number, value: Buffer): Buffer {
  return Buffer.concat([varint(field * 8 + 2), varint(value.length), value])
}

function varint(value: number): Buffer {
  const out: number[] = []
  let rest = value
  for (; rest >= 128; rest = Math.floor(rest / 128)) out.push((rest % 128) + 128)
  return Buffer.from([...out, rest])
}
