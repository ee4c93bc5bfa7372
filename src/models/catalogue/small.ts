import type { ModelSpec } from '../../core/model-spec.ts'
import { ENCODER, file, source } from './entry.ts'

/** English encoders of 384 dimensions, small enough for any machine. */
const SMALL = { ...ENCODER, languages: ['eng'], dimensions: 384 } satisfies Partial<ModelSpec>

const MINILM_TOKENIZER = file(
  'tokenizer',
  'tokenizer.json',
  'da0e79933b9ed51798a3ae27893d3c5fa4a201126cef75586296df9b4d2c62a0',
  711_661,
)
const MINILM = {
  ...SMALL,
  source: source('Xenova/all-MiniLM-L6-v2'),
  licence: 'Apache-2.0',
  maxTokens: 256,
  pooling: 'mean',
} satisfies Partial<ModelSpec>

const GTE = {
  ...SMALL,
  source: source('Xenova/gte-small'),
  licence: 'MIT',
  maxTokens: 512,
  pooling: 'mean',
} satisfies Partial<ModelSpec>

/** bge-small-en-v1.5 and e5-small-v2 have the same one. */
const UNCASED_TOKENIZER = file(
  'tokenizer',
  'tokenizer.json',
  'd241a60d5e8f04cc1b2b3e9ef7a4921b27bf526d9f6050ab90f9267a1f9e5c66',
  711_396,
)
const BGE = {
  ...SMALL,
  licence: 'MIT',
  maxTokens: 512,
  pooling: 'cls',
  prompts: { query: 'Represent this sentence for searching relevant passages: ', passage: '' },
} satisfies Partial<ModelSpec>

const E5 = {
  ...SMALL,
  source: source('Xenova/e5-small-v2'),
  licence: 'MIT',
  maxTokens: 512,
  pooling: 'mean',
  prompts: { query: 'query: ', passage: 'passage: ' },
} satisfies Partial<ModelSpec>

export const SMALL_ENCODERS: readonly ModelSpec[] = [
  {
    ...MINILM,
    name: 'all-MiniLM-L6-v2',
    summary: 'Small, fast, English; the default. int8.',
    precision: 'int8',
    files: [
      file(
        'weights',
        'onnx/model_quantized.onnx',
        'afdb6f1a0e45b715d0bb9b11772f032c399babd23bfc31fed1c170afc848bdb1',
        22_972_370,
      ),
      MINILM_TOKENIZER,
    ],
  },
  {
    ...MINILM,
    name: 'all-MiniLM-L6-v2-fp16',
    summary: 'The default model in fp16, half the size of fp32.',
    precision: 'fp16',
    files: [
      file(
        'weights',
        'onnx/model_fp16.onnx',
        '2cdb5e58291813b6d6e248ed69010100246821a367fa17b1b81ae9483744533d',
        45_297_825,
      ),
      MINILM_TOKENIZER,
    ],
  },
  {
    ...MINILM,
    name: 'all-MiniLM-L6-v2-fp32',
    summary: 'The default model as it was published, four times the size. fp32.',
    precision: 'fp32',
    files: [
      file(
        'weights',
        'onnx/model.onnx',
        '759c3cd2b7fe7e93933ad23c4c9181b7396442a2ed746ec7c1d46192c469c46e',
        90_387_606,
      ),
      MINILM_TOKENIZER,
    ],
  },
  {
    ...GTE,
    name: 'gte-small',
    summary: 'English; good at questions and at similar sentences, needs no prompts, reads 512 tokens. int8.',
    precision: 'int8',
    files: [
      file(
        'weights',
        'onnx/model_quantized.onnx',
        '34440558460f3d0d05fda102ade2d2a0672d112dd8c05b540c8fc3bc2051db90',
        34_014_427,
      ),
      file('tokenizer', 'tokenizer.json'),
    ],
  },
  {
    ...GTE,
    name: 'gte-small-fp32',
    summary: 'gte-small as it was published. fp32.',
    precision: 'fp32',
    files: [
      file(
        'weights',
        'onnx/model.onnx',
        'b9c15a9afac5d465bda995eca8010fac61efc79c827bc980085810e37d271795',
        133_093_491,
      ),
      file('tokenizer', 'tokenizer.json'),
    ],
  },
  {
    ...BGE,
    name: 'bge-small-en-v1.5',
    source: source('Xenova/bge-small-en-v1.5'),
    summary: 'English; better and about half as fast as the default, reads 512 tokens. int8.',
    precision: 'int8',
    files: [
      file(
        'weights',
        'onnx/model_quantized.onnx',
        '6c9c6101a956d62dfb5e7190c538226c0c5bb9cb27b651234b6df063ee7dbfe4',
        34_014_426,
      ),
      UNCASED_TOKENIZER,
    ],
  },
  {
    ...BGE,
    name: 'bge-small-en-v1.5-fp32',
    source: source('BAAI/bge-small-en-v1.5'),
    summary: 'bge-small-en-v1.5 as it was published. fp32.',
    precision: 'fp32',
    files: [
      file(
        'weights',
        'onnx/model.onnx',
        '828e1496d7fabb79cfa4dcd84fa38625c0d3d21da474a00f08db0f559940cf35',
        133_093_490,
      ),
      UNCASED_TOKENIZER,
    ],
  },
  {
    ...E5,
    name: 'e5-small-v2',
    summary: 'English; trained for search with a prompt for each side, reads 512 tokens. int8.',
    precision: 'int8',
    files: [
      file(
        'weights',
        'onnx/model_quantized.onnx',
        '7d9092cb25f2bd1c023b7e8d2aa459044a02030ac880e5a59fdaf27af69f1ded',
        34_014_367,
      ),
      UNCASED_TOKENIZER,
    ],
  },
  {
    ...E5,
    name: 'e5-small-v2-fp32',
    summary: 'e5-small-v2 as it was published. fp32.',
    precision: 'fp32',
    files: [
      file(
        'weights',
        'onnx/model.onnx',
        'b2a43b66f7f9b6f29643a21340ad7c03d2d91e6bd5d43429a77799a9ee880eb0',
        133_093_467,
      ),
      UNCASED_TOKENIZER,
    ],
  },
]
