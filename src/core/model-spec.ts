export type EmbeddingKind = 'query' | 'passage'
export type Precision = 'fp32' | 'fp16' | 'int8'
export type Pooling = 'mean' | 'cls'

/** Data that says how to run one model right. Nothing that changes a vector's value is left to code. */
export interface ModelSpec {
  /** The name people type: `all-MiniLM-L6-v2`. */
  name: string
  summary: string
  source: { repository: string; revision: string | null }
  licence: string
  /** ISO 639-3 codes of the languages it was trained for; empty where it has no limit. */
  languages: string[]
  runtime: 'onnx'
  precision: Precision
  files: ModelFile[]
  dimensions: number
  /** Special tokens included. Overrides what tokenizer.json bakes in. */
  maxTokens: number
  pooling: Pooling
  normalize: true
  /** Put before the text, by kind. */
  prompts: Record<EmbeddingKind, string>
}

export interface ModelFile {
  role: 'weights' | 'tokenizer'
  /** Relative to the model's folder, with forward slashes. */
  path: string
  sha256: string
  bytes: number
}
