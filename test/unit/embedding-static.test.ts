import { describe, expect, test } from 'vitest'
import { openTestEmbedder } from '../support/embedding.ts'
import { f32, part, safetensors } from '../support/safetensors.ts'
import { BERT, ROWS, UNIGRAM, WORD_LEVEL, writeModel } from '../support/token-table.ts'

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

/** The bits of a number that float16 holds exactly. */
function halfBits(value: number): number {
  if (value === 0) return 0
  const exponent = Math.floor(Math.log2(Math.abs(value)))
  const fraction = Math.abs(value) / 2 ** exponent - 1
  return (value < 0 ? 0x8000 : 0) | ((exponent + 15) << 10) | (fraction * 1_024)
}
