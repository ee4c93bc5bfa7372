import { join } from 'node:path'
import { SemdexError } from '../../../core/errors.ts'
import type { ModelFile, ModelSpec } from '../../../core/model-spec.ts'
import type { EmbedInput } from '../../../core/ports/embedder.ts'
import { openTokenizer, type Tokenizer } from '../../tokenizing/tokenizer.ts'
import type { EncodedVectors } from '../runner.ts'
import { addRows, readTable, type TokenTable } from './table.ts'

/** Tokenizer and table of one model on this thread. */
export interface StaticModel {
  /** Unit vectors; the zero vector of a text without a token that the model knows. */
  embed(texts: readonly EmbedInput[], prompt?: string): TimedVectors
}

export interface StaticJob {
  texts: readonly EmbedInput[]
  /** Put before token ids; texts have theirs. */
  prompt: string
}

export interface TimedVectors {
  value: EncodedVectors
  /** Milliseconds. */
  timings: { tokenize: number; infer: number }
}

/** What a thread needs to know; can be posted to a worker. */
export interface StaticModelSettings {
  spec: ModelSpec
  folder: string
  table: TokenTable
}

/** @throws {SemdexError} `MODEL_DAMAGED`, `MODEL_INVALID` */
export function readModelTable({ spec, folder }: { spec: ModelSpec; folder: string }): Promise<TokenTable> {
  return readTable(join(folder, fileOf(spec, 'weights').path), spec.dimensions)
}

/** @throws {SemdexError} `MODEL_DAMAGED`; `MODEL_INVALID` where the tokenizer has ids that the table lacks */
export async function openStaticModel({ spec, folder, table }: StaticModelSettings): Promise<StaticModel> {
  const tokenizer = await openTokenizer(join(folder, fileOf(spec, 'tokenizer').path))
  if (tokenizer.size > table.tokens) throw vocabularyTooLarge(table, tokenizer)
  return { embed: (texts, prompt = '') => embed({ texts, prompt }, spec.maxTokens, tokenizer, table) }
}

function embed({ texts, prompt }: StaticJob, maxTokens: number, tokenizer: Tokenizer, table: TokenTable): TimedVectors {
  const began = performance.now()
  const idsOf = (text: EmbedInput) =>
    typeof text === 'string' ? tokenizer.pieces(text, maxTokens) : tokenizer.withPrompt(text, prompt)
  const encodings = texts.map((text) => cutIds(idsOf(text), maxTokens, tokenizer))
  const tokenized = performance.now()
  const vectors = new Float32Array(texts.length * table.dimensions)
  const sum = new Float64Array(table.dimensions)
  for (const [row, { ids }] of encodings.entries()) {
    sum.fill(0)
    addRows(table, ids, sum)
    setUnit(vectors, row * table.dimensions, sum)
  }
  return {
    value: { encodings: encodings.map(({ ids, truncated }) => ({ tokens: ids.length, truncated })), vectors },
    timings: { tokenize: tokenized - began, infer: performance.now() - tokenized },
  }
}

/** In Model2Vec's order: no special tokens, cut at the limit, then unknown tokens left out. */
function cutIds(all: number[], maxTokens: number, tokenizer: Tokenizer): { ids: number[]; truncated: boolean } {
  const truncated = all.length > maxTokens
  const kept = truncated ? all.slice(0, maxTokens) : all
  return { ids: kept.includes(tokenizer.unknownId as number) ? withoutUnknown(kept, tokenizer) : kept, truncated }
}

function withoutUnknown(ids: readonly number[], { unknownId }: Tokenizer): number[] {
  return ids.filter((id) => id !== unknownId)
}

/** v / ‖v‖₂; a mean has the direction of its sum. A zero vector stays zero. */
function setUnit(vectors: Float32Array, at: number, sum: Float64Array): void {
  let squares = 0
  for (let i = 0; i < sum.length; i++) squares += (sum[i] as number) ** 2
  const length = Math.sqrt(squares)
  if (length === 0) return
  for (let i = 0; i < sum.length; i++) vectors[at + i] = (sum[i] as number) / length
}

function fileOf(spec: ModelSpec, role: ModelFile['role']): ModelFile {
  const file = spec.files.find((candidate) => candidate.role === role)
  if (!file) throw new TypeError(`the spec of ${spec.name} lists no file of the role ${role}`)
  return file
}

function vocabularyTooLarge({ file, tokens }: TokenTable, { size }: Tokenizer): SemdexError {
  return new SemdexError('MODEL_INVALID', {
    message: `${file} has vectors of ${tokens} tokens where the tokenizer has ${size}.`,
    fix: 'Take the tokenizer.json and the weights of the same model',
    details: { file, tokens, vocabulary: size },
  })
}
