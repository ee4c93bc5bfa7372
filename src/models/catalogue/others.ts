import type { ModelSpec } from '../../core/model-spec.ts'
import { ENCODER, file, source } from './entry.ts'

/** Tables of token vectors have no positions, so nothing limits them: the number that Model2Vec writes for that. */
const UNLIMITED = 1_000_000

const TOKEN_TABLE = {
  ...ENCODER,
  runtime: 'static',
  licence: 'MIT',
  languages: ['eng'],
  precision: 'fp32',
  files: [file('weights', 'model.safetensors'), file('tokenizer', 'tokenizer.json')],
  maxTokens: UNLIMITED,
  pooling: 'mean',
} satisfies Partial<ModelSpec>

const CROSS_ENCODER = {
  ...ENCODER,
  task: 'rerank',
  precision: 'int8',
  files: [file('weights', 'onnx/model_quantized.onnx'), file('tokenizer', 'tokenizer.json')],
  dimensions: 1,
  maxTokens: 512,
  pooling: 'graph',
} satisfies Partial<ModelSpec>

/** Tables of token vectors (Model2Vec): no network is run, a text's vector is the mean of its tokens'. */
export const TOKEN_TABLES: readonly ModelSpec[] = [
  {
    ...TOKEN_TABLE,
    name: 'potion-base-8M',
    summary: 'English; a table of token vectors: very fast, and less exact than any encoder. fp32.',
    source: source('minishlab/potion-base-8M'),
    dimensions: 256,
  },
  {
    ...TOKEN_TABLE,
    name: 'potion-retrieval-32M',
    summary: 'English; a table of token vectors that was tuned for search. fp32.',
    source: source('minishlab/potion-retrieval-32M'),
    dimensions: 512,
  },
]

export const RERANKERS: readonly ModelSpec[] = [
  {
    ...CROSS_ENCODER,
    name: 'ms-marco-MiniLM-L-6-v2',
    summary: 'English; ranks passages by how well they answer a query. int8.',
    source: source('Xenova/ms-marco-MiniLM-L-6-v2'),
    licence: 'Apache-2.0',
    languages: ['eng'],
  },
  {
    ...CROSS_ENCODER,
    name: 'bge-reranker-base',
    summary: 'English and Chinese; ranks passages, better and slower than ms-marco-MiniLM-L-6-v2. int8.',
    source: source('Xenova/bge-reranker-base'),
    licence: 'MIT',
    languages: ['eng', 'zho'],
  },
]
