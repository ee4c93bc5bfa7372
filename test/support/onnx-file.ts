import { readFileSync } from 'node:fs'

/** The range of the signed 8-bit matrices in an .onnx file (onnx.proto: ModelProto.graph 7, GraphProto.initializer 5). */
export function int8WeightRange(path: string): { tensors: number; least: number; most: number } {
  const bytes = readFileSync(path)
  const range = { tensors: 0, least: Number.POSITIVE_INFINITY, most: Number.NEGATIVE_INFINITY }
  for (const graph of messages(bytes, 7)) {
    for (const tensor of messages(graph, 5)) {
      const fields = [...fieldsOf(tensor)]
      const type = fields.find(({ number }) => number === 2)?.value
      const raw = fields.find(({ number }) => number === 9)?.value
      if (type !== INT8 || !(raw instanceof Buffer) || raw.length < 1_000) continue
      range.tensors++
      for (const value of new Int8Array(raw.buffer, raw.byteOffset, raw.length)) {
        if (value < range.least) range.least = value
        if (value > range.most) range.most = value
      }
    }
  }
  return range
}

const INT8 = 3

function* messages(bytes: Buffer, wanted: number): Generator<Buffer> {
  for (const { number, value } of fieldsOf(bytes)) if (number === wanted && value instanceof Buffer) yield value
}

/** The fields of a protobuf message: varints as numbers, what has a length as bytes; the rest is passed over. */
function* fieldsOf(bytes: Buffer): Generator<{ number: number; value: number | Buffer | null }> {
  let at = 0
  const varint = () => {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++] as number
      value += (byte & 127) * 2 ** shift
      if (byte < 128) return value
    }
  }
  while (at < bytes.length) {
    const key = varint()
    const [number, wire] = [Math.floor(key / 8), key & 7]
    if (wire === 0) yield { number, value: varint() }
    else if (wire === 2) {
      const length = varint()
      yield { number, value: bytes.subarray(at, at + length) }
      at += length
    } else {
      yield { number, value: null }
      at += wire === 1 ? 8 : 4
    }
  }
}
