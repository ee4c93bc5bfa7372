import type { ModelFile, ModelSpec } from '../core/model-spec.ts'

/** What most specs have in common. */
const ENCODER = {
  task: 'embed',
  notice: null,
  runtime: 'onnx',
  normalize: true,
  matryoshka: [],
  inputs: {},
  tasks: {},
  endToken: null,
  remote: null,
} satisfies Partial<ModelSpec>

/** The models that Semdex knows by name. Facts and checksums are those of the source repositories. */
export const CATALOGUE: readonly ModelSpec[] = [
  {
    name: 'all-MiniLM-L6-v2',
    summary: 'Small, fast, English; the default. int8.',
    source: { repository: 'Xenova/all-MiniLM-L6-v2', revision: null },
    licence: 'Apache-2.0',
    languages: ['eng'],
    ...ENCODER,
    precision: 'int8',
    files: [
      weights('model_quantized.onnx', 'afdb6f1a0e45b715d0bb9b11772f032c399babd23bfc31fed1c170afc848bdb1', 22_972_370),
      tokenizer('da0e79933b9ed51798a3ae27893d3c5fa4a201126cef75586296df9b4d2c62a0', 711_661),
    ],
    dimensions: 384,
    maxTokens: 256,
    pooling: 'mean',
    prompts: { query: '', passage: '' },
  },
  {
    name: 'all-MiniLM-L6-v2-fp32',
    summary: 'The default model as it was published, four times the size. fp32.',
    source: { repository: 'Xenova/all-MiniLM-L6-v2', revision: null },
    licence: 'Apache-2.0',
    languages: ['eng'],
    ...ENCODER,
    precision: 'fp32',
    files: [
      weights('model.onnx', '759c3cd2b7fe7e93933ad23c4c9181b7396442a2ed746ec7c1d46192c469c46e', 90_387_606),
      tokenizer('da0e79933b9ed51798a3ae27893d3c5fa4a201126cef75586296df9b4d2c62a0', 711_661),
    ],
    dimensions: 384,
    maxTokens: 256,
    pooling: 'mean',
    prompts: { query: '', passage: '' },
  },
  {
    name: 'bge-small-en-v1.5',
    summary: 'English; better and about half as fast as the default, reads 512 tokens. int8.',
    source: { repository: 'Xenova/bge-small-en-v1.5', revision: null },
    licence: 'MIT',
    languages: ['eng'],
    ...ENCODER,
    precision: 'int8',
    files: [
      weights('model_quantized.onnx', '6c9c6101a956d62dfb5e7190c538226c0c5bb9cb27b651234b6df063ee7dbfe4', 34_014_426),
      tokenizer('d241a60d5e8f04cc1b2b3e9ef7a4921b27bf526d9f6050ab90f9267a1f9e5c66', 711_396),
    ],
    dimensions: 384,
    maxTokens: 512,
    pooling: 'cls',
    prompts: { query: 'Represent this sentence for searching relevant passages: ', passage: '' },
  },
  {
    name: 'e5-small-v2',
    summary: 'English; trained for search with a prompt for each side, reads 512 tokens. int8.',
    source: { repository: 'Xenova/e5-small-v2', revision: null },
    licence: 'MIT',
    languages: ['eng'],
    ...ENCODER,
    precision: 'int8',
    files: [
      weights('model_quantized.onnx', '7d9092cb25f2bd1c023b7e8d2aa459044a02030ac880e5a59fdaf27af69f1ded', 34_014_367),
      tokenizer('d241a60d5e8f04cc1b2b3e9ef7a4921b27bf526d9f6050ab90f9267a1f9e5c66', 711_396),
    ],
    dimensions: 384,
    maxTokens: 512,
    pooling: 'mean',
    prompts: { query: 'query: ', passage: 'passage: ' },
  },
]

/** The npm packages that carry a model's files, by model name. */
export const MODEL_PACKAGES: Readonly<Record<string, string>> = {
  'all-MiniLM-L6-v2': '@semdex/all-minilm-l6-v2',
}

function weights(file: string, sha256: string, bytes: number): ModelFile {
  return { role: 'weights', path: `onnx/${file}`, sha256, bytes }
}

function tokenizer(sha256: string, bytes: number): ModelFile {
  return { role: 'tokenizer', path: 'tokenizer.json', sha256, bytes }
}
