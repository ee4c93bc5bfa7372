import { type FileHandle, open } from 'node:fs/promises'
import { SemdexError } from '../../../core/errors.ts'
import { fromFloat16 } from '../../../core/float16.ts'

/** Tensors in a file (github.com/huggingface/safetensors, Format): [bytes of the head] as uint64, the head as JSON, data. */
export interface Safetensors {
  readonly file: string
  readonly tensors: ReadonlyMap<string, Tensor>
  /** The numbers of a tensor as float32, in memory that threads share. */
  readFloats(name: string): Promise<Float32Array>
  /** The whole numbers of a tensor, each of which must fit into 32 bits. */
  readIntegers(name: string): Promise<Int32Array>
  close(): Promise<void>
}

export interface Tensor {
  type: string
  shape: readonly number[]
  /** Where its bytes begin in the file, and how many there are. */
  position: number
  bytes: number
}

/**
 * Opens a file and checks that what its head says fits the file.
 * @throws {SemdexError} `MODEL_DAMAGED`, naming the file, where it is missing, broken or too short.
 */
export async function openSafetensors(file: string): Promise<Safetensors> {
  const handle = await openFile(file)
  try {
    const tensors = await readHead(handle, file)
    return {
      file,
      tensors,
      readFloats: (name) => readFloats(handle, file, name, tensors.get(name) as Tensor),
      readIntegers: (name) => readIntegers(handle, file, name, tensors.get(name) as Tensor),
      close: () => handle.close(),
    }
  } catch (thrown) {
    await handle.close()
    throw thrown
  }
}

async function openFile(file: string): Promise<FileHandle> {
  try {
    return await open(file)
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT'
    throw damaged(file, missing ? 'is missing' : `cannot be read (${(cause as Error).message})`, cause)
  }
}

/** The reference implementation's limit for the head. */
const MOST_HEAD_BYTES = 100_000_000

async function readHead(handle: FileHandle, file: string): Promise<Map<string, Tensor>> {
  const { size } = await handle.stat()
  const first = await readBytes(handle, file, 0, 8)
  const headBytes = Number(new DataView(first.buffer, first.byteOffset).getBigUint64(0, true))
  if (headBytes > MOST_HEAD_BYTES || 8 + headBytes > size)
    throw damaged(file, 'does not begin with a head that fits it')
  const head = parseHead(await readBytes(handle, file, 8, headBytes), file)
  const start = 8 + headBytes
  const { __metadata__: _, ...tensors } = head
  return new Map(Object.entries(tensors).map(([name, entry]) => [name, checkTensor(entry, start, size, file, name)]))
}

function parseHead(bytes: Uint8Array, file: string): Record<string, unknown> {
  try {
    const head: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'))
    if (typeof head === 'object' && head !== null && !Array.isArray(head)) return head as Record<string, unknown>
  } catch {}
  throw damaged(file, 'has a head that is not a JSON object')
}

function checkTensor(entry: unknown, start: number, size: number, file: string, name: string): Tensor {
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>
  if (typeof dtype !== 'string' || !areCounts(shape) || !areCounts(offsets) || offsets.length !== 2) {
    throw damaged(file, `does not say of what type and shape its tensor ${name} is, and where it lies`)
  }
  const [from = 0, to = 0] = offsets
  if (from > to || start + to > size) throw damaged(file, `is too short: the tensor ${name} does not lie in it`)
  const bytes = shape.reduce((count, extent) => count * extent, 1) * (WIDTHS[dtype] ?? Number.NaN)
  if (!Number.isNaN(bytes) && bytes !== to - from) {
    throw damaged(file, `gives its tensor ${name} ${to - from} bytes where its shape needs ${bytes}`)
  }
  return { type: dtype, shape, position: start + from, bytes: to - from }
}

function areCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((count) => Number.isSafeInteger(count) && count >= 0)
}

/** Bytes of a number, by the format's names of types. */
const WIDTHS: Readonly<Record<string, number>> = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U8: 1,
}

type Numbers = ArrayLike<number>

const FLOATS: Readonly<Record<string, (bytes: ArrayBuffer) => Numbers>> = {
  F64: (bytes) => new Float64Array(bytes),
  F32: (bytes) => new Float32Array(bytes),
  F16: (bytes) => fromFloat16(new Uint16Array(bytes)),
  BF16: (bytes) => new Float32Array(Uint32Array.from(new Uint16Array(bytes), (half) => half << 16).buffer),
  I8: (bytes) => new Int8Array(bytes),
}

async function readFloats(handle: FileHandle, file: string, name: string, tensor: Tensor): Promise<Float32Array> {
  const convert = FLOATS[tensor.type]
  if (!convert) throw unknownType(file, name, tensor.type, Object.keys(FLOATS))
  const count = tensor.bytes / (WIDTHS[tensor.type] as number)
  const values = new Float32Array(new SharedArrayBuffer(count * 4))
  for await (const { at, bytes } of parts(handle, file, tensor)) values.set(convert(bytes), at)
  return values
}

const INTEGERS: Readonly<Record<string, (bytes: ArrayBuffer) => Numbers>> = {
  I64: (bytes) => Float64Array.from(new BigInt64Array(bytes), Number),
  I32: (bytes) => new Int32Array(bytes),
  I16: (bytes) => new Int16Array(bytes),
}

async function readIntegers(handle: FileHandle, file: string, name: string, tensor: Tensor): Promise<Int32Array> {
  const convert = INTEGERS[tensor.type]
  if (!convert) throw unknownType(file, name, tensor.type, Object.keys(INTEGERS))
  const count = tensor.bytes / (WIDTHS[tensor.type] as number)
  const values = new Int32Array(new SharedArrayBuffer(count * 4))
  for await (const { at, bytes } of parts(handle, file, tensor)) {
    const numbers = convert(bytes)
    for (let i = 0; i < numbers.length; i++) values[at + i] = Math.max(-1, Math.min(2 ** 31 - 1, numbers[i] as number))
  }
  return values
}

/** Converting a part of this size takes a millisecond or two, between which the event loop goes on. */
const PART_BYTES = 1 << 20

/** `at` is the number that a part begins with. */
async function* parts(handle: FileHandle, file: string, { type, position, bytes }: Tensor) {
  for (let from = 0; from < bytes; from += PART_BYTES) {
    const part = await readBytes(handle, file, position + from, Math.min(PART_BYTES, bytes - from))
    yield { at: from / (WIDTHS[type] as number), bytes: part.buffer }
  }
}

async function readBytes(handle: FileHandle, file: string, position: number, count: number) {
  const bytes = new Uint8Array(new ArrayBuffer(count))
  for (let done = 0; done < count; ) {
    const { bytesRead } = await handle.read(bytes, done, count - done, position + done)
    if (bytesRead === 0) throw damaged(file, 'is too short')
    done += bytesRead
  }
  return bytes
}

function unknownType(file: string, name: string, type: string, known: readonly string[]): SemdexError {
  return new SemdexError('MODEL_INVALID', {
    message: `${file} has its tensor ${name} as ${type}; ${known.join(', ')} can be read.`,
    fix: 'Save the model in one of these types, or choose a model that is known to work (semdex models)',
    details: { file, tensor: name, type },
  })
}

function damaged(file: string, reason: string, cause?: unknown): SemdexError {
  return new SemdexError('MODEL_DAMAGED', {
    message: `${file} ${reason}.`,
    fix: 'Put the file back as it is published',
    details: { file },
    cause,
  })
}
