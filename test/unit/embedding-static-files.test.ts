import { rmSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { SemdexError } from '../../src/core/errors.ts'
import type { EmbedTimings } from '../../src/core/ports/embedder.ts'
import { openTestEmbedder } from '../support/embedding.ts'
import { f32, part, safetensors, withHead } from '../support/safetensors.ts'
import { ROWS, writeModel } from '../support/token-table.ts'

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
