import { closeSync, existsSync, openSync, readdirSync, readSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import * as v from 'valibot'
import type { ModelFile, Precision } from '../../core/model-spec.ts'
import { type OnnxGraph, readOnnxGraph } from './onnx-graph.ts'
import { COUNT, invalid } from './spec-schema.ts'

/** The weights in a folder of Hugging Face layout. */
export type FolderWeights = OnnxWeights | TokenTable

export interface OnnxWeights {
  runtime: 'onnx'
  files: Pick<ModelFile, 'role' | 'path'>[]
  precision: Precision
  graph: OnnxGraph
}

export interface TokenTable {
  runtime: 'static'
  files: Pick<ModelFile, 'role' | 'path'>[]
  precision: Precision
  dimensions: number
}

/** The largest first: who keeps several in one folder has made the smaller ones from it. */
const NAMES = ['model.onnx', 'model_fp16.onnx', 'model_quantized.onnx', 'model_int8.onnx']

/**
 * An .onnx file with the files that it refers to: in `onnx/` or at the top, by its usual name or the only one.
 * @throws {SemdexError} `MODEL_INVALID` where there is none, or several of other names; `MODEL_DAMAGED`
 */
export function findOnnxWeights(folder: string): OnnxWeights {
  const places = ['onnx', ''].flatMap((place) => NAMES.map((name) => posix.join(place, name)))
  const path = places.find((place) => existsSync(join(folder, place))) ?? onlyOnnxFile(folder)
  const graph = readOnnxGraph(join(folder, path))
  const data = dataFiles(folder, path, graph)
  return {
    runtime: 'onnx',
    files: [{ role: 'weights', path }, ...data.map((each) => ({ role: 'data' as const, path: each }))],
    precision: precisionOf(path),
    graph,
  }
}

function onlyOnnxFile(folder: string): string {
  const found = ['onnx', ''].flatMap((place) => onnxFilesIn(folder, place))
  if (found.length === 1) return found[0] as string
  throw invalid(
    folder,
    found.length === 0
      ? `holds no .onnx file (onnx/${NAMES[0]} is the usual place)`
      : `holds ${found.join(', ')}, and which is meant is not known; name one in a semdex.json`,
  )
}

function onnxFilesIn(folder: string, place: string): string[] {
  const inside = join(folder, place)
  if (!existsSync(inside)) return []
  return readdirSync(inside, { withFileTypes: true })
    .filter((entry) => !entry.isDirectory() && entry.name.endsWith('.onnx'))
    .map(({ name }) => posix.join(place, name))
}

function dataFiles(folder: string, path: string, { dataFiles: named }: OnnxGraph): string[] {
  const paths = named.map((name) => posix.join(dirname(path), name))
  const missing = paths.find((each) => !existsSync(join(folder, each)))
  if (missing) throw invalid(join(folder, missing), `is missing, and ${path} keeps its weights there`)
  return paths
}

function precisionOf(path: string): Precision {
  if (/fp16|float16/i.test(path)) return 'fp16'
  return /int8|quant|q8|avx|arm64/i.test(posix.basename(path)) ? 'int8' : 'fp32'
}

const TENSOR = v.object({ dtype: v.picklist(['F32', 'F16', 'I8']), shape: v.tuple([COUNT, COUNT]) })
const PRECISIONS = { F32: 'fp32', F16: 'fp16', I8: 'int8' } as const
const MOST_HEADER = 10_000_000

/**
 * A table of token vectors: the tensor `embeddings` in model.safetensors, of which the header is read
 * (github.com/huggingface/safetensors: its length as 8 bytes, then JSON).
 * @throws {SemdexError} `MODEL_INVALID`, naming the file
 */
export function findTokenTable(folder: string): TokenTable {
  const path = 'model.safetensors'
  const parsed = v.safeParse(v.object({ embeddings: TENSOR }), readSafetensorsHeader(join(folder, path)))
  if (!parsed.success) {
    throw invalid(join(folder, path), `has no tensor embeddings with a row for each token: ${parsed.issues[0].message}`)
  }
  const { dtype, shape } = parsed.output.embeddings
  return { runtime: 'static', files: [{ role: 'weights', path }], precision: PRECISIONS[dtype], dimensions: shape[1] }
}

function readSafetensorsHeader(file: string): unknown {
  if (!existsSync(file)) throw invalid(file, 'is missing')
  const opened = openSync(file, 'r')
  try {
    const size = Buffer.alloc(8)
    readSync(opened, size, 0, 8, 0)
    const length = Number(size.readBigUInt64LE())
    if (length > MOST_HEADER) throw new Error('its header has no sane length')
    const header = Buffer.alloc(length)
    if (readSync(opened, header, 0, length, 8) < length) throw new Error('it stops midway')
    return JSON.parse(header.toString('utf8'))
  } catch (cause) {
    throw invalid(file, `cannot be read as safetensors (${(cause as Error).message})`, cause)
  } finally {
    closeSync(opened)
  }
}
