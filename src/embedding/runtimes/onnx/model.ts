import { join } from 'node:path'
import type { ModelFile, ModelSpec } from '../../../core/model-spec.ts'
import type { EmbedInput } from '../../../core/ports/embedder.ts'
import { pool } from '../../pooling.ts'
import { type Encoding, openTokenizer, type Tokenizer } from '../../tokenizing/tokenizer.ts'
import type { JobTimings } from '../runner.ts'
import type { Job, JobValue } from './messages.ts'
import type { RunProvider } from './runtime.ts'
import { openSession, type Session } from './session.ts'

/** What a thread needs to know to run a model; can be posted to a worker. */
export interface OnnxModelSettings {
  spec: ModelSpec
  folder: string
  threads: number
  provider: RunProvider
  /** `query` is ready soonest, `batches` computes fastest. */
  purpose?: 'query' | 'batches'
  /** Where files that make the next opening faster are kept; null for none. */
  cacheDirectory: string | null
}

/** Tokenizer and graph of one model on this thread. */
export interface OnnxModel {
  /** `prompt` is put before token ids; texts have theirs. */
  tokenize(texts: readonly EmbedInput[], prompt?: string): Encoding[]
  /** Unit vectors, shape [texts, dimensions], and the milliseconds of it. */
  infer(
    batch: readonly Int32Array[],
    inputs: Readonly<Record<string, number>>,
    how?: { alone: boolean },
  ): Promise<Inferred>
  /** Loads the graph once more, with these threads, for what is inferred `alone`: the same vectors, sooner. */
  quicken(threads: number): Promise<void>
  release(): Promise<void>
}

export interface Inferred {
  vectors: Float32Array
  timings: { infer: number; pool: number }
}

/** One job, and the milliseconds of its stages. */
export async function performJob(
  model: OnnxModel,
  job: Job,
  how = { alone: false },
): Promise<{ value: JobValue; timings: JobTimings }> {
  if (job.type === 'infer') {
    const { vectors, timings } = await model.infer(job.batch, job.inputs, how)
    return { value: vectors, timings }
  }
  const began = performance.now()
  const encodings = model.tokenize(job.texts, job.prompt)
  const tokenize = performance.now() - began
  if (job.type === 'tokenize') return { value: encodings, timings: { tokenize } }
  const { vectors, timings } = await model.infer(
    encodings.map(({ ids }) => ids),
    job.inputs,
    how,
  )
  const sizes = encodings.map(({ ids, truncated }) => ({ tokens: ids.length, truncated }))
  return { value: { encodings: sizes, vectors }, timings: { tokenize, ...timings } }
}

/** @throws {SemdexError} `RUNTIME_UNAVAILABLE`, `MODEL_DAMAGED`, `MODEL_INVALID` */
export async function openOnnxModel(settings: OnnxModelSettings): Promise<OnnxModel> {
  const { spec, folder, threads, provider, purpose = 'batches', cacheDirectory } = settings
  const derived = (file: ModelFile, kind: string) =>
    cacheDirectory === null || file.sha256 === null ? null : join(cacheDirectory, 'derived', `${kind}-1-${file.sha256}`)
  const tokenizerFile = fileOf(spec, 'tokenizer')
  const tokenizer = await openTokenizer(join(folder, tokenizerFile.path), derived(tokenizerFile, 'vocabulary'))
  const weights = fileOf(spec, 'weights')
  const data = spec.files.filter(({ role }) => role === 'data')
  const graph = {
    file: join(folder, weights.path),
    data: data.map(({ path, bytes }) => ({ file: join(folder, path), bytes })),
    spec,
    threads,
    provider,
    purpose,
    // A copy would be known by the weights' file alone, whatever the data beside it holds.
    copy: data.length > 0 ? null : derived(weights, `graph-${process.platform}-${process.arch}`),
  }
  const session = await openSession(graph)
  let quick: Session | null = null
  return {
    tokenize: (texts, prompt = '') => texts.map((text) => encode(text, prompt, tokenizer, spec)),
    async infer(ids, values, how) {
      const began = performance.now()
      const states = await ((how?.alone && quick) || session).infer({ ids, padId: tokenizer.padId, values })
      const inferred = performance.now()
      const vectors = pool(states, spec.pooling)
      return { vectors, timings: { infer: inferred - began, pool: performance.now() - inferred } }
    },
    async quicken(threads) {
      if (session.threaded) quick ??= await openSession({ ...graph, threads, spinning: true })
    },
    async release() {
      await Promise.all([session.release(), quick?.release()])
    },
  }
}

/** The end token comes after what is left of the text. */
function encode(text: EmbedInput, prompt: string, tokenizer: Tokenizer, { maxTokens, endToken }: ModelSpec): Encoding {
  if (endToken === null) return encodeWithin(text, prompt, tokenizer, maxTokens)
  const isEnded = typeof text !== 'string' && text.at(-1) === endToken
  const { ids, truncated } = encodeWithin(isEnded ? text.subarray(0, -1) : text, prompt, tokenizer, maxTokens - 1)
  const ended = new Int32Array(ids.length + 1)
  ended.set(ids)
  ended[ids.length] = endToken
  return { ids: ended, truncated }
}

function encodeWithin(text: EmbedInput, prompt: string, tokenizer: Tokenizer, maxTokens: number): Encoding {
  return typeof text === 'string'
    ? tokenizer.encode(text, maxTokens)
    : tokenizer.surround(tokenizer.withPrompt(text, prompt), maxTokens)
}

function fileOf(spec: ModelSpec, role: ModelFile['role']): ModelFile {
  const file = spec.files.find((candidate) => candidate.role === role)
  if (!file) throw new TypeError(`the spec of ${spec.name} lists no file of the role ${role}`)
  return file
}
