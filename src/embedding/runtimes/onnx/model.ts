import { join } from 'node:path'
import type { ModelFile, ModelSpec } from '../../../core/model-spec.ts'
import { pool } from '../../pooling.ts'
import { type Encoding, openTokenizer } from '../../tokenizer.ts'
import type { JobTimings } from '../runner.ts'
import type { Job, JobValue } from './messages.ts'
import { openSession } from './session.ts'

/** What a thread needs to know to run a model; can be posted to a worker. */
export interface OnnxModelSettings {
  spec: ModelSpec
  folder: string
  threads: number
  /** Where files that make the next opening faster are kept; null for none. */
  cacheDirectory: string | null
}

/** Tokenizer and graph of one model on this thread. */
export interface OnnxModel {
  tokenize(texts: readonly string[]): Encoding[]
  /** Unit vectors, shape [texts, dimensions], and the milliseconds of it. */
  infer(batch: readonly Int32Array[], inputs: Readonly<Record<string, number>>): Promise<Inferred>
  release(): Promise<void>
}

export interface Inferred {
  vectors: Float32Array
  timings: { infer: number; pool: number }
}

/** One job, and the milliseconds of its stages. */
export async function performJob(model: OnnxModel, job: Job): Promise<{ value: JobValue; timings: JobTimings }> {
  if (job.type === 'infer') {
    const { vectors, timings } = await model.infer(job.batch, job.inputs)
    return { value: vectors, timings }
  }
  const began = performance.now()
  const encodings = model.tokenize(job.texts)
  const tokenize = performance.now() - began
  if (job.type === 'tokenize') return { value: encodings, timings: { tokenize } }
  const { vectors, timings } = await model.infer(
    encodings.map(({ ids }) => ids),
    job.inputs,
  )
  const sizes = encodings.map(({ ids, truncated }) => ({ tokens: ids.length, truncated }))
  return { value: { encodings: sizes, vectors }, timings: { tokenize, ...timings } }
}

/** @throws {SemdexError} `RUNTIME_UNAVAILABLE`, `MODEL_DAMAGED`, `MODEL_INVALID` */
export async function openOnnxModel({ spec, folder, threads, cacheDirectory }: OnnxModelSettings): Promise<OnnxModel> {
  const { dimensions, precision, maxTokens, pooling } = spec
  const derived = (file: ModelFile, kind: string) =>
    cacheDirectory === null || file.sha256 === null ? null : join(cacheDirectory, 'derived', `${kind}-1-${file.sha256}`)
  const tokenizerFile = fileOf(spec, 'tokenizer')
  const tokenizer = await openTokenizer(join(folder, tokenizerFile.path), derived(tokenizerFile, 'vocabulary'))
  const weights = fileOf(spec, 'weights')
  const session = await openSession({
    file: join(folder, weights.path),
    dimensions,
    threads,
    precision,
    copy: derived(weights, `graph-${process.platform}-${process.arch}`),
  })
  return {
    tokenize: (texts) => texts.map((text) => tokenizer.encode(text, maxTokens)),
    async infer(batch) {
      const began = performance.now()
      const states = await session.infer(batch, tokenizer.padId)
      const inferred = performance.now()
      const vectors = pool(states, pooling)
      return { vectors, timings: { infer: inferred - began, pool: performance.now() - inferred } }
    },
    release: () => session.release(),
  }
}

function fileOf(spec: ModelSpec, role: ModelFile['role']): ModelFile {
  const file = spec.files.find((candidate) => candidate.role === role)
  if (!file) throw new TypeError(`the spec of ${spec.name} lists no file of the role ${role}`)
  return file
}
