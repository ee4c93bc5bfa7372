import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, expectTypeOf, test } from 'vitest'
import { type DebugEvent, type EmbedTimings, open, type Semdex, toBinary, toInt8 } from '../../../src/index.ts'

let folder: string
let db: Semdex
const events: DebugEvent[] = []
const openAgain = (more: object = {}) =>
  open({
    database: join(folder, 'notes.db'),
    cacheDirectory: join(folder, 'cache'),
    workers: 1,
    onLog: (event) => events.push(event),
    ...more,
  })
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'semdex-library-'))
  db = await openAgain()
})
afterAll(async () => {
  await db.close()
  rmSync(folder, { recursive: true, force: true })
})

async function only() {
  const { models } = await db.metrics()
  if (!models[0] || models.length > 1) throw new Error(`${models.length} models are open`)
  return models[0]
}

describe('a process that lives long', () => {
  test('reads a query once: the second time its vector is known', async () => {
    await db.add([
      { id: 'bread', text: 'Knead the dough, let it rise overnight, then bake it.' },
      { id: 'orbit', text: 'The satellite circles the planet.' },
    ])
    const query = 'how do I make a loaf'
    const first = await db.search(query)
    const before = await only()
    const second = await db.search(query)
    const after = await only()
    expect(second.hits.map(({ documentId, similarity }) => [documentId, similarity])).toEqual(
      first.hits.map(({ documentId, similarity }) => [documentId, similarity]),
    )
    expect([after.cacheHits - before.cacheHits, after.cacheMisses - before.cacheMisses]).toEqual([1, 0])
    expect([after.tokens, after.timings.infer]).toEqual([before.tokens, before.timings.infer])
    expect(after.hitRate).toBeCloseTo(after.cacheHits / (after.cacheHits + after.cacheMisses), 12)
  }, 60_000)

  test('does not hand out what it keeps', async () => {
    const first = await db.embed('a text of my own')
    const copy = Float32Array.from(first.vector)
    first.vector.fill(0)
    expect((await db.embed('a text of my own')).vector).toEqual(copy)
  })

  test('says what each call did, and never its text', async () => {
    events.length = 0
    await db.embed('a secret text', { kind: 'query' })
    await db.embed('a secret text', { kind: 'query' })
    expect(events).toMatchObject([
      { event: 'embed', kind: 'query', texts: 1, failed: 0, cacheHits: 0, error: null },
      { event: 'embed', kind: 'query', texts: 1, failed: 0, tokens: 0, cacheHits: 1, ms: { infer: 0 } },
    ])
    expect(JSON.stringify(events)).not.toContain('secret')
  })

  test('with a cache of no entries asks the model each time', async () => {
    const bare = await openAgain({ database: join(folder, 'bare.db'), resultCache: 0 })
    try {
      const tokens: number[] = []
      for (let n = 0; n < 2; n++) {
        await bare.embed('the same text')
        tokens.push((await bare.metrics()).models[0]?.tokens ?? 0)
      }
      expect(tokens[1]).toBe(2 * (tokens[0] as number))
      expect((await bare.metrics()).models[0]).toMatchObject({ cacheHits: 0, cacheMisses: 0, hitRate: null })
    } finally {
      await bare.close()
    }
  }, 60_000)

  test('with a file of vectors knows them in its next life', async () => {
    const vectors: Float32Array[] = []
    for (let life = 0; life < 2; life++) {
      const long = await openAgain({ resultCacheOnDisk: true })
      try {
        vectors.push((await long.embed('a text that comes again')).vector)
        expect((await long.metrics()).models[0]).toMatchObject({ cacheHits: life, cacheMisses: 1 - life })
      } finally {
        await long.close()
      }
    }
    expect(vectors[1]).toEqual(vectors[0])
  }, 60_000)
})

describe('what embed gives', () => {
  test('is typed and made by its encoding', async () => {
    const { vector } = await db.embed('hello world')
    const int8 = await db.embed('hello world', { encoding: 'int8' })
    const binary = await db.embed('hello world', { encoding: 'binary' })
    const text = await db.embed('hello world', { encoding: 'int8', base64: true })
    expectTypeOf(vector).toEqualTypeOf<Float32Array>()
    expectTypeOf(int8.vector).toEqualTypeOf<Int8Array>()
    expectTypeOf(binary.vector).toEqualTypeOf<Uint8Array>()
    expectTypeOf(text.vector).toEqualTypeOf<string>()
    expect([int8.vector, int8.scale]).toEqual([toInt8(vector).values, toInt8(vector).scale])
    expect(binary.vector).toEqual(toBinary(vector))
    expect(text.vector).toBe(Buffer.from(int8.vector.buffer).toString('base64'))
    expect(await db.embed('hello world')).not.toHaveProperty('scale')
  })

  test('comes with what it took, where that is asked for', async () => {
    const told: EmbedTimings[] = []
    const onTimings = (timings: EmbedTimings) => told.push(timings)
    await db.embedBatch(['never seen before', 'nor this'], { onTimings })
    expect(told.length).toBe(1)
    expect(told[0]?.infer).toBeGreaterThan(0)
    expect(told[0]?.total).toBeGreaterThan(told[0]?.load ?? 0)
  })
})

describe('texts that are no plain texts', () => {
  test('five million characters are cut and flagged; lone surrogates are embedded; what is empty has its own error', async () => {
    const texts = ['word '.repeat(1_000_000), 'left \ud800 right', '\u0000\u0007\u200b', '', '\udfff', 'plain']
    const results = await db.embedBatch(texts)
    expect(results.map((result) => (result.ok ? result.truncated : result.error.code))).toEqual([
      true,
      false,
      'EMPTY_EMBEDDING',
      'EMPTY_EMBEDDING',
      false,
      false,
    ])
    const [long, broken] = results
    if (!long?.ok || !broken?.ok) throw new Error('no vectors')
    expect(long.tokens).toBe(256)
    expect(broken.vector).toEqual((await db.embed('left \ufffd right')).vector)
  }, 60_000)
})
