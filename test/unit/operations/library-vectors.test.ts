import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { open, type Semdex, SemdexError, type VectorCollection, type VectorItem } from '../../../src/index.ts'

let folder: string
let db: Semdex
let last = 0
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'semdex-vectors-'))
  db = await open({ database: join(folder, 'semdex.db'), embeddings: false })
})
afterAll(async () => {
  await db.close()
  rmSync(folder, { recursive: true, force: true })
})

const make = (dimensions = 3) => db.vectors(`mine-${++last}`, { dimensions })

describe('vectors under ids of your own', () => {
  test('are put, read, counted, replaced and deleted', async () => {
    const vectors = await make()
    await vectors.put('a', [3, 4, 0], { metadata: { lang: 'en', when: new Date(0) as never } })
    await vectors.put('b', Float32Array.of(0, 0.5, 0))
    expect(await vectors.get('a')).toEqual({
      id: 'a',
      vector: Float32Array.of(3, 4, 0),
      metadata: { lang: 'en', when: '1970-01-01T00:00:00.000Z' },
    })
    expect(await vectors.get('none')).toBe(null)
    expect([await vectors.has('a'), await vectors.has('none')]).toEqual([true, false])
    expect([await vectors.count(), await vectors.count({ lang: 'en' })]).toEqual([2, 1])
    await vectors.put('a', [1, 0, 0])
    expect(await vectors.get('a')).toEqual({ id: 'a', vector: Float32Array.of(1, 0, 0), metadata: {} })
    expect(await vectors.count()).toBe(2)
    expect(await vectors.delete('a')).toBe(1)
    expect(await vectors.delete(['a', 'b', 'none'])).toBe(1)
    expect([await vectors.count(), await vectors.get('b')]).toEqual([0, null])
    expect(await vectors.searchByVector([1, 0, 0])).toEqual([])
  })

  test('keep any id: empty words, numbers, other scripts, NULs and lone surrogates', async () => {
    const vectors = await make()
    const ids = ['0', '1', ' ', 'ключ', '\u{1f600}', 'a\0b', '\ud800', 'chunk-1', '__proto__', 'x'.repeat(4_096)]
    const results = await vectors.putAll(ids.map((id, i) => ({ id, vector: [i + 1, 1, 0] })))
    expect(results).toEqual(ids.map((id) => ({ ok: true, id })))
    for (const [i, id] of ids.entries()) expect((await vectors.get(id))?.vector[0]).toBe(i + 1)
    const found = await vectors.searchByVector([1, 1, 0], { limit: 100 })
    expect(found.map(({ id }) => id)).toEqual(ids)
  })

  test('are the same when the collection is opened again, and another length is refused', async () => {
    const vectors = await make()
    await vectors.put('a', [1, 2, 3])
    expect(await (await db.vectors(vectors.name, { dimensions: 3 })).get('a')).toMatchObject({ id: 'a' })
    await expect(db.vectors(vectors.name, { dimensions: 4 })).rejects.toMatchObject({
      code: 'DIMENSION_MISMATCH',
      details: { expected: 3, actual: 4 },
    })
    await db.add({ id: 'text', text: 'x' }, { collection: 'texts' })
    await expect(db.vectors('texts', { dimensions: 384 })).rejects.toMatchObject({ code: 'COLLECTION_MODEL_MISMATCH' })
    await expect(db.add({ id: 'text', text: 'x' }, { collection: vectors.name })).rejects.toMatchObject({
      code: 'COLLECTION_MODEL_MISMATCH',
    })
  })
})

describe('what is no vector is refused', () => {
  const WRONG: [string, unknown, string][] = [
    ['too short', [1, 2], 'DIMENSION_MISMATCH'],
    ['too long', [1, 2, 3, 4], 'DIMENSION_MISMATCH'],
    ['empty', [], 'DIMENSION_MISMATCH'],
    ['NaN', [1, Number.NaN, 0], 'VECTOR_INVALID'],
    ['infinite', [1, Number.NEGATIVE_INFINITY, 0], 'VECTOR_INVALID'],
    ['infinite as float32', [1e39, 0, 0], 'VECTOR_INVALID'],
    ['zero', [0, 0, 0], 'VECTOR_INVALID'],
    ['zero as float32', [1e-50, 0, 0], 'VECTOR_INVALID'],
    ['texts', ['a', 'b', 'c'], 'VECTOR_INVALID'],
    ['nothing', undefined, 'VECTOR_INVALID'],
    ['a text', 'abc', 'VECTOR_INVALID'],
  ]

  test.each(WRONG)('%s', async (_, wrong, code) => {
    const vectors = await make()
    await vectors.put('kept', [1, 0, 0])
    for (const call of [
      () => vectors.put('kept', wrong as number[]),
      () => vectors.searchByVector(wrong as number[]),
    ]) {
      const error = await call().catch((thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(SemdexError)
      expect(error).toMatchObject({ code })
    }
    expect(await vectors.get('kept')).toMatchObject({ vector: Float32Array.of(1, 0, 0) })
  })

  test('in many, each in its place, and the others are written', async () => {
    const vectors = await make()
    const items = [
      { id: 'a', vector: [1, 0, 0] },
      { id: 'zero', vector: [0, 0, 0] },
      { id: '', vector: [1, 0, 0] },
      { id: 7, vector: [1, 0, 0] },
      { id: 'list', vector: [1, 0, 0], metadata: [] },
      { id: 'none' },
      { id: 'short', vector: [1] },
      { id: 'b', vector: [0, 1, 0] },
    ]
    const results = await vectors.putAll(items as unknown as VectorItem[])
    expect(results.map((result) => (result.ok ? result.id : result.error.code))).toEqual([
      'a',
      'VECTOR_INVALID',
      'INVALID_INPUT',
      'INVALID_INPUT',
      'INVALID_INPUT',
      'VECTOR_INVALID',
      'DIMENSION_MISMATCH',
      'b',
    ])
    expect(await vectors.count()).toBe(2)
    expect(await vectors.putAll([])).toEqual([])
  })

  test.each([0, -1, 1.5, 5_000, Number.NaN])('a limit of %d', async (limit) => {
    const vectors = await make()
    await expect(vectors.searchByVector([1, 0, 0], { limit })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      details: { field: 'limit' },
    })
  })

  test('a wrong filter, and an abort', async () => {
    const vectors = await make()
    const wrong = { filter: { a: { $like: 1 } } as never }
    await expect(vectors.searchByVector([1, 0, 0], wrong)).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    const signal = AbortSignal.abort()
    await expect(vectors.searchByVector([1, 0, 0], { signal })).rejects.toMatchObject({ code: 'ABORTED' })
  })
})

describe('searchByVector', () => {
  const number = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ min: -100, max: 100, noNaN: true }))
  const vector = fc.array(number, { minLength: 4, maxLength: 4 }).filter((each) => Math.hypot(...each) > 1e-3)
  const item = fc.record({ vector, metadata: fc.record({ kind: fc.constantFrom('even', 'odd') }) })

  test('finds what a loop in float64 finds: nearest first, with exact distances and cosines, filtered before the limit', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(item, { maxLength: 40 }),
        vector,
        fc.integer({ min: 1, max: 50 }),
        fc.constantFrom(undefined, 'even', 'odd'),
        async (items, query, limit, kind) => {
          const vectors = await make(4)
          const named = items.map((each, i) => ({ id: `v${i}`, ...each }))
          await vectors.putAll(named)
          const filter = kind ? { kind } : undefined
          const found = await vectors.searchByVector(query, { limit, ...(filter && { filter }) })
          const expected = naive(
            named.filter(({ metadata }) => !kind || metadata.kind === kind),
            query,
          )
          expect(found.length).toBe(Math.min(limit, expected.length))
          for (const [i, hit] of found.entries()) {
            const truth = expected.find(({ id }) => id === hit.id)
            expect(Math.abs(hit.distance - (truth?.distance ?? Number.NaN))).toBeLessThan(
              1e-6 * Math.max(1, hit.distance),
            )
            expect(Math.abs(hit.similarity - (truth?.similarity ?? Number.NaN))).toBeLessThan(1e-6)
            expect(hit.distance).toBeCloseTo(expected[i]?.distance as number, 9)
            expect(hit.metadata).toEqual(truth?.metadata)
          }
        },
      ),
      { numRuns: 60 },
    )
  })

  test('goes by distance, not by direction', async () => {
    const vectors = await make(2)
    await vectors.putAll([
      { id: 'same direction, far', vector: [100, 0] },
      { id: 'other direction, near', vector: [0, 1] },
    ])
    const found = await vectors.searchByVector([1, 0])
    expect(found).toEqual([
      { id: 'other direction, near', distance: Math.SQRT2, similarity: 0, metadata: {} },
      { id: 'same direction, far', distance: 99, similarity: 1, metadata: {} },
    ])
  })

  test('answers ten where no limit is named, and all of thousands where asked', async () => {
    const vectors: VectorCollection = await make(2)
    await vectors.putAll(Array.from({ length: 3_000 }, (_, i) => ({ id: `${i}`, vector: [i + 1, 1] })))
    expect((await vectors.searchByVector([0, 1])).map(({ id }) => id)).toEqual(
      Array.from({ length: 10 }, (_, i) => `${i}`),
    )
    const all = await vectors.searchByVector([0, 1], { limit: 4_096 })
    expect(all.length).toBe(3_000)
    expect(all.at(-1)?.id).toBe('2999')
  })
})

interface Truth {
  id: string
  distance: number
  similarity: number
  metadata: object
}

/** On the numbers as float32 keeps them. */
function naive(items: { id: string; vector: number[]; metadata: object }[], wanted: number[]): Truth[] {
  const query = wanted.map(Math.fround)
  const length = (numbers: number[]) => Math.sqrt(numbers.reduce((sum, each) => sum + each * each, 0))
  return items
    .map(({ id, vector: given, metadata }) => {
      const vector = given.map(Math.fround)
      const product = vector.reduce((sum, each, i) => sum + each * (query[i] as number), 0)
      const distance = length(vector.map((each, i) => each - (query[i] as number)))
      return { id, distance, similarity: product / (length(vector) * length(query)), metadata }
    })
    .sort((a, b) => a.distance - b.distance)
}
