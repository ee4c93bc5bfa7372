export type EmbeddingKind = 'query' | 'passage'
export type Runtime = 'onnx' | 'static' | 'remote'
export type Precision = 'fp32' | 'fp16' | 'int8'
/** How token states become one vector; `graph`: the graph answers with it. `last` is the last token by the mask. */
export type Pooling = 'mean' | 'cls' | 'last' | 'graph'

/** Data that says how to run one model right. Nothing that changes a vector's value is left to code. */
export interface ModelSpec {
  /** The name people type: `all-MiniLM-L6-v2`. */
  name: string
  summary: string
  /** `embed`: a text → a vector. `rerank`: a query and a passage → a score. */
  task: 'embed' | 'rerank'
  source: { repository: string; revision: string | null }
  licence: string
  /** What people must be told before they use it, as that its licence forbids commercial use; null for nothing. */
  notice: string | null
  /** ISO 639-3 codes of the languages it was trained for; empty where it has no limit. */
  languages: string[]
  runtime: Runtime
  precision: Precision
  files: ModelFile[]
  /** Native width of a vector; 1 for a reranker. */
  dimensions: number
  /** Widths that a vector may be cut to, after which it is normalised again (Matryoshka); none where it may not. */
  matryoshka: number[]
  /** Special tokens included. Overrides what tokenizer.json bakes in. */
  maxTokens: number
  pooling: Pooling
  normalize: true
  /** Put before the text, by kind. */
  prompts: Record<EmbeddingKind, string>
  /** Further inputs of the graph, int64 of rank 0, by kind: `{ task_id: { query: 0, passage: 1 } }`. */
  inputs: Record<string, Record<EmbeddingKind, number>>
  /** Further ways to embed a text, by name, for callers who ask for one instead of a kind's own. */
  tasks: Record<string, EmbeddingTask>
  /** The id of a token that is put after the text where tokenizer.json does not: the end token of decoders. */
  endToken: number | null
  /** The model of a server that is spoken to, for the runtime `remote` alone. */
  remote: RemoteModel | null
}

export interface EmbeddingTask {
  prompt: string
  /** Values of the spec's further inputs. */
  inputs: Record<string, number>
}

export interface RemoteModel {
  /** Where `/embeddings` is below: `http://localhost:11434/v1`. */
  url: string
  /** The server's name for the model. */
  model: string
  /** The environment variable that holds the key; null for a server without one. */
  keyVariable: string | null
}

export interface ModelFile {
  /** `data`: what the weights refer to (ONNX external data). */
  role: 'weights' | 'data' | 'tokenizer'
  /** Relative to the model's folder, with forward slashes. */
  path: string
  /** Null where no checksum is published: it is recorded when the model is installed, and enforced from then on. */
  sha256: string | null
  bytes: number | null
}
