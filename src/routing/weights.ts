import { readFile } from 'node:fs/promises'
import { DOCUMENT_BUCKETS } from './document-features.ts'
import { QUERY_BUCKETS } from './query-features.ts'

/** One linear function over hashed features: its value is the logarithm of odds against text. */
export interface WeightTable {
  weights: Int8Array
  /** What a step of the weights is worth. */
  scale: number
  bias: number
}

export interface RoutingWeights {
  documentIsCode: WeightTable
  queryIsCode: WeightTable
  queryAsksAboutCode: WeightTable
}

const BYTES_OF_NUMBERS = 6 * Float32Array.BYTES_PER_ELEMENT
/** Scale and bias of each table, then the tables: float32 and int8, little-endian. */
export const WEIGHT_BYTES = BYTES_OF_NUMBERS + DOCUMENT_BUCKETS + 2 * QUERY_BUCKETS

let loaded: Promise<RoutingWeights> | null = null

/** Reads the weights beside this module, once. */
export function loadWeights(): Promise<RoutingWeights> {
  loaded ??= readFile(new URL('./weights.bin', import.meta.url)).then(weightsFrom)
  return loaded
}

function weightsFrom(bytes: Uint8Array): RoutingWeights {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const table = (at: number, offset: number, buckets: number): WeightTable => ({
    weights: new Int8Array(bytes.buffer, bytes.byteOffset + offset, buckets),
    scale: view.getFloat32(at * 8, true),
    bias: view.getFloat32(at * 8 + 4, true),
  })
  const queries = BYTES_OF_NUMBERS + DOCUMENT_BUCKETS
  return {
    documentIsCode: table(0, BYTES_OF_NUMBERS, DOCUMENT_BUCKETS),
    queryIsCode: table(1, queries, QUERY_BUCKETS),
    queryAsksAboutCode: table(2, queries + QUERY_BUCKETS, QUERY_BUCKETS),
  }
}
