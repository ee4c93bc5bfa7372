import { join } from 'node:path'
import type { ModelFile, ModelSpec } from '../../../core/model-spec.ts'
import { pool } from '../../pooling.ts'
import { type Encoding, openTokenizer } from '../../tokenizer.ts'
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
  infer(batch: readonly Int32Array[]): Promise<Float32Array>
  release(): Promise<void>
}

/** @throws {SemdexError} `RUNTIME_UNAVAILABLE`, `MODEL_DAMAGED`, `MODEL_INVALID` */
export async function openOnnxModel({ spec, folder, threads, cacheDirectory }: OnnxModelSettings): Promise<OnnxModel> {
  const { dimensions, precision, maxTokens, pooling } = spec
  const derived = (file: ModelFile, kind: string) =>
    cacheDirectory === null ? null : join(cacheDirectory, 'derived', `${kind}-1-${file.sha256}`)
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
    infer: async (batch) => pool(await session.infer(batch, tokenizer.padId), pooling),
    release: () => session.release(),
  }
}

function fileOf(spec: ModelSpec, role: ModelFile['role']): ModelFile {
  const file = spec.files.find((candidate) => candidate.role === role)
  if (!file) throw new TypeError(`the spec of ${spec.name} lists no file of the role ${role}`)
  return file
}
