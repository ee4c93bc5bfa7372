import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openWorkplace, type Workplace } from './support.ts'

let work: Workplace
afterEach(() => work.close())

const withModel = () => {
  work = openWorkplace()
}
const withoutModel = () => {
  work = openWorkplace({ embeddings: false })
}

const add = (...documents: object[]) => work.run('add', { documents })

describe('add', () => {
  beforeEach(withModel)

  test('replaces the document of the same id', async () => {
    await add({ id: 'a', text: 'The satellite circles the planet.' }, { id: 'b', text: 'Onion soup.' })
    const again = await add({ id: 'a', text: 'Knead the dough.', title: 'Bread' })
    expect(again).toMatchObject({
      collection: 'default',
      added: 1,
      failed: 0,
      embedded: 1,
      results: [{ ok: true, id: 'a' }],
    })
    expect(await work.run('get', { id: 'a' })).toMatchObject({ text: 'Knead the dough.', title: 'Bread' })
    expect(await work.run('status', {})).toMatchObject({ documents: 2, chunks: 2 })
    const { hits } = await work.run('search', { query: 'satellite', mode: 'lexical' })
    expect(hits).toEqual([])
  })

  test('answers one result per document, in order, and an error in the place of its own', async () => {
    const texts = ['one', '', 'three', 'four']
    const answer = await add(...texts.map((text, i) => ({ id: `d${i}`, text })))
    expect(answer.results.map(({ id, ok }) => [id, ok])).toEqual(texts.map((_, i) => [`d${i}`, true]))
    expect(answer.results[1]).toMatchObject({ chunks: 0 })
    const { records } = await work.parts.storage()
    const putDocuments = records.putDocuments.bind(records)
    records.putDocuments = async (name, documents, options) => {
      const wrong = documents.map((document) =>
        document.id === 'bad'
          ? { ...document, chunks: document.chunks.map((chunk) => ({ ...chunk, vector: new Float32Array(3) })) }
          : document,
      )
      return putDocuments(name, wrong, options)
    }
    const mixed = await add({ id: 'x', text: 'one' }, { id: 'bad', text: 'two' }, { id: 'y', text: 'three' })
    expect(mixed).toMatchObject({ added: 2, failed: 1 })
    expect(mixed.results).toMatchObject([
      { ok: true, id: 'x' },
      { ok: false, id: 'bad', error: { code: 'DIMENSION_MISMATCH' } },
      { ok: true, id: 'y' },
    ])
    await expect(work.run('get', { id: 'bad' })).rejects.toMatchObject({ code: 'DOCUMENT_NOT_FOUND' })
  })

  test('keeps metadata as it is, names of prototypes included', async () => {
    const metadata = JSON.parse(
      '{"constructor": "Ferrari", "__proto__": {"a": 1}, "list": [1, null, {"b": "c"}], "year": 1962}',
    )
    await add({ id: 'car', text: 'A red car.', metadata })
    expect(JSON.stringify((await work.run('get', { id: 'car' })).metadata)).toBe(JSON.stringify(metadata))
    const find = async (filter: object) => (await work.run('search', { query: 'car', filter })).hits.length
    expect(await find({ constructor: 'Ferrari' })).toBe(1)
    expect(await find({ 'list.b': 'c' })).toBe(0)
    expect(await find({ list: 1, year: { $lt: 1963 } })).toBe(1)
  })

  test('keeps lone surrogates and NULs', async () => {
    const text = 'before \ud800 between \0 after'
    await add({ id: 'odd \0 id', text })
    expect(await work.run('get', { id: 'odd \0 id' })).toMatchObject({ id: 'odd \0 id', text })
    expect((await work.run('search', { query: 'between' })).hits[0]).toMatchObject({ documentId: 'odd \0 id', text })
  })

  test("to a collection of the caller's own vectors is refused", async () => {
    const { records } = await work.parts.storage()
    await records.createCollection({ name: 'mine', model: null, fingerprint: 'own:3', dimensions: 3 })
    for (const model of [undefined, 'all-MiniLM-L6-v2']) {
      const refused = work.run('add', { documents: [{ id: 'a', text: 'x' }], collection: 'mine', model })
      await expect(refused).rejects.toMatchObject({
        code: 'COLLECTION_MODEL_MISMATCH',
        fix: expect.stringContaining('--collection'),
      })
    }
  })

  test('with another model than the collection has is refused with the way out', async () => {
    await add({ id: 'a', text: 'x' })
    const refused = work.run('add', { documents: [{ id: 'b', text: 'x' }], model: 'bge-small-en-v1.5' })
    await expect(refused).rejects.toMatchObject({
      code: 'COLLECTION_MODEL_MISMATCH',
      fix: expect.stringContaining('semdex migrate --to '),
      details: { collection: 'default', model: 'all-MiniLM-L6-v2', asked: 'bge-small-en-v1.5' },
    })
    const same = { documents: [{ id: 'b', text: 'x' }], model: 'all-MiniLM-L6-v2' }
    expect(await work.run('add', same)).toMatchObject({ added: 1 })
  })

  test('never puts vectors of changed model files among those of the old ones', async () => {
    await add({ id: 'old', text: 'Knead the dough.' })
    const { records } = await work.parts.storage()
    const [before] = await records.collections()
    await records.updateCollection('default', { fingerprint: 'other files' })
    expect((await work.run('search', { query: 'dough' })).degraded).toMatchObject({ code: 'COLLECTION_MODEL_MISMATCH' })
    await add({ id: 'new', text: 'Bake the bread.' })
    const [after] = await records.collections()
    expect(after?.fingerprint).toBe(before?.fingerprint)
    const newKeys = (await records.chunksOfDocument('default', 'new')).map(({ key }) => key)
    expect((await records.vectors(newKeys, 'other files')).size).toBe(0)
    expect(await work.run('search', { query: 'bread' })).toMatchObject({
      degraded: null,
      hits: [{ documentId: 'new' }, {}],
    })
  })

  test('without a model stores the texts and says what is missing', async () => {
    await work.reopen({ embeddings: false })
    const answer = await add({ id: 'a', text: 'Knead the dough.' })
    expect(answer).toMatchObject({
      added: 1,
      embedded: 0,
      degraded: { code: 'EMBEDDING_UNAVAILABLE', fix: expect.any(String) },
    })
    expect(await work.run('status', {})).toMatchObject({ documents: 1, pending: 1 })
    expect(await work.run('search', { query: 'dough' })).toMatchObject({
      degraded: { code: 'EMBEDDING_UNAVAILABLE' },
      hits: [{ documentId: 'a' }],
    })
    await expect(work.run('search', { query: 'dough', mode: 'vector' })).rejects.toMatchObject({
      code: 'EMBEDDING_UNAVAILABLE',
    })
    await work.reopen({ embeddings: true })
    expect(await add({ id: 'a', text: 'Knead the dough.' })).toMatchObject({ embedded: 1, degraded: null })
    expect(await work.run('status', {})).toMatchObject({ documents: 1, pending: 0 })
  })
})

describe('delete', () => {
  beforeEach(withoutModel)

  test('answers how many were there', async () => {
    expect(await work.run('delete', { ids: ['a'] })).toEqual({ deleted: 0 })
    await add({ id: 'a', text: 'x' }, { id: 'b', text: 'y' })
    expect(await work.run('delete', { ids: ['a', 'a', 'none'] })).toEqual({ deleted: 1 })
    expect(await work.run('status', {})).toMatchObject({ documents: 1 })
  })

  test('in an unknown collection names the known ones', async () => {
    await add({ id: 'a', text: 'x' })
    await expect(work.run('delete', { ids: ['a'], collection: 'nope' })).rejects.toMatchObject({
      code: 'COLLECTION_NOT_FOUND',
      fix: expect.stringContaining('default'),
    })
  })
})

describe('get', () => {
  beforeEach(withoutModel)

  const lines = (text: string, range?: [number, number]) =>
    add({ id: 'doc', text }).then(() => work.run('get', { id: 'doc', ...(range && { lines: range }) }))

  test.each<[string, [number, number] | undefined, { text: string; lines: [number, number]; totalLines: number }]>([
    ['one\ntwo\nthree\n', [2, 2], { text: 'two\n', lines: [2, 2], totalLines: 3 }],
    ['one\ntwo\nthree\n', [2, 99], { text: 'two\nthree\n', lines: [2, 3], totalLines: 3 }],
    ['one\ntwo\nthree', [3, 3], { text: 'three', lines: [3, 3], totalLines: 3 }],
    ['one\r\ntwo\r\nthree\r\n', [1, 2], { text: 'one\r\ntwo\r\n', lines: [1, 2], totalLines: 3 }],
    ['one\r\n\r\nthree', [2, 3], { text: '\r\nthree', lines: [2, 3], totalLines: 3 }],
    ['one\rstill one\ntwo', [1, 1], { text: 'one\rstill one\n', lines: [1, 1], totalLines: 2 }],
    ['one', undefined, { text: 'one', lines: [1, 1], totalLines: 1 }],
    ['', undefined, { text: '', lines: [1, 1], totalLines: 1 }],
    ['one\ntwo\n', undefined, { text: 'one\ntwo\n', lines: [1, 2], totalLines: 2 }],
  ])('%j, lines %j', async (text, range, expected) => {
    expect(await lines(text, range)).toMatchObject(expected)
  })

  test('lines beyond the end are refused with the number of lines', async () => {
    await expect(lines('one\ntwo\n', [3, 4])).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining('2 lines'),
      details: { field: 'lines', totalLines: 2 },
    })
  })

  test('by the id of a chunk shows its lines, which are those of the hit', async () => {
    const paragraphs = Array.from(
      { length: 60 },
      (_, i) => `Paragraph ${i} is about number ${i}. ${'More words follow here. '.repeat(8)}`,
    )
    const text = paragraphs.join('\n\n')
    await add({ id: 'long', text })
    const { hits } = await work.run('search', { query: 'Paragraph 42', mode: 'lexical', limit: 1 })
    const [hit] = hits
    const shown = await work.run('get', { chunkId: hit?.chunkId })
    expect(shown).toMatchObject({ id: 'long', lines: hit?.lines })
    expect(shown.text).toContain(hit?.text)
    expect(shown.text.length).toBeLessThan(text.length)
    const [from, to] = hit?.lines ?? [0, 0]
    expect(shown.text).toBe(
      `${text
        .split('\n')
        .slice(from - 1, to)
        .join('\n')}${to < shown.totalLines ? '\n' : ''}`,
    )
    expect(await work.run('get', { chunkId: hit?.chunkId, lines: [1, 1] })).toMatchObject({ lines: [1, 1] })
  })

  test('prefers the default collection, then goes by name; a named one alone is asked', async () => {
    const put = (collection: string) => work.run('add', { documents: [{ id: 'same', text: collection }], collection })
    for (const name of ['zebra', 'apple']) await put(name)
    expect(await work.run('get', { id: 'same' })).toMatchObject({ collection: 'apple' })
    await put('default')
    expect(await work.run('get', { id: 'same' })).toMatchObject({ collection: 'default', text: 'default' })
    expect(await work.run('get', { id: 'same', collection: 'zebra' })).toMatchObject({ text: 'zebra' })
    await expect(work.run('get', { id: 'same', collection: 'nope' })).rejects.toMatchObject({
      code: 'COLLECTION_NOT_FOUND',
      fix: expect.stringContaining('apple, default, zebra'),
    })
  })

  test.each([{ id: 'nope' }, { path: '/nope' }, { chunkId: 'chunk-99' }, { chunkId: 'no chunk' }])(
    'of %j, which is not there, says what to do',
    async (input) => {
      await add({ id: 'a', text: 'x' })
      await expect(work.run('get', input)).rejects.toMatchObject({
        code: 'DOCUMENT_NOT_FOUND',
        fix: expect.any(String),
      })
    },
  )
})

describe('embed', () => {
  beforeEach(withModel)

  test('answers unit vectors in order, and an error in the place of its own', async () => {
    const { results, dimensions, model } = await work.run('embed', { texts: ['bread', '', 'bread', 'orbit'] })
    expect([dimensions, model]).toEqual([384, 'all-MiniLM-L6-v2'])
    const vectors = results.map((result) => (result.ok ? result.embedding : null))
    expect(vectors.map((vector) => vector?.length ?? null)).toEqual([384, null, 384, 384])
    expect(Math.hypot(...(vectors[0] as Float32Array))).toBeCloseTo(1, 5)
    expect(vectors[2]).toEqual(vectors[0])
    expect(results[1]).toMatchObject({ ok: false, error: { code: 'EMPTY_EMBEDDING' } })
    expect(await work.run('embed', { texts: [] })).toMatchObject({ results: [] })
  })

  test('with an unknown model names the known ones', async () => {
    await expect(work.run('embed', { texts: ['x'], model: 'nope' })).rejects.toMatchObject({
      code: 'MODEL_UNKNOWN',
      details: { known: expect.arrayContaining(['all-MiniLM-L6-v2']) },
    })
  })
})
