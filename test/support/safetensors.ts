/** The form in which weights are stored: a length, a head in JSON, and the numbers. */
interface Part {
  dtype: string
  shape: number[]
  data: Uint8Array
}

export const f32 = (rows: number[][]): Part =>
  part('F32', [rows.length, rows[0]?.length ?? 0], new Float32Array(rows.flat()))
export const part = (dtype: string, shape: number[], data: ArrayBufferView): Part => ({
  dtype,
  shape,
  data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
})

export function safetensors(parts: Record<string, Part>, metadata?: Record<string, string>): Buffer {
  let offset = 0
  const head: Record<string, unknown> = metadata ? { __metadata__: metadata } : {}
  for (const [name, { dtype, shape, data }] of Object.entries(parts)) {
    head[name] = { dtype, shape, data_offsets: [offset, offset + data.length] }
    offset += data.length
  }
  return withHead(JSON.stringify(head), Buffer.concat(Object.values(parts).map(({ data }) => data)))
}

export function withHead(head: string, data: Uint8Array, headBytes = Buffer.byteLength(head)): Buffer {
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(headBytes))
  return Buffer.concat([length, Buffer.from(head), data])
}
