import { statSync } from 'node:fs'
import { basename } from 'node:path'
import type { InferenceSession, Tensor } from 'onnxruntime-node'
import { SemdexError } from '../../../core/errors.ts'
import { fromFloat16 } from '../../../core/float16.ts'
import type { HiddenStates } from '../../pooling.ts'
import { type Batch, feeds } from './feeds.ts'
import { type GraphPlan, type GraphSpec, planGraph, wrongDimensions } from './graph.ts'
import { loadAndCopy, loadCopy } from './optimised-copy.ts'
import { copyOptions, deviceOptions, overCopy, sessionOptions, spinningOptions, wasmOptions } from './options.ts'
import { loadOnnxRuntime, type OnnxRuntime, type RunProvider } from './runtime.ts'

export interface SessionSettings {
  /** The .onnx file. */
  file: string
  /** Files that its weights lie in, if not in itself; they are beside it. */
  data: readonly DataFile[]
  spec: GraphSpec
  /** Threads that compute one batch. */
  threads: number
  /** Whether they wait for each other by spinning: for lone short texts. False unless told. */
  spinning?: boolean
  provider: RunProvider
  /** Where an optimised copy of the graph is kept, which loads faster; null for none. It must belong to this file alone. */
  copy: string | null
  /** `query` is ready soonest, `batches` computes fastest. `batches` unless told. */
  purpose?: 'query' | 'batches'
}

export interface DataFile {
  file: string
  /** Null where it is not known. */
  bytes: number | null
}

/** One loaded graph. Its calls block the thread. */
export interface Session {
  /** Whether more threads would answer sooner. */
  threaded: boolean
  /** Token states; of a graph that pools, its vectors, as the one token of each text. */
  infer(batch: Omit<Batch, 'tokens'>): Promise<HiddenStates>
  release(): Promise<void>
}

/**
 * Loads a graph and finds out what it wants to be fed.
 * @throws {SemdexError} `RUNTIME_UNAVAILABLE`; `MODEL_DAMAGED` where a file cannot be loaded; `MODEL_INVALID` where its
 * inputs, output or dimensions are not those of this spec. All name the file.
 */
export async function openSession(settings: SessionSettings): Promise<Session> {
  const runtime = await loadOnnxRuntime(settings.provider)
  for (const data of settings.data) checkData(data)
  if (runtime.wasm) checkRoom(settings)
  const session = await load(runtime, settings)
  return wrapSession(runtime, session, planGraph(session, settings.spec, settings.file), settings)
}

function wrapSession(
  runtime: OnnxRuntime,
  session: InferenceSession,
  { inputs, output }: GraphPlan,
  { file, provider, spec: { dimensions } }: SessionSettings,
): Session {
  return {
    threaded: !runtime.wasm && provider === 'cpu',
    async infer(batch) {
      const tokens = Math.max(...batch.ids.map((ids) => ids.length))
      const answer = await session.run(feeds(runtime, inputs, { ...batch, tokens }), [output.name])
      const { data, dims } = answer[output.name] as Tensor
      const width = dims[output.rank - 1]
      if (width !== dimensions) throw wrongDimensions(file, dimensions, width)
      const states = output.type === 'float16' ? fromFloat16(bitsOf(data)) : (data as Float32Array)
      if (output.rank === 2) return { data: states, tokens: 1, dimensions, lengths: batch.ids.map(() => 1) }
      return { data: states, tokens, dimensions, lengths: batch.ids.map((ids) => ids.length) }
    },
    release: () => session.release(),
  }
}

/** Where the engine has Float16Array, ONNX Runtime answers with one, elsewhere with the bits. */
function bitsOf(data: Tensor['data']): Uint16Array {
  const { buffer, byteOffset, length } = data as Uint16Array
  return new Uint16Array(buffer, byteOffset, length)
}

async function load(runtime: OnnxRuntime, settings: SessionSettings): Promise<InferenceSession> {
  const { file, data, provider } = settings
  try {
    return await create(runtime, settings)
  } catch (cause) {
    const { message } = cause as Error
    if (provider !== 'cpu' && provider !== 'wasm') throw providerFailed(provider, file, cause)
    const blamed = /external/i.test(message) ? data[0] : undefined
    throw blamed
      ? damaged(blamed.file, `cannot be loaded as the weights of ${basename(file)} (${message})`, cause)
      : damaged(file, `cannot be loaded as an ONNX model (${message})`, cause)
  }
}

async function create(runtime: OnnxRuntime, settings: SessionSettings): Promise<InferenceSession> {
  const { file, data, spec, threads, provider, copy } = settings
  const { InferenceSession: Sessions } = runtime
  if (runtime.wasm || provider === 'wasm') return Sessions.create(file, wasmOptions(data.map((part) => part.file)))
  if (provider !== 'cpu') return Sessions.create(file, deviceOptions(threads, provider))
  const own = settings.spinning ? spinningOptions(threads) : sessionOptions(threads)
  if (copy === null) return Sessions.create(file, own)
  const options = settings.purpose === 'query' ? copyOptions(threads, spec.precision) : overCopy(own)
  const plan = { file, copy: `${copy}-${runtime.env.versions.node}.ort`, threads, spec, options }
  const copied = await loadCopy(runtime, plan)
  return copied ?? (settings.spinning ? Sessions.create(file, own) : loadAndCopy(runtime, plan))
}

function checkData({ file, bytes }: DataFile): void {
  const size = statSync(file, { throwIfNoEntry: false })?.size
  if (size === undefined) throw damaged(file, 'is missing, and the weights of the model are in it')
  if (bytes !== null && size !== bytes) throw damaged(file, `has ${size} bytes instead of ${bytes}`)
}

const MOST_WASM_BYTES = 2 ** 32

/** WebAssembly addresses no more than this, weights included. */
function checkRoom({ file, data }: SessionSettings): void {
  const sizes = [file, ...data.map((part) => part.file)].map(
    (path) => statSync(path, { throwIfNoEntry: false })?.size ?? 0,
  )
  const bytes = sizes.reduce((sum, size) => sum + size, 0)
  if (bytes < MOST_WASM_BYTES) return
  throw new SemdexError('RUNTIME_UNAVAILABLE', {
    message: `WebAssembly has no room for the ${(bytes / 1e9).toFixed(1)} GB of ${file}.`,
    fix: 'npm install onnxruntime-node on a machine that it has a binary for, or choose a smaller model (semdex models)',
    details: { file, bytes },
  })
}

/** A model that the CPU loads too: which it was is known where the provider was tried. */
function providerFailed(provider: RunProvider, file: string, cause: unknown): SemdexError {
  return new SemdexError('PROVIDER_UNAVAILABLE', {
    message: `${provider} cannot run ${file} (${(cause as Error).message}).`,
    fix: 'Set embedding.provider to auto (semdex config)',
    details: { provider, file },
    cause,
  })
}

function damaged(file: string, reason: string, cause?: unknown): SemdexError {
  return new SemdexError('MODEL_DAMAGED', {
    message: `${file} ${reason}.`,
    fix: 'Put the file back as it is published, or reinstall the package that brought it (npm ci)',
    details: { file },
    cause,
  })
}
