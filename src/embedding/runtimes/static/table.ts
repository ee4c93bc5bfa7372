import { SemdexError } from '../../../core/errors.ts'
import { openSafetensors, type Safetensors } from './safetensors.ts'

/** The vectors of tokens. Its arrays are shared by the threads that are sent it. */
export interface TokenTable {
  file: string
  /** Shape [rows, dimensions]. */
  values: Float32Array
  dimensions: number
  /** Ids below this have a row. */
  tokens: number
  /** What a token's row is multiplied with, by id; null for 1. */
  weights: Float32Array | null
  /** A token's row, by id, where several share one; null where row and id are the same. */
  mapping: Int32Array | null
}

/** As Model2Vec names it, and sentence-transformers. */
const TABLE = ['embeddings', 'embedding.weight']
const KNOWN = [...TABLE, 'weights', 'mapping']

/**
 * Reads a table as Model2Vec writes it: `embeddings`, and in newer files `weights` and `mapping`. A table of int8 has no
 * scale, which the length of the vectors makes needless.
 * @throws {SemdexError} `MODEL_DAMAGED`, naming the file; `MODEL_INVALID`, naming the tensor that is not as it must be
 */
export async function readTable(file: string, dimensions: number): Promise<TokenTable> {
  const source = await openSafetensors(file)
  try {
    const name = checkNames(source)
    const [rows = 0, width] = shapeOf(source, name, 2)
    if (width !== dimensions) {
      throw invalid(file, name, `has ${width} dimensions where the model's spec says ${dimensions}`)
    }
    const mapping = source.tensors.has('mapping') ? await readMapping(source, rows) : null
    const tokens = mapping?.length ?? rows
    const weights = source.tensors.has('weights') ? await readWeights(source, tokens) : null
    return { file, values: await source.readFloats(name), dimensions, tokens, weights, mapping }
  } finally {
    await source.close()
  }
}

/** Σ of the tokens' rows, added to `sum`. Ids are below `tokens`. Four rows at a time take two thirds of the time. */
export function addRows(table: TokenTable, ids: readonly number[], sum: Float64Array): void {
  const whole = ids.length - (ids.length % 4)
  for (let token = 0; token < whole; token += 4) addFour(table, ids, token, sum)
  for (let token = whole; token < ids.length; token++) addOne(table, ids[token] as number, sum)
}

function addFour(table: TokenTable, ids: readonly number[], token: number, sum: Float64Array): void {
  const { values } = table
  const [i, j, k, l] = [ids[token], ids[token + 1], ids[token + 2], ids[token + 3]] as [number, number, number, number]
  const [a, b, c, d] = [startOf(table, i), startOf(table, j), startOf(table, k), startOf(table, l)]
  const [u, v, w, x] = [weightOf(table, i), weightOf(table, j), weightOf(table, k), weightOf(table, l)]
  for (let at = 0; at < sum.length; at++) {
    const left = u * (values[a + at] as number) + v * (values[b + at] as number)
    const right = w * (values[c + at] as number) + x * (values[d + at] as number)
    sum[at] = (sum[at] as number) + left + right
  }
}

function addOne(table: TokenTable, id: number, sum: Float64Array): void {
  const { values } = table
  const start = startOf(table, id)
  const weight = weightOf(table, id)
  for (let at = 0; at < sum.length; at++) sum[at] = (sum[at] as number) + weight * (values[start + at] as number)
}

function startOf({ mapping, dimensions }: TokenTable, id: number): number {
  return (mapping === null ? id : (mapping[id] as number)) * dimensions
}

function weightOf({ weights }: TokenTable, id: number): number {
  return weights === null ? 1 : (weights[id] as number)
}

/** A tensor that is not known may be one that a vector depends on. */
function checkNames({ file, tensors }: Safetensors): string {
  const unknown = [...tensors.keys()].find((name) => !KNOWN.includes(name))
  if (unknown !== undefined) throw invalid(file, unknown, 'is not known')
  const name = TABLE.find((candidate) => tensors.has(candidate))
  if (name === undefined) throw invalid(file, 'embeddings', 'is not there')
  return name
}

function shapeOf({ file, tensors }: Safetensors, name: string, rank: number): readonly number[] {
  const shape = tensors.get(name)?.shape ?? []
  if (shape.length !== rank)
    throw invalid(file, name, `has the shape [${shape.join(', ')}] where ${rank} numbers are known`)
  return shape
}

async function readMapping(source: Safetensors, rows: number): Promise<Int32Array> {
  shapeOf(source, 'mapping', 1)
  const mapping = await source.readIntegers('mapping')
  const outside = mapping.find((row) => row < 0 || row >= rows)
  if (outside !== undefined) throw invalid(source.file, 'mapping', `names a row that is not among the ${rows}`)
  return mapping
}

/** Shape [tokens] or [tokens, 1]. */
async function readWeights(source: Safetensors, tokens: number): Promise<Float32Array> {
  const weights = await source.readFloats('weights')
  if (weights.length === tokens) return weights
  throw invalid(source.file, 'weights', `has ${weights.length} numbers where there are ${tokens} tokens`)
}

function invalid(file: string, tensor: string, reason: string): SemdexError {
  return new SemdexError('MODEL_INVALID', {
    message: `${file}: the tensor ${tensor} ${reason}.`,
    fix: 'Correct the spec (semdex.json) of the model, or choose a model that is known to work (semdex models)',
    details: { file, tensor },
  })
}
