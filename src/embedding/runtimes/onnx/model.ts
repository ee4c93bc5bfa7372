import { join } from 'node:path'
import type { ModelSpec } from '../../../core/model-spec.ts'
import { pool } from '../../pooling.ts'
import { type Encoding, openTokenizer } from '../../tokenizer.ts'
import { openSession } from './session.ts'

/** What a thread needs to know to run a model; can be posted to a worker. */
export interface OnnxModelSettings {
  spec: ModelSpec
  folder: string
  threads: number
  /** Where files that make the next start faster are kept; null for none. */
  cacheDirectory: string | null
}

/** Tokenizer and graph of one model on this thread. */
export interface OnnxModel {
  tokenize(texts: readonly string[]): Encoding[]
  infer(batch: readonly Int32Array[]): Promise<Float32Array>
  release(): Promise<void>
}

/** @throws {SemdexError} `RUNTIME_UNAVAILABLE`, `MODEL_DAMAGED`, `MODEL_INVALID` */
export async function openOnnxModel({ spec, folder, threads }: OnnxModelSettings): Promise<OnnxModel> {
  const tokenizer = await openTokenizer(fileOf(spec, folder, 'tokenizer'))
  const file = fileOf(spec, folder, 'weights')
  const session = await openSession({ file, dimensions: spec.dimensions, threads })
  return {
    tokenize: (texts) => texts.map((text) => tokenizer.encode(text, spec.maxTokens)),
    infer: async (batch) => pool(await session.infer(batch, tokenizer.padId), spec.pooling),
    release: () => session.release(),
  }
}

export function fileOf(spec: ModelSpec, folder: string, role: 'weights' | 'tokenizer'): string {
  const file = spec.files.find((candidate) => candidate.role === role)
  if (!file) throw new TypeError(`the spec of ${spec.name} lists no file of the role ${role}`)
  return join(folder, file.path)
}
