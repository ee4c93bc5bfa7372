import type { InferenceSession, Tensor } from 'onnxruntime-node'
import { SemdexError } from '../../../core/errors.ts'
import type { Precision } from '../../../core/model-spec.ts'
import type { HiddenStates } from '../../pooling.ts'
import { feeds, INPUTS } from './feeds.ts'
import { loadAndCopy, loadCopy } from './optimised-copy.ts'
import { sessionOptions } from './options.ts'
import { loadOnnxRuntime, type OnnxRuntime } from './runtime.ts'

export interface SessionSettings {
  /** The .onnx file. */
  file: string
  dimensions: number
  /** Threads that compute one batch. */
  threads: number
  precision: Precision
  /** Where an optimised copy of the graph is kept, which loads faster; null for none. It must belong to this file alone. */
  copy: string | null
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
  return wrapSession(runtime, await load(runtime, settings), settings)
}

function wrapSession(runtime: OnnxRuntime, session: InferenceSession, settings: SessionSettings): Session {
  const inputs = checkInputs(session, settings.file)
  const output = findOutput(session, settings)
  return {
    async infer(batch, padId) {
      const tokens = Math.max(...batch.map((ids) => ids.length))
      const answer = await session.run(feeds(runtime, inputs, batch, tokens, padId), [output])
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

async function load(runtime: OnnxRuntime, { file, threads, precision, copy }: SessionSettings) {
  try {
    if (copy === null) return await runtime.InferenceSession.create(file, sessionOptions(threads))
    const plan = { file, copy: `${copy}-${runtime.env.versions.node}.ort`, threads, precision }
    return (await loadCopy(runtime, plan)) ?? (await loadAndCopy(runtime, plan))
  } catch (cause) {
    throw new SemdexError('MODEL_DAMAGED', {
      message: `${file} cannot be loaded as an ONNX model (${(cause as Error).message}).`,
      fix: 'Put the file back as it is published, or reinstall the package that brought it (npm ci)',
      details: { file },
      cause,
    })
  }
}

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
