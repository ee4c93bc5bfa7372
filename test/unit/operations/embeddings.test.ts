import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { dot } from '../../../src/core/vectors.ts'
import { openWorkplace, type Workplace } from './support.ts'

const DOCUMENTS = [
  { id: 'bread', text: 'Knead the dough, let it rise, and bake the bread in a hot oven.', metadata: { year: 1990 } },
  { id: 'lizard', text: 'A lizard drops its tail to escape, and a new one grows back.', metadata: { year: 2001 } },
  { id: 'orbit', text: 'The satellite circles the planet once in ninety minutes.', metadata: { year: 1957 } },
]

let workplace: Workplace
beforeAll(async () => {
  workplace = openWorkplace()
  await workplace.run('add', { documents: DOCUMENTS })
  await workplace.run('add', { documents: [{ id: 'empty', text: '  ' }] })
})
afterAll(() => workplace.close())

async function vectorOf(id: string): Promise<Float32Array> {
  const answer = await workplace.run('embeddings.get', { id })
  const embedding = answer.kind === 'chunk' ? answer.embedding : answer.chunks[0]?.embedding
  if (!embedding) throw new Error(`${id} has no embedding`)
  return embedding
}

describe('search.semantic', () => {
  test('answers passages with their cosine and its distance, as the stored vectors give them', async () => {
    const query = 'animals that regrow a limb'
    const embedded = await workplace.run('embed', { texts: [query], kind: 'query' })
    const result = embedded.results[0]
    if (!result?.ok) throw new Error('no vector of the query')
    const answer = await workplace.run('search.semantic', { query })
    expect(answer.results.map(({ text }) => text)[0]).toBe(DOCUMENTS[1]?.text)
    expect(answer.results).toHaveLength(3)
    for (const { id, similarity, distance } of answer.results) {
      expect(similarity).toBeCloseTo(dot(result.embedding as Float32Array, await vectorOf(id)), 5)
      expect(distance).toBeCloseTo(Math.sqrt(2 - 2 * similarity), 10)
    }
    expect(answer.stats).toEqual({
      total_results: 3,
      inference_ms: expect.any(Number),
      search_ms: expect.any(Number),
    })
  })

  test('threshold, filter and limit leave out what a naive scan leaves out', async () => {
    const query = 'in the oven'
    const { results: all } = await workplace.run('search.semantic', { query, limit: 1_000 })
    const similarities = all.map(({ similarity }) => similarity)
    expect(similarities).toEqual([...similarities].sort((a, b) => b - a))
    for (const threshold of [-1, ...similarities, 1]) {
      const { results } = await workplace.run('search.semantic', { query, threshold })
      expect(results).toEqual(all.filter(({ similarity }) => similarity >= threshold))
    }
    const { results: old } = await workplace.run('search.semantic', { query, filter: { year: { $lt: 1995 } } })
    expect(old).toEqual(all.filter(({ metadata }) => (metadata.year as number) < 1995))
    const { results: two } = await workplace.run('search.semantic', { query, limit: 2 })
    expect(two).toEqual(all.slice(0, 2))
  })

  test('several passages of one document are several results', async () => {
    const text = `# Bread\n\n${'Knead the dough. '.repeat(150)}\n\n# Oven\n\n${'Heat the oven. '.repeat(150)}`
    await workplace.run('add', { documents: [{ id: 'long', text, format: 'markdown' }], collection: 'long' })
    const { results } = await workplace.run('search.semantic', { query: 'dough', collection: 'long' })
    const { chunks } = await workplace
      .run('status', {})
      .then(({ collections }) => collections.find(({ name }) => name === 'long') ?? { chunks: 0 })
    expect(chunks).toBeGreaterThan(2)
    expect(new Set(results.map(({ id }) => id)).size).toBe(Math.min(chunks, 10))
    await workplace.run('collections.drop', { name: 'long' })
  })

  test('what no model reads is the query’s fault, and an empty one too', async () => {
    await expect(workplace.run('search.semantic', { query: '\u0000' })).rejects.toMatchObject({
      code: 'EMPTY_EMBEDDING',
    })
    await expect(workplace.run('search.semantic', { query: ' ' })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      details: { field: 'query' },
    })
  })
})

describe('embeddings.get', () => {
  test('a document’s chunks, each as by its own id', async () => {
    const { similarity: _, ...source } = { similarity: 0, document: 'bread', collection: 'default' }
    const document = await workplace.run('embeddings.get', { id: 'bread' })
    if (document.kind !== 'document') throw new Error('no document')
    expect(document).toMatchObject({ ...source, model: 'all-MiniLM-L6-v2', dimensions: 384, total: 1 })
    const { chunks, total: __, kind: ___, ...rest } = document
    const chunk = await workplace.run('embeddings.get', { id: chunks[0]?.id })
    expect(chunk).toEqual({ kind: 'chunk', ...chunks[0], ...rest })
    expect(chunk).toMatchObject({
      state: 'embedded',
      place: { start: 0, end: DOCUMENTS[0]?.text.length, lines: [1, 1] },
    })
  })

  // Int8 chooses its scales by the batch: the documents were embedded together.
  test('is the vector that embedding the passage gives', async () => {
    const { results } = await workplace.run('embed', { texts: [DOCUMENTS[2]?.text], kind: 'passage' })
    const expected = results[0]?.ok ? (results[0].embedding as Float32Array) : new Float32Array()
    expect(dot(await vectorOf('orbit'), expected)).toBeGreaterThan(0.985)
  })

  test('a document without a passage has none, and pages by offset and limit', async () => {
    expect(await workplace.run('embeddings.get', { id: 'empty' })).toMatchObject({ total: 0, chunks: [] })
    expect(await workplace.run('embeddings.get', { id: 'bread', offset: 1 })).toMatchObject({ total: 1, chunks: [] })
  })

  test.each([['none'], ['chunk-999999'], ['chunk-0'], ['../etc/passwd']])('%s is not there', async (id) => {
    await expect(workplace.run('embeddings.get', { id })).rejects.toMatchObject({ code: 'DOCUMENT_NOT_FOUND' })
  })

  test('a chunk of another collection than the named one is not there', async () => {
    await workplace.run('collections.create', { name: 'other' })
    const { results } = await workplace.run('search.semantic', { query: 'dough' })
    const input = { id: results[0]?.id, collection: 'other' }
    await expect(workplace.run('embeddings.get', input)).rejects.toMatchObject({ code: 'DOCUMENT_NOT_FOUND' })
    await workplace.run('collections.drop', { name: 'other' })
  })
})

describe('chunks that wait', () => {
  let waiting: Workplace
  beforeEach(async () => {
    waiting = openWorkplace({ embeddings: false })
    await waiting.run('add', { documents: DOCUMENTS.slice(0, 2) })
    return () => waiting.close()
  })

  test('say so, and get their vectors in place', async () => {
    await waiting.reopen({ embeddings: true })
    const before = await waiting.run('embeddings.get', { id: 'bread' })
    if (before.kind !== 'document') throw new Error('no document')
    expect(before.chunks).toMatchObject([{ state: 'pending', embedding: null, error: null }])
    const filled = await waiting.run('embeddings.fill', { ids: ['bread', 'none', 'lizard', 'bread'] })
    expect(filled).toEqual({
      filled: 2,
      embedded: 2,
      failed: 1,
      results: [
        { ok: true, id: 'bread', chunks: 1, filled: 1 },
        { ok: false, id: 'none', error: expect.objectContaining({ code: 'DOCUMENT_NOT_FOUND' }) },
        { ok: true, id: 'lizard', chunks: 1, filled: 1 },
        { ok: true, id: 'bread', chunks: 1, filled: 1 },
      ],
    })
    const after = await waiting.run('embeddings.get', { id: before.chunks[0]?.id })
    expect(after).toMatchObject({ kind: 'chunk', state: 'embedded', id: before.chunks[0]?.id })
    const { results } = await waiting.run('search.semantic', { query: 'baking' })
    expect(results[0]).toMatchObject({ id: before.chunks[0]?.id, text: DOCUMENTS[0]?.text })
    expect(await waiting.run('status', {})).toMatchObject({ pending: 0, failed: 0 })
  })

  test('are embedded once, as indexing would have embedded them', async () => {
    await waiting.reopen({ embeddings: true })
    await waiting.run('embeddings.fill', { ids: ['bread'] })
    expect(await waiting.run('embeddings.fill', { ids: ['bread'] })).toMatchObject({
      filled: 0,
      embedded: 0,
      failed: 0,
    })
    const again = await waiting.run('add', { documents: [{ ...DOCUMENTS[0], id: 'copy' }] })
    expect(again).toMatchObject({ embedded: 0, reused: 1 })
  })

  test('a chunk that no model reads fails alone, and is told', async () => {
    await waiting.run('add', { documents: [{ id: 'odd', text: '\u0000\u0007' }] })
    await waiting.reopen({ embeddings: true })
    const { results, failed } = await waiting.run('embeddings.fill', { ids: ['odd', 'bread'] })
    expect(failed).toBe(1)
    expect(results).toMatchObject([
      { ok: false, id: 'odd', error: { code: 'EMPTY_EMBEDDING' } },
      { ok: true, id: 'bread', filled: 1 },
    ])
    const odd = await waiting.run('embeddings.get', { id: 'odd' })
    expect(odd).toMatchObject({ chunks: [{ state: 'failed', embedding: null, error: { code: 'EMPTY_EMBEDDING' } }] })
    expect(await waiting.run('status', {})).toMatchObject({ pending: 1, failed: 1 })
  })

  test('with embeddings off, nothing of it is answered', async () => {
    for (const [name, input] of [
      ['embeddings.get', { id: 'bread' }],
      ['embeddings.fill', { ids: ['bread'] }],
      ['search.semantic', { query: 'bread' }],
    ] as const) {
      await expect(waiting.run(name, input), name).rejects.toMatchObject({ code: 'EMBEDDING_UNAVAILABLE' })
    }
    const { degraded, hits } = await waiting.run('search', { query: 'bread' })
    expect(degraded).toMatchObject({ code: 'EMBEDDING_UNAVAILABLE' })
    expect(hits[0]).toMatchObject({ documentId: 'bread', similarity: null })
  })

  test('where the model is missing, filling says so and what is stored stays', async () => {
    await waiting.reopen({ embeddings: true, model: waiting.path('nowhere') })
    const error = { code: 'EMBEDDING_UNAVAILABLE', details: { reason: 'MODEL_UNKNOWN' } }
    await waiting.run('collections.drop', { name: 'default' })
    await expect(waiting.run('search.semantic', { query: 'bread' })).rejects.toMatchObject(error)
  })
})
