import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cosine, fromBlob, int8Cosine, toBinary, toInt8 } from '../../../src/core/vectors.ts'
import { asset, describeWithAssets } from '../../support/assets.ts'
import { openWorkplace, type Workplace } from './support.ts'

const TEXTS = ['Knead the dough and bake it.', 'The satellite circles the planet.']

let work: Workplace
beforeAll(() => {
  work = openWorkplace()
})
afterAll(() => work.close())

/** What the operation answers for the first text. */
async function first(input: object) {
  const answer = await work.run('embed', { texts: TEXTS, ...input })
  const [result] = answer.results
  if (!result?.ok) throw new Error('the text has no vector')
  return { ...answer, ...result }
}

describe('encodings', () => {
  test('int8 and binary are those of the float32 vector', async () => {
    const { embedding } = await first({})
    const vector = embedding as Float32Array
    const expected = toInt8(vector)
    expect(await first({ encoding: 'int8' })).toMatchObject({
      encoding: 'int8',
      embedding: expected.values,
      scale: expected.scale,
      dimensions: 384,
    })
    expect((await first({ encoding: 'binary' })).embedding).toEqual(toBinary(vector))
    expect(toBinary(vector).length).toBe(48)
  })

  test('base64 holds the bytes of each', async () => {
    const bytes = async (encoding: string) =>
      Buffer.from((await first({ encoding, base64: true })).embedding as string, 'base64')
    const { embedding } = await first({})
    expect(fromBlob(await bytes('float32'))).toEqual(embedding)
    const int8 = await bytes('int8')
    expect(new Int8Array(int8.buffer, int8.byteOffset, int8.length)).toEqual(
      (await first({ encoding: 'int8' })).embedding,
    )
    expect(new Uint8Array(await bytes('binary'))).toEqual(toBinary(embedding as Float32Array))
    expect((await first({ encoding: 'int8', base64: true })).scale).toBeGreaterThan(0)
  })

  test('int8 keeps the similarity of two texts', async () => {
    const [a, b] = await Promise.all(
      ['float32', 'int8'].map(async (encoding) => {
        const { results } = await work.run('embed', { texts: TEXTS, encoding })
        return results.map((result) => (result.ok ? result.embedding : null))
      }),
    )
    const exact = cosine(a?.[0] as Float32Array, a?.[1] as Float32Array)
    expect(Math.abs(int8Cosine(b?.[0] as Int8Array, b?.[1] as Int8Array) - exact)).toBeLessThan(0.005)
  })
})

describe('widths and tasks', () => {
  test('a width that the model was not trained for is refused, and the known ones are named', async () => {
    await expect(work.run('embed', { texts: TEXTS, dimensions: 128 })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      details: { field: 'dimensions', known: [384] },
    })
    expect(await work.run('embed', { texts: TEXTS, dimensions: 384 })).toMatchObject({ dimensions: 384 })
  })

  test('a task that the model does not have is refused', async () => {
    await expect(work.run('embed', { texts: TEXTS, task: 'sorting' })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      details: { field: 'task', known: [] },
    })
  })
})

describeWithAssets('a model with tasks and widths', ['fixtures/tiny-jina-task'], () => {
  const model = () => asset('fixtures/tiny-jina-task')

  test('cuts to the width that is asked for, and answers it', async () => {
    const { embedding, dimensions } = await first({ model: model(), dimensions: 64 })
    expect(dimensions).toBe(64)
    const cut = embedding as Float32Array
    const whole = (await first({ model: model() })).embedding as Float32Array
    expect([cut.length, Math.hypot(...cut)]).toEqual([64, expect.closeTo(1, 5)])
    expect(cosine(cut, whole.slice(0, 64))).toBeGreaterThan(1 - 1e-6)
    const { embedding: bits } = await first({ model: model(), dimensions: 64, encoding: 'binary' })
    expect(bits).toEqual(toBinary(cut))
  })

  test('a task gives another vector than the kind', async () => {
    const passage = (await first({ model: model() })).embedding as Float32Array
    const task = (await first({ model: model(), task: 'text-matching' })).embedding as Float32Array
    const same = (await first({ model: model(), task: 'retrieval.passage' })).embedding as Float32Array
    expect(cosine(same, passage)).toBeGreaterThan(1 - 1e-6)
    expect(cosine(task, passage)).toBeLessThan(1 - 1e-4)
  })
})

describe('timings', () => {
  test('are answered where they are asked for; the first call loads the model', async () => {
    const fresh = openWorkplace()
    try {
      const timed = await fresh.run('embed', { texts: TEXTS, timings: true })
      const { total = 0, load = 0, infer = 0, tokenize = 0 } = timed.timings ?? {}
      expect(Math.min(load, infer, tokenize)).toBeGreaterThan(0)
      expect(total).toBeGreaterThan(load)
      const again = await fresh.run('embed', { texts: TEXTS, timings: true })
      expect(again.timings?.load).toBeLessThan(load)
      expect(await fresh.run('embed', { texts: TEXTS })).not.toHaveProperty('timings')
    } finally {
      await fresh.close()
    }
  })
})

describe('metrics', () => {
  test('are empty before a model is open, and count from then on', async () => {
    const fresh = openWorkplace()
    try {
      expect(await fresh.run('metrics', {})).toEqual({ models: [] })
      await fresh.run('embed', { texts: [...TEXTS, ''] })
      await fresh.run('embed', { texts: TEXTS })
      const { models } = await fresh.run('metrics', {})
      expect(models).toMatchObject([
        { model: 'all-MiniLM-L6-v2', calls: 2, texts: 5, failed: 1, cacheHits: 0, cacheMisses: 0, hitRate: null },
      ])
      expect(models[0]?.tokens).toBeGreaterThan(20)
      expect(models[0]?.timings.infer).toBeGreaterThan(0)
    } finally {
      await fresh.close()
    }
  })
})
