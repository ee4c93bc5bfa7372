import type { EmbeddingTask, ModelSpec } from '../../core/model-spec.ts'
import { ENCODER, file, source } from './entry.ts'

/** For more languages, longer texts or code. Their repositories publish no checksums that are known here. */
export const LARGE_ENCODERS: readonly ModelSpec[] = [
  {
    ...ENCODER,
    name: 'multilingual-e5-small',
    summary: 'About a hundred languages; a query in one finds a passage in another. fp32.',
    source: source('intfloat/multilingual-e5-small'),
    licence: 'MIT',
    languages: [],
    precision: 'fp32',
    files: [file('weights', 'onnx/model.onnx'), file('tokenizer', 'tokenizer.json')],
    dimensions: 384,
    maxTokens: 512,
    pooling: 'mean',
    prompts: { query: 'query: ', passage: 'passage: ' },
  },
  {
    ...ENCODER,
    name: 'nomic-embed-text-v1.5',
    summary: 'English; reads 8,192 tokens, and its vectors can be cut down to 64 dimensions. fp32.',
    source: source('nomic-ai/nomic-embed-text-v1.5'),
    licence: 'Apache-2.0',
    languages: ['eng'],
    precision: 'fp32',
    files: [file('weights', 'onnx/model.onnx'), file('tokenizer', 'tokenizer.json')],
    dimensions: 768,
    matryoshka: [512, 256, 128, 64],
    maxTokens: 8_192,
    pooling: 'mean',
    prompts: { query: 'search_query: ', passage: 'search_document: ' },
  },
  {
    ...ENCODER,
    name: 'embeddinggemma-300m',
    summary: 'More than a hundred languages and code, reads 2,048 tokens. fp32.',
    source: source('onnx-community/embeddinggemma-300m-ONNX'),
    licence: 'Gemma',
    notice:
      "embeddinggemma-300m is under Google's Gemma licence: its terms of use and its list of prohibited uses (ai.google.dev/gemma/terms) bind whoever uses it or passes it on.",
    languages: [],
    precision: 'fp32',
    files: [
      file('weights', 'onnx/model.onnx'),
      file('data', 'onnx/model.onnx_data'),
      file('tokenizer', 'tokenizer.json'),
    ],
    dimensions: 768,
    matryoshka: [512, 256, 128],
    maxTokens: 2_048,
    pooling: 'graph',
    prompts: { query: 'task: search result | query: ', passage: 'title: none | text: ' },
  },
  {
    ...ENCODER,
    name: 'jina-embeddings-v3',
    summary: 'Many languages, reads 8,192 tokens, tasks of its own; not for commercial use. fp32, 2.3 GB.',
    source: source('jinaai/jina-embeddings-v3'),
    licence: 'CC-BY-NC-4.0',
    notice:
      'jina-embeddings-v3 is under CC-BY-NC-4.0: it may not be used for commercial purposes without a licence from Jina AI.',
    languages: [],
    precision: 'fp32',
    files: [
      file('weights', 'onnx/model.onnx'),
      file('data', 'onnx/model.onnx_data'),
      file('tokenizer', 'tokenizer.json'),
    ],
    dimensions: 1_024,
    matryoshka: [32, 64, 128, 256, 512, 768],
    maxTokens: 8_192,
    pooling: 'mean',
    prompts: {
      query: 'Represent the query for retrieving evidence documents: ',
      passage: 'Represent the document for retrieval: ',
    },
    inputs: { task_id: { query: 0, passage: 1 } },
    tasks: {
      'retrieval.query': jinaTask(0, 'Represent the query for retrieving evidence documents: '),
      'retrieval.passage': jinaTask(1, 'Represent the document for retrieval: '),
      separation: jinaTask(2),
      classification: jinaTask(3),
      'text-matching': jinaTask(4),
    },
  },
  {
    ...ENCODER,
    name: 'Qodo-Embed-1-1.5B',
    summary: 'Code and questions about it, reads 32,768 tokens. Nobody publishes its ONNX file: you export it. fp32.',
    source: source('Qodo/Qodo-Embed-1-1.5B'),
    licence: 'QodoAI-Open-RAIL-M',
    notice:
      "Qodo-Embed-1-1.5B is under Qodo's Open RAIL-M licence: its list of prohibited uses binds whoever uses it or passes it on.",
    languages: [],
    precision: 'fp32',
    files: [],
    dimensions: 1_536,
    maxTokens: 32_768,
    pooling: 'last',
    endToken: 151_643,
  },
]

function jinaTask(id: number, prompt = ''): EmbeddingTask {
  return { prompt, inputs: { task_id: id } }
}
