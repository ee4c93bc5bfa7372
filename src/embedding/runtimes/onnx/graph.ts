import type { InferenceSession } from 'onnxruntime-node'
import { SemdexError } from '../../../core/errors.ts'
import type { ModelSpec } from '../../../core/model-spec.ts'

/** What of a spec the graph has to agree with. */
export type GraphSpec = Pick<ModelSpec, 'dimensions' | 'pooling' | 'precision' | 'inputs' | 'tasks'>

/** How a graph is run, found out from its inputs and outputs. */
export interface GraphPlan {
  inputs: readonly GraphInput[]
  output: GraphOutput
}

export interface GraphInput {
  name: string
  /** What goes into it, shape [texts, tokens]; `value`: a value of the spec's. */
  holds: 'ids' | 'mask' | 'types' | 'positions' | 'value'
  type: 'int64' | 'int32'
  /** Of a value: `scalar` has rank 0, `one` the shape [1], `texts` the shape [texts]. */
  extent: 'scalar' | 'one' | 'texts'
}

export interface GraphOutput {
  name: string
  type: 'float32' | 'float16'
  /** 3: [texts, tokens, dimensions]; 2: [texts, dimensions]. */
  rank: 2 | 3
}

type Metadata = InferenceSession.TensorValueMetadata

/** @throws {SemdexError} `MODEL_INVALID`, naming the file, where inputs, output or dimensions are not those of the spec. */
export function planGraph(
  session: Pick<InferenceSession, 'inputMetadata' | 'outputMetadata'>,
  spec: GraphSpec,
  file: string,
): GraphPlan {
  const inputs = session.inputMetadata.flatMap((input) => (input.isTensor ? [input] : []))
  const outputs = session.outputMetadata.flatMap((output) => (output.isTensor ? [output] : []))
  return { inputs: planInputs(inputs, spec, file), output: findOutput(outputs, spec, file) }
}

const HOLDS: ReadonlyMap<string, GraphInput['holds']> = new Map([
  ['input_ids', 'ids'],
  ['attention_mask', 'mask'],
  ['token_type_ids', 'types'],
  ['position_ids', 'positions'],
])

function planInputs(inputs: readonly Metadata[], spec: GraphSpec, file: string): GraphInput[] {
  const names = inputs.map(({ name }) => name)
  const cache = names.find((name) => name.startsWith('past_key') || name === 'use_cache_branch')
  if (cache) throw invalid(file, `wants earlier keys and values (${cache}); an export without cache is needed`)
  const values = Object.keys(spec.inputs)
  const unknown = names.filter((name) => !HOLDS.has(name) && !values.includes(name))
  if (unknown.length > 0) throw invalid(file, `has inputs that its spec gives no value for: ${unknown.join(', ')}`)
  const lacking = ['input_ids', 'attention_mask', ...values].filter((name) => !names.includes(name))
  if (lacking.length > 0) throw invalid(file, `has no input ${lacking.join(' and no input ')}`)
  checkTasks(spec, values, file)
  return inputs.map((input) => planInput(input, file))
}

function checkTasks({ tasks }: GraphSpec, values: readonly string[], file: string): void {
  for (const [task, { inputs }] of Object.entries(tasks)) {
    const lacking = values.find((name) => inputs[name] === undefined)
    if (lacking) throw invalid(file, `has the input ${lacking}, which the task ${task} gives no value for`)
  }
}

function planInput({ name, type, shape }: Metadata, file: string): GraphInput {
  if (type !== 'int64' && type !== 'int32') throw invalid(file, `wants ${name} as ${type} where integers are known`)
  const holds = HOLDS.get(name) ?? 'value'
  if (holds === 'value') return { name, holds, type, extent: extentOf(name, shape, file) }
  if (shape.some((size) => typeof size === 'number')) {
    throw invalid(file, `wants ${name} in the fixed shape [${shape.join(', ')}]; an export with free axes is needed`)
  }
  return { name, holds, type, extent: 'texts' }
}

function extentOf(name: string, shape: Metadata['shape'], file: string): GraphInput['extent'] {
  if (shape.length === 0) return 'scalar'
  if (shape.length === 1 && shape[0] === 1) return 'one'
  if (shape.length === 1 && typeof shape[0] === 'string') return 'texts'
  throw invalid(
    file,
    `wants ${name} in the shape [${shape.join(', ')}] where one value, or one for each text, is known`,
  )
}

/** Names that exports give to the output that is wanted, best first; else the first of the right rank counts. */
const OUTPUTS = { 3: ['last_hidden_state', 'token_embeddings'], 2: ['sentence_embedding'] } as const

function findOutput(outputs: readonly Metadata[], { pooling, dimensions }: GraphSpec, file: string): GraphOutput {
  const rank = pooling === 'graph' ? 2 : 3
  const fitting = outputs.filter(({ shape, type }) => shape.length === rank && type.startsWith('float'))
  const named = OUTPUTS[rank].flatMap((name) => fitting.filter((output) => output.name === name))
  const output = named[0] ?? (rank === 3 || fitting.length === 1 ? fitting[0] : undefined)
  const wanted = rank === 3 ? '[texts, tokens, dimensions]' : '[texts, dimensions], and its pooling is said to be in it'
  if (!output) throw invalid(file, `has no output of the shape ${wanted}`)
  const { name, type } = output
  if (type !== 'float32' && type !== 'float16')
    throw invalid(file, `answers in ${type} where float32 and float16 are known`)
  const size = output.shape[rank - 1]
  if (typeof size === 'number' && size !== dimensions) throw wrongDimensions(file, dimensions, size)
  return { name, type, rank }
}

export function wrongDimensions(file: string, dimensions: number, actual: number | undefined): SemdexError {
  return invalid(file, `gives vectors of ${actual} dimensions where its spec says ${dimensions}`)
}

function invalid(file: string, reason: string): SemdexError {
  return new SemdexError('MODEL_INVALID', {
    message: `${file} ${reason}.`,
    fix: 'Correct the spec (semdex.json) of the model, or choose a model that is known to work (semdex models)',
    details: { file },
  })
}
