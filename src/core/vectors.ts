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
