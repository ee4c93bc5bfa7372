import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { SemdexError } from '../../src/core/errors.ts'
import type { ModelSpec } from '../../src/core/model-spec.ts'
import type { EmbedTimings } from '../../src/core/ports/embedder.ts'
import { openTestEmbedder, specOf } from '../support/embedding.ts'

const root = mkdtempSync(join(tmpdir(), 'semdex-static-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const WORDS = ['[UNK]', '[CLS]', '[SEP]', 'north', 'east', 'half', 'minus', 'up']
/** Rows by id; those of the special tokens would show. */
const ROWS = [
  [9, 9, 9],
  [9, -9, 9],
  [-9, 9, 9],
  [1, 0, 0],
  [0, 1, 0],
  [0.5, 0, 0],
  [-1, 0, 0],
  [0, 0, 2],
]

interface Part {
  dtype: string
  shape: number[]
  data: Uint8Array
}

const f32 = (rows: number[][]): Part => part('F32', [rows.length, rows[0]?.length ?? 0], new Float32Array(rows.flat()))
const part = (dtype: string, shape: number[], data: ArrayBufferView): Part => ({
  dtype,
  shape,
  data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
})

function safetensors(parts: Record<string, Part>, metadata?: Record<string, string>): Buffer {
  let offset = 0
  const head: Record<string, unknown> = metadata ? { __metadata__: metadata } : {}
  for (const [name, { dtype, shape, data }] of Object.entries(parts)) {
    head[name] = { dtype, shape, data_offsets: [offset, offset + data.length] }
    offset += data.length
  }
  return withHead(JSON.stringify(head), Buffer.concat(Object.values(parts).map(({ data }) => data)))
}

function withHead(head: string, data: Uint8Array, headBytes = Buffer.byteLength(head)): Buffer {
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(headBytes))
  return Buffer.concat([length, Buffer.from(head), data])
}

const added = (id: number) => ({
  id,
  content: WORDS[id],
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: true,
})
const BERT = {
  version: '1.0',
  added_tokens: [added(0), added(1), added(2)],
  normalizer: {
    type: 'BertNormalizer',
    clean_text: true,
    handle_chinese_chars: true,
    strip_accents: null,
    lowercase: true,
  },
  pre_tokenizer: { type: 'BertPreTokenizer' },
  post_processor: { type: 'BertProcessing', sep: ['[SEP]', 2], cls: ['[CLS]', 1] },
  model: {
    type: 'WordPiece',
    unk_token: '[UNK]',
    continuing_subword_prefix: '##',
    max_input_chars_per_word: 100,
    vocab: Object.fromEntries(WORDS.map((word, id) => [word, id])),
  },
}

/** Word by word, with no post-processor, as Model2Vec's own tokenizers are. */
const WORD_LEVEL = {
  version: '1.0',
  added_tokens: [added(0)],
  normalizer: { type: 'Lowercase' },
  pre_tokenizer: { type: 'Whitespace' },
  post_processor: null,
  decoder: null,
  model: { type: 'WordLevel', unk_token: '[UNK]', vocab: BERT.model.vocab },
}

const UNIGRAM = {
  version: '1.0',
  added_tokens: [],
  normalizer: { type: 'Lowercase' },
  pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true },
  post_processor: null,
  decoder: null,
  model: { type: 'Unigram', unk_id: 0, vocab: WORDS.map((word, id) => [id < 3 ? word : `▁${word}`, -id]) },
}

let folders = 0

function writeModel(weights: Uint8Array, tokenizer: unknown = BERT): { folder: string; spec: ModelSpec; file: string } {
  const folder = join(root, String(folders++))
  mkdirSync(folder)
  writeFileSync(join(folder, 'model.safetensors'), weights)
  writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(tokenizer))
  const files: ModelSpec['files'] = [
    { role: 'weights', path: 'model.safetensors', sha256: null, bytes: null },
    { role: 'tokenizer', path: 'tokenizer.json', sha256: null, bytes: null },
  ]
  const spec: ModelSpec = {
    ...specOf('all-MiniLM-L6-v2'),
    name: 'tiny',
    runtime: 'static',
    files,
    dimensions: 3,
    maxTokens: 4,
  }
  return { folder, spec, file: join(folder, 'model.safetensors') }
}

async function embed(weights: Uint8Array, texts: string[], tokenizer?: unknown) {
  const { folder, spec } = writeModel(weights, tokenizer)
  const embedder = await openTestEmbedder({ folder, spec, mode: 'inline', fingerprint: 'f' })
  const results = await embedder.embed(texts, { kind: 'passage' })
  await embedder.close()
  return results.map((result) =>
    result.ok
      ? { vector: [...result.vector].map(round), tokens: result.tokens, cut: result.truncated }
      : result.error.code,
  )
}

const round = (value: number) => Math.round(value * 1e6) / 1e6
const DIAGONAL = round(Math.SQRT1_2)

describe('the mean of token vectors', () => {
  const plain = safetensors({ embeddings: f32(ROWS) }, { format: 'pt' })

  test('has unit length, and knows neither special nor unknown tokens', async () => {
    expect(await embed(plain, ['north', 'north east', 'north nowhere east', 'up', 'north north half'])).toEqual([
      { vector: [1, 0, 0], tokens: 1, cut: false },
      { vector: [DIAGONAL, DIAGONAL, 0], tokens: 2, cut: false },
      { vector: [DIAGONAL, DIAGONAL, 0], tokens: 2, cut: false },
      { vector: [0, 0, 1], tokens: 1, cut: false },
      { vector: [1, 0, 0], tokens: 3, cut: false },
    ])
  })

  test('is of rows as they are, not of unit rows', async () => {
    const [mixed] = await embed(plain, ['half east'])
    const length = Math.hypot(0.5, 1)
    expect(mixed).toEqual({ vector: [round(0.5 / length), round(1 / length), 0], tokens: 2, cut: false })
  })

  test('is cut at the limit before unknown tokens are left out', async () => {
    expect(await embed(plain, ['north nowhere nowhere north east east', 'a b c d north'])).toEqual([
      { vector: [1, 0, 0], tokens: 2, cut: true },
      'EMPTY_EMBEDDING',
    ])
  })

  test('is no vector where no word is known or the rows cancel out', async () => {
    expect(await embed(plain, ['nowhere', 'north minus', '\ufffd'])).toEqual(Array(3).fill('EMPTY_EMBEDDING'))
  })

  test.each([
    ['words', WORD_LEVEL],
    ['Unigram', UNIGRAM],
  ])('with a tokenizer of %s', async (_, tokenizer) => {
    expect(await embed(plain, ['north xyz East', 'xyz'], tokenizer)).toEqual([
      { vector: [DIAGONAL, DIAGONAL, 0], tokens: 2, cut: false },
      'EMPTY_EMBEDDING',
    ])
  })
})

describe('a table', () => {
  const flat = ROWS.flat()
  const shape = [ROWS.length, 3]

  test.each([
    ['F64', new Float64Array(flat)],
    ['F16', Uint16Array.from(flat, halfBits)],
    ['BF16', Uint16Array.from(new Uint32Array(new Float32Array(flat).buffer), (bits) => bits >>> 16)],
    ['I8', Int8Array.from(flat, (value) => value * 2)],
  ])('of %s gives the same vectors', async (dtype, data) => {
    const results = await embed(safetensors({ embeddings: part(dtype, shape, data) }), ['half east', 'north east up'])
    const other = await embed(safetensors({ embeddings: f32(ROWS) }), ['half east', 'north east up'])
    expect(results).toEqual(other)
  })

  test('keeps the subnormal numbers of float16', async () => {
    const rows = ROWS.map((row, id) => (id === 3 ? [0x0001, 0x0002, 0] : row.map(halfBits)))
    const [result] = await embed(safetensors({ embeddings: part('F16', shape, Uint16Array.from(rows.flat())) }), [
      'north',
    ])
    expect(result).toMatchObject({ vector: [round(1 / Math.sqrt(5)), round(2 / Math.sqrt(5)), 0] })
  })

  test('by the name that sentence-transformers gives it', async () => {
    expect(await embed(safetensors({ 'embedding.weight': f32(ROWS) }), ['north'])).toMatchObject([
      { vector: [1, 0, 0] },
    ])
  })

  test('with a mapping to shared rows and weights by token', async () => {
    // north and minus share a row; minus has a negative weight.
    const shared = [
      [0, 0, 0],
      [1, 0, 0],
      [0, 1, 0],
    ]
    const mapping = part('I64', [8], BigInt64Array.of(0n, 0n, 0n, 1n, 2n, 1n, 1n, 2n))
    for (const weightShape of [[8], [8, 1]]) {
      const weights = part('F64', weightShape, Float64Array.of(5, 5, 5, 1, 1, 0.5, -2, 1))
      const file = safetensors({ embeddings: f32(shared), mapping, weights })
      expect(await embed(file, ['north east', 'north minus', 'half east', 'north east half minus'])).toMatchObject([
        { vector: [DIAGONAL, DIAGONAL, 0] },
        { vector: [-1, 0, 0] },
        { vector: [round(0.5 / Math.hypot(0.5, 1)), round(1 / Math.hypot(0.5, 1)), 0] },
        { vector: [round(-0.5 / Math.hypot(0.5, 1)), round(1 / Math.hypot(0.5, 1)), 0] },
      ])
    }
  })

  test('longer than the part that is read at once is whole', async () => {
    const many = Array.from({ length: 200_000 }, (_, row) => ROWS[row] ?? [row, 0, 0])
    const vocab = { ...BERT.model.vocab, last: many.length - 1 }
    const tokenizer = { ...BERT, model: { ...BERT.model, vocab } }
    many[many.length - 1] = [0, 3, 0]
    const results = await embed(safetensors({ embeddings: f32(many) }), ['last'], tokenizer)
    expect(results).toMatchObject([{ vector: [0, 1, 0] }])
  })
})

const whole = safetensors({ embeddings: f32(ROWS) })
const entry = (dtype: unknown, shape: unknown, offsets: unknown) =>
  JSON.stringify({ embeddings: { dtype, shape, data_offsets: offsets } })
const data = new Uint8Array(96)

describe('a file that cannot be used', () => {
  test.each<[string, Buffer, string, object?]>([
    ['empty', Buffer.alloc(0), 'MODEL_DAMAGED'],
    ['of seven bytes', Buffer.alloc(7), 'MODEL_DAMAGED'],
    ['that is a page', Buffer.from('<!doctype html><title>404</title>'), 'MODEL_DAMAGED'],
    ['whose head is longer than it', withHead('{}', data, 5_000), 'MODEL_DAMAGED'],
    ['whose head has 2^62 bytes', withHead('{}', data, 2 ** 62), 'MODEL_DAMAGED'],
    ['whose head is no JSON', withHead('{"embeddings"', data), 'MODEL_DAMAGED'],
    ['whose head is a list', withHead('[]', data), 'MODEL_DAMAGED'],
    ['cut in the middle', whole.subarray(0, whole.length - 1), 'MODEL_DAMAGED'],
    ['with offsets beyond it', withHead(entry('F32', [8, 3], [4, 100]), data), 'MODEL_DAMAGED'],
    ['with offsets backwards', withHead(entry('F32', [8, 3], [96, 0]), data), 'MODEL_DAMAGED'],
    ['with negative offsets', withHead(entry('F32', [8, 3], [-96, 0]), data), 'MODEL_DAMAGED'],
    ['whose shape does not fit its bytes', withHead(entry('F32', [7, 3], [0, 96]), data), 'MODEL_DAMAGED'],
    ['without a shape', withHead(entry('F32', undefined, [0, 96]), data), 'MODEL_DAMAGED'],
    [
      'of an unknown type',
      withHead(entry('F8_E4M3', [32, 3], [0, 96]), data),
      'MODEL_INVALID',
      { tensor: 'embeddings' },
    ],
    ['of whole numbers', withHead(entry('I64', [4, 3], [0, 96]), data), 'MODEL_INVALID', { tensor: 'embeddings' }],
    ['without the table', safetensors({}), 'MODEL_INVALID', { tensor: 'embeddings' }],
    [
      'with a tensor that is not known',
      safetensors({ embeddings: f32(ROWS), bias: f32([[1]]) }),
      'MODEL_INVALID',
      { tensor: 'bias' },
    ],
    [
      'of another rank',
      safetensors({ embeddings: part('F32', [24], new Float32Array(24)) }),
      'MODEL_INVALID',
      { tensor: 'embeddings' },
    ],
    [
      'of other dimensions',
      safetensors({ embeddings: f32(ROWS.map((row) => row.slice(1))) }),
      'MODEL_INVALID',
      { tensor: 'embeddings' },
    ],
    [
      'with too few weights',
      safetensors({ embeddings: f32(ROWS), weights: f32([[1, 2]]) }),
      'MODEL_INVALID',
      { tensor: 'weights' },
    ],
    [
      'whose mapping leaves the table',
      safetensors({
        embeddings: f32(ROWS),
        mapping: part('I64', [8], BigInt64Array.of(0n, 1n, 2n, 3n, 4n, 5n, 6n, 2n ** 40n)),
      }),
      'MODEL_INVALID',
      { tensor: 'mapping' },
    ],
    [
      'of fewer tokens than the tokenizer has',
      safetensors({ embeddings: f32(ROWS.slice(1)) }),
      'MODEL_INVALID',
      { tokens: 7, vocabulary: 8 },
    ],
  ])('%s', async (_, weights, code, details = {}) => {
    for (const mode of ['inline', 'threads'] as const) {
      const { folder, spec, file } = writeModel(weights)
      const failure = await openTestEmbedder({ folder, spec, mode, fingerprint: 'f' }).catch((error: unknown) => error)
      expect(failure).toBeInstanceOf(SemdexError)
      expect(failure).toMatchObject({ code, details: { file, ...details }, message: expect.stringContaining(file) })
      expect((failure as SemdexError).fix).toMatch(/./)
    }
  })

  test('that is not there', async () => {
    const { folder, spec, file } = writeModel(whole)
    rmSync(file)
    const failure = { code: 'MODEL_DAMAGED', details: { file }, message: `${file} is missing.` }
    await expect(openTestEmbedder({ folder, spec, mode: 'inline' })).rejects.toMatchObject(failure)
  })
})

describe('without work', () => {
  const options = { kind: 'passage' } as const

  test('the model is let go, and read again for the next text', async () => {
    const { folder, spec } = writeModel(whole)
    const embedder = await openTestEmbedder({ folder, spec, fingerprint: 'f', idleSeconds: 0.05 })
    expect(await embedder.embed(['north'], options)).toMatchObject([{ ok: true, tokens: 1 }])
    await expect.poll(() => embedder.metrics().workers, { timeout: 20_000 }).toBe(0)
    let load = 0
    const onTimings = (timings: EmbedTimings) => {
      load = timings.load
    }
    const [again, together] = await Promise.all([
      embedder.embed(['up'], { ...options, onTimings }),
      embedder.embed(['east'], options),
    ])
    expect([...again, ...together]).toMatchObject([
      { vector: Float32Array.of(0, 0, 1) },
      { vector: Float32Array.of(0, 1, 0) },
    ])
    expect(load).toBeGreaterThan(0)
    await embedder.close()
  }, 60_000)

  test('a model that has gone meanwhile is an error, and is found again when it is back', async () => {
    const { folder, spec, file } = writeModel(whole)
    const embedder = await openTestEmbedder({ folder, spec, fingerprint: 'f', idleSeconds: 0.05 })
    await expect.poll(() => embedder.metrics().workers, { timeout: 20_000 }).toBe(0)
    rmSync(file)
    await expect(embedder.embed(['up'], options)).rejects.toMatchObject({ code: 'MODEL_DAMAGED', details: { file } })
    writeFileSync(file, whole)
    expect(await embedder.embed(['up'], options)).toMatchObject([{ ok: true }])
    await embedder.close()
  }, 60_000)
})

test('threads embed what is far too long beside others, and leave the event loop free', async () => {
  const { folder, spec } = writeModel(whole)
  const embedder = await openTestEmbedder({ folder, spec: { ...spec, maxTokens: 1_000_000 }, fingerprint: 'f' })
  let ticks = 0
  const timer = setInterval(() => ticks++, 5)
  const began = performance.now()
  const [long, short] = await embedder.embed(['north east '.repeat(450_000), 'up'], { kind: 'passage' })
  const took = performance.now() - began
  clearInterval(timer)
  await embedder.close()
  expect(long).toMatchObject({ ok: true, truncated: false, tokens: 900_000 })
  expect(short).toMatchObject({ ok: true, tokens: 1 })
  expect(ticks).toBeGreaterThan(took / 5 / 4)
}, 60_000)

/** The bits of a number that float16 holds exactly. */
function halfBits(value: number): number {
  if (value === 0) return 0
  const exponent = Math.floor(Math.log2(Math.abs(value)))
  const fraction = Math.abs(value) / 2 ** exponent - 1
  return (value < 0 ? 0x8000 : 0) | ((exponent + 15) << 10) | (fraction * 1_024)
}
