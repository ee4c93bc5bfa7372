import type { InferenceSession, Tensor } from 'onnxruntime-node'
import { SemdexError } from '../../../core/errors.ts'
import type { HiddenStates } from '../../pooling.ts'
import { loadOnnxRuntime, type OnnxRuntime } from './runtime.ts'

export interface SessionSettings {
  /** The .onnx file. */
  file: string
  dimensions: number
  /** Threads that compute one batch. */
  threads: number
}

/** One loaded graph. Its calls block the thread. */
export interface Session {
  infer(batch: readonly Int32Array[], padId: number): Promise<HiddenStates>
  release(): Promise<void>
}

/**
 * Loads a graph and finds out what it wants to be fed.
 * @throws {SemdexError} `RUNTIME_UNAVAILABLE`; `MODEL_DAMAGED` where the file cannot be loaded; `MODEL_INVALID` where its
 * inputs, output or dimensions are not those of an encoder of this spec. All name the file.
 */
export async function openSession(settings: SessionSettings): Promise<Session> {
  const runtime = loadOnnxRuntime()
  const session = await load(runtime, settings)
  return wrapSession(runtime, session, settings)
}

export function wrapSession(runtime: OnnxRuntime, session: InferenceSession, settings: SessionSettings): Session {
  const inputs = checkInputs(session, settings.file)
  const output = findOutput(session, settings)
  return {
    async infer(batch, padId) {
      const tokens = Math.max(...batch.map((ids) => ids.length))
      const answer = await session.run(feed(runtime, inputs, batch, tokens, padId), [output])
      const { data, dims } = answer[output] as Tensor
      if (dims[2] !== settings.dimensions) throw wrongDimensions(settings, dims[2])
      return {
        data: data as Float32Array,
        tokens,
        dimensions: settings.dimensions,
        lengths: batch.map((ids) => ids.length),
      }
    },
    release: () => session.release(),
  }
}

/** What every session is created with. Spinning threads would burn cores that other sessions need. */
export function sessionOptions(threads: number): InferenceSession.SessionOptions {
  return {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'extended',
    logSeverityLevel: 3,
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  }
}

async function load(runtime: OnnxRuntime, { file, threads }: SessionSettings): Promise<InferenceSession> {
  try {
    return await runtime.InferenceSession.create(file, sessionOptions(threads))
  } catch (cause) {
    throw new SemdexError('MODEL_DAMAGED', {
      message: `${file} cannot be loaded as an ONNX model (${(cause as Error).message}).`,
      fix: 'Put the file back as it is published, or reinstall the package that brought it (npm ci)',
      details: { file },
      cause,
    })
  }
}

const INPUTS = ['input_ids', 'attention_mask', 'token_type_ids']

function checkInputs(session: InferenceSession, file: string): string[] {
  for (const input of session.inputMetadata) {
    if (!INPUTS.includes(input.name)) throw invalid(file, `has the input ${input.name}, which is not known`)
    if (input.isTensor && input.type !== 'int64') {
      throw invalid(file, `wants ${input.name} as ${input.type} where int64 is known`)
    }
  }
  return [...session.inputNames]
}

function findOutput(session: InferenceSession, settings: SessionSettings): string {
  const states = session.outputMetadata.filter((output) => output.isTensor && output.shape.length === 3)
  const output = states.find(({ name }) => name === 'last_hidden_state') ?? states[0]
  if (!output?.isTensor) throw invalid(settings.file, 'has no output of shape [batch, tokens, dimensions]')
  if (output.type !== 'float32') throw invalid(settings.file, `answers in ${output.type} where float32 is known`)
  const dimensions = output.shape[2]
  if (typeof dimensions === 'number' && dimensions > 0 && dimensions !== settings.dimensions) {
    throw wrongDimensions(settings, dimensions)
  }
  return output.name
}

/** Padded on the right, shape [texts, tokens]; the mask is 1 on real tokens; token types are all 0. */
function feed(
  { Tensor }: OnnxRuntime,
  inputs: readonly string[],
  batch: readonly Int32Array[],
  tokens: number,
  padId: number,
): Record<string, Tensor> {
  const shape = [batch.length, tokens]
  const ids = new BigInt64Array(batch.length * tokens).fill(BigInt(padId))
  const mask = new BigInt64Array(batch.length * tokens)
  for (const [row, values] of batch.entries()) {
    for (const [at, id] of values.entries()) ids[row * tokens + at] = BigInt(id)
    mask.fill(1n, row * tokens, row * tokens + values.length)
  }
  const all: Record<string, BigInt64Array> = {
    input_ids: ids,
    attention_mask: mask,
    token_type_ids: new BigInt64Array(batch.length * tokens),
  }
  return Object.fromEntries(inputs.map((name) => [name, new Tensor('int64', all[name] as BigInt64Array, shape)]))
}

function wrongDimensions({ file, dimensions }: SessionSettings, actual: number | undefined): SemdexError {
  return invalid(file, `gives vectors of ${actual} dimensions where its spec says ${dimensions}`)
}

function invalid(file: string, reason: string): SemdexError {
  return new SemdexError('MODEL_INVALID', {
    message: `${file} ${reason}.`,
    fix: 'Correct the spec (semdex.json) of the model, or choose a model that is known to work (semdex models)',
    details: { file },
  })
}
