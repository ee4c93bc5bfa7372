import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { SemdexError } from '../../core/errors.ts'

/** What an .onnx file says of itself beyond its nodes. */
export interface OnnxGraph {
  inputs: string[]
  outputs: { name: string /** Null where a size is not fixed, as that of the batch. */; shape: (number | null)[] }[]
  /** Files beside it that hold its weights, as it names them. */
  dataFiles: string[]
}

/**
 * Reads the names and shapes in an .onnx file without ONNX Runtime, and without the weights in it
 * (onnx.proto: ModelProto.graph 7; GraphProto.initializer 5, input 11, output 12).
 * @throws {SemdexError} `MODEL_DAMAGED`, naming the file, where it is not one or stops midway.
 */
export function readOnnxGraph(path: string): OnnxGraph {
  try {
    const file = openSync(path, 'r')
    try {
      return readGraph(message(bytesOf(file), 0, fstatSync(file).size))
    } finally {
      closeSync(file)
    }
  } catch (cause) {
    throw new SemdexError('MODEL_DAMAGED', {
      message: `${path} cannot be read as an ONNX model (${(cause as Error).message}).`,
      fix: 'Put the file back as it is published',
      details: { file: path },
      cause,
    })
  }
}

function readGraph(model: Message): OnnxGraph {
  const graph = model.message(7)
  if (!graph) throw new Error('it holds no graph')
  const dataFiles = new Set<string>()
  const found: OnnxGraph = { inputs: [], outputs: [], dataFiles: [] }
  const initializers = new Set<string>()
  for (const { number, value } of graph.fields()) {
    if (number === 5) for (const name of externalFiles(asMessage(value))) dataFiles.add(name)
    if (number === 5) initializers.add(asMessage(value).text(8))
    if (number === 11) found.inputs.push(asMessage(value).text(1))
    if (number === 12) found.outputs.push({ name: asMessage(value).text(1), shape: shapeOf(asMessage(value)) })
  }
  if (found.outputs.length === 0) throw new Error('its graph has no output')
  return { ...found, inputs: found.inputs.filter((name) => !initializers.has(name)), dataFiles: [...dataFiles] }
}

/** TensorProto.external_data 13, a list of StringStringEntryProto with key 1 and value 2. */
function* externalFiles(tensor: Message): Generator<string> {
  for (const { number, value } of tensor.fields()) {
    if (number === 13 && asMessage(value).text(1) === 'location') yield asMessage(value).text(2)
  }
}

/** ValueInfoProto.type 2, TypeProto.tensor_type 1, Tensor.shape 2, TensorShapeProto.dim 1, Dimension.dim_value 1. */
function shapeOf(output: Message): (number | null)[] {
  const shape = output.message(2)?.message(1)?.message(2)
  if (!shape) return []
  return [...shape.fields()].flatMap(({ number, value }) => (number === 1 ? [asMessage(value).number(1)] : []))
}

/** A protobuf message between two places of a file; what is not asked for is not read. */
interface Message {
  fields(): Generator<{ number: number; value: number | Message | null }>
  message(wanted: number): Message | null
  number(wanted: number): number | null
  /** Empty where it is missing. */
  text(wanted: number): string
  bytes(): Buffer
}

type Bytes = (from: number, length: number) => Buffer

function message(bytes: Bytes, from: number, to: number): Message {
  const first = (wanted: number) => {
    for (const { number, value } of self.fields()) if (number === wanted) return value
    return null
  }
  const self: Message = {
    *fields() {
      let at = from
      while (at < to) {
        const field = readField(bytes, at, to)
        yield field
        at = field.end
      }
    },
    message: (wanted) => first(wanted) as Message | null,
    number: (wanted) => first(wanted) as number | null,
    text: (wanted) => (first(wanted) as Message | null)?.bytes().toString('utf8') ?? '',
    bytes: () => Buffer.from(bytes(from, to - from)),
  }
  return self
}

function asMessage(value: number | Message | null): Message {
  if (typeof value !== 'object' || value === null) throw new Error('a field has another type')
  return value
}

/** The widths of the wire types 1 and 5. */
const FIXED: Partial<Record<number, number>> = { 1: 8, 5: 4 }

/** One field from its key on: varints as numbers, what has a length as a message; numbers of fixed width are passed over. */
function readField(bytes: Bytes, from: number, to: number) {
  const key = readVarint(bytes, from)
  const [number, wire] = [Math.floor(key.value / 8), key.value & 7]
  if (wire === 0) {
    const { value, end } = readVarint(bytes, key.end)
    return { number, value, end: inside(end, to) }
  }
  if (wire === 2) {
    const length = readVarint(bytes, key.end)
    const end = inside(length.end + length.value, to)
    return { number, value: message(bytes, length.end, end), end }
  }
  const width = FIXED[wire]
  if (width === undefined || number === 0) throw new Error('it is not a protobuf message')
  return { number, value: null, end: inside(key.end + width, to) }
}

function readVarint(bytes: Bytes, from: number): { value: number; end: number } {
  let value = 0
  for (let at = 0; at < 10; at++) {
    const byte = bytes(from + at, 1)[0] as number
    value += (byte & 127) * 2 ** (7 * at)
    if (byte < 128) return { value, end: from + at + 1 }
  }
  throw new Error('it is not a protobuf message')
}

function inside(end: number, to: number): number {
  if (end > to) throw new Error('it stops midway')
  return end
}

const WINDOW = 8_192

/** Bytes of a file, read in small windows: between two fields may lie gigabytes of weights. */
function bytesOf(file: number): Bytes {
  const window = Buffer.alloc(WINDOW)
  let [start, filled] = [0, 0]
  return (from, length) => {
    if (from >= start && from + length <= start + filled) return window.subarray(from - start, from - start + length)
    const target = length > WINDOW ? Buffer.alloc(length) : window
    const read = readSync(file, target, 0, target.length, from)
    if (read < length) throw new Error('it stops midway')
    if (target === window) [start, filled] = [from, read]
    return target.subarray(0, length)
  }
}
