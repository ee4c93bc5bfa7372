import { SemdexError } from './errors.ts'

/** Throws where a vector is not `dimensions` finite numbers with a length above zero. */
export function assertVector(vector: Float32Array, dimensions: number): void {
  if (vector.length !== dimensions) {
    throw new SemdexError('DIMENSION_MISMATCH', {
      message: `A vector of ${vector.length} numbers cannot be kept among vectors of ${dimensions}.`,
      details: { expected: dimensions, actual: vector.length },
    })
  }
  const squares = dot(vector, vector)
  if (!Number.isFinite(squares)) {
    throw new SemdexError('VECTOR_INVALID', { message: 'The vector holds NaN or infinite numbers.' })
  }
  if (squares === 0) {
    throw new SemdexError('VECTOR_INVALID', { message: 'The vector is zero, so it has no direction.' })
  }
}

/** Σ aᵢ·bᵢ in float64. Both have the same length. */
export function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number)
  return sum
}

export function norm(vector: Float32Array): number {
  return Math.sqrt(dot(vector, vector))
}

/** True cosine, −1 to 1. */
export function cosine(a: Float32Array, b: Float32Array): number {
  return Math.max(-1, Math.min(1, dot(a, b) / (norm(a) * norm(b))))
}

/** Euclidean distance ‖a − b‖; for unit vectors √(2 − 2·cosine). */
export function distance(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += ((a[i] as number) - (b[i] as number)) ** 2
  return Math.sqrt(sum)
}

/** The vector as little-endian float32 bytes, whatever this machine's byte order. */
export function toBlob(vector: Float32Array): Uint8Array {
  if (LITTLE_ENDIAN) return new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength)
  const view = new DataView(new ArrayBuffer(vector.length * 4))
  for (let i = 0; i < vector.length; i++) view.setFloat32(i * 4, vector[i] as number, true)
  return new Uint8Array(view.buffer)
}

/** The inverse of `toBlob`. Copies only where the bytes are not aligned to four. */
export function fromBlob(blob: Uint8Array): Float32Array {
  if (LITTLE_ENDIAN) {
    const bytes = blob.byteOffset % 4 === 0 ? blob : Uint8Array.from(blob)
    return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4)
  }
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength)
  return Float32Array.from({ length: blob.byteLength / 4 }, (_, i) => view.getFloat32(i * 4, true))
}

const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1

/** A vector in a quarter of its bytes. */
export interface Int8Vector {
  /** Shape [dimensions], −127 to 127. */
  values: Int8Array
  /** valueᵢ · scale is the number that was quantised, ± scale / 2. */
  scale: number
}

/**
 * qᵢ = round(xᵢ / s) with s = max|x| / 127, so that the largest number uses the whole range.
 *
 * A cosine needs no scale, which cancels out: `int8Cosine` takes the numbers as they are. The rounding turns a unit vector of
 * d dimensions by asin(s·√d / 2) at most, and a cosine of two changes by no more than the sum of both angles.
 * @throws {SemdexError} `VECTOR_INVALID` for the zero vector and for numbers that are not finite.
 */
export function toInt8(vector: Float32Array): Int8Vector {
  assertVector(vector, vector.length)
  const scale = vector.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / 127
  const values = Int8Array.from(vector, (value) => Math.round(value / scale))
  return { values, scale }
}

/** The numbers that were quantised, each ± scale / 2. */
export function fromInt8({ values, scale }: Int8Vector): Float32Array {
  return Float32Array.from(values, (value) => value * scale)
}

/** The cosine of two int8 vectors of the same length, whatever their scales, −1 to 1. */
export function int8Cosine(a: Int8Array, b: Int8Array): number {
  let product = 0
  let squaresA = 0
  let squaresB = 0
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] as number, b[i] as number]
    product += x * y
    squaresA += x * x
    squaresB += y * y
  }
  return Math.max(-1, Math.min(1, product / Math.sqrt(squaresA * squaresB)))
}

/**
 * One bit a number, 1 where it is above zero: the first in the highest bit of the first byte, the last byte filled up with
 * zeros, as `numpy.packbits(vector > 0)` does. Shape [⌈dimensions / 8⌉].
 */
export function toBinary(vector: Float32Array): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(vector.length / 8))
  for (const [i, value] of vector.entries()) if (value > 0) bytes[i >> 3] = (bytes[i >> 3] as number) | (128 >> (i & 7))
  return bytes
}

/** The number of bits in which two binary vectors of the same length differ. */
export function hamming(a: Uint8Array, b: Uint8Array): number {
  let different = 0
  for (let i = 0; i < a.length; i++) {
    for (let bits = (a[i] as number) ^ (b[i] as number); bits > 0; bits &= bits - 1) different++
  }
  return different
}

/**
 * The share of dimensions whose signs agree, 0 to 1: 1 − hamming / dimensions. For directions that are spread evenly,
 * cos(π · hamming / dimensions) estimates the cosine (Charikar 2002).
 */
export function hammingSimilarity(a: Uint8Array, b: Uint8Array, dimensions: number): number {
  return 1 - hamming(a, b) / dimensions
}
