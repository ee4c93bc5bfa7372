import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openWorkplace, type Workplace } from './support.ts'

let work: Workplace
beforeEach(() => {
  work = openWorkplace({ embeddings: false })
})
afterEach(() => work.close())

const add = (documents: object[], more: object = {}) => work.run('add', { documents, ...more })
const numbered = (count: number, text = 'text') =>
  Array.from({ length: count }, (_, n) => ({ id: `d${n}`, text: `${text} ${n}`, metadata: { odd: n % 2 === 1, n } }))

/** The ids of every page, page by page. */
async function pages(input: object): Promise<string[][]> {
  const found: string[][] = []
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await work.run('documents', { ...input, ...(cursor !== undefined && { cursor }) })
    found.push(page.documents.map(({ id }) => id))
    cursor = page.cursor
  }
  return found
}

describe('documents', () => {
  test('come without their texts, with what became of their passages', async () => {
    await add([{ id: 'a', text: 'Knead the dough.', title: 'Bread', metadata: { lang: 'en' } }])
    const { documents, cursor } = await work.run('documents', {})
    const { createdAt, updatedAt, ...document } = documents[0] ?? expect.fail()
    expect(cursor).toBe(null)
    expect(document).toEqual({
      ...{ id: 'a', path: null, title: 'Bread', format: 'text', metadata: { lang: 'en' } },
      ...{ chunks: 1, pending: 1, failed: 0, side: 'text', active: true, version: 0 },
    })
    expect([createdAt === updatedAt, Date.now() - createdAt < 60_000]).toEqual([true, true])
    const withText = await work.run('documents', { text: true })
    expect(withText.documents[0]?.text).toBe('Knead the dough.')
  })

  test('fill pages in the order in which they were added; the last page has no cursor', async () => {
    await add(numbered(7))
    expect(await pages({ limit: 3 })).toEqual([['d0', 'd1', 'd2'], ['d3', 'd4', 'd5'], ['d6']])
    expect(await pages({ limit: 7 })).toEqual([numbered(7).map(({ id }) => id)])
    expect(await pages({ limit: 2, filter: { odd: true } })).toEqual([['d1', 'd3'], ['d5']])
  })

  test('a cursor holds while documents are added, replaced and removed', async () => {
    await add(numbered(4))
    const { cursor } = await work.run('documents', { limit: 2 })
    await work.run('delete', { ids: ['d1', 'd2'] })
    await add([
      { id: 'd0', text: 'again' },
      { id: 'new', text: 'new' },
    ])
    const { documents } = await work.run('documents', { cursor: cursor ?? undefined })
    expect(documents.map(({ id }) => id)).toEqual(['d3', 'new'])
  })

  test('with long texts a page ends early, and goes on at the document that did not fit', async () => {
    await add(numbered(5, 'x'.repeat(1_500_000)))
    expect(await pages({ text: true })).toEqual([['d0', 'd1'], ['d2', 'd3'], ['d4']])
    expect(await pages({})).toHaveLength(1)
  })

  test('one that is longer than a page is a page', async () => {
    await add([
      { id: 'long', text: 'y'.repeat(5_000_000) },
      { id: 'short', text: 'y' },
    ])
    expect(await pages({ text: true })).toEqual([['long'], ['short']])
  })

  test('of the default collection before there is one are none; of an unknown one an error', async () => {
    expect(await work.run('documents', {})).toEqual({ documents: [], cursor: null })
    await expect(work.run('documents', { collection: 'nope' })).rejects.toMatchObject({ code: 'COLLECTION_NOT_FOUND' })
  })
})

describe('delete', () => {
  test('by filter removes those that pass, over many batches, and no others', async () => {
    await add(numbered(1_300))
    const done: number[] = []
    const context = { onProgress: (progress: { done: number }) => done.push(progress.done) }
    expect(await work.run('delete', { filter: { n: { $gte: 100 } } }, context)).toEqual({ deleted: 1_200 })
    expect(done).toEqual([500, 1_000, 1_200])
    expect((await pages({}))[0]).toEqual(numbered(100).map(({ id }) => id))
    expect((await work.run('search', { query: 'text', mode: 'lexical', limit: 1_000 })).hits).toHaveLength(100)
  })

  test('of all is said on purpose, and keeps the collection', async () => {
    await add(numbered(3))
    await expect(work.run('delete', { filter: {} })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      fix: expect.stringContaining('all: true'),
    })
    expect(await work.run('delete', { filter: { $or: [{ n: 99 }] } })).toEqual({ deleted: 0 })
    expect(await work.run('delete', { all: true })).toEqual({ deleted: 3 })
    expect((await work.run('collections', {})).collections).toMatchObject([{ name: 'default', documents: 0 }])
  })

  test('stops between batches, and what is gone stays gone', async () => {
    await add(numbered(1_001))
    const controller = new AbortController()
    const context = { signal: controller.signal, onProgress: () => controller.abort() }
    await expect(work.run('delete', { all: true }, context)).rejects.toMatchObject({ code: 'ABORTED' })
    expect(await work.run('status', {})).toMatchObject({ documents: 501 })
  })
})

test('add with ifExists: fail leaves what is there, and says so of that document alone', async () => {
  await add([{ id: 'a', text: 'old' }])
  const answer = await add(
    [
      { id: 'a', text: 'new' },
      { id: 'b', text: 'new' },
    ],
    { ifExists: 'fail' },
  )
  expect(answer).toMatchObject({ added: 1, failed: 1 })
  expect(answer.results).toMatchObject([
    { ok: false, id: 'a', error: { code: 'DOCUMENT_EXISTS', details: { collection: 'default', id: 'a' } } },
    { ok: true, id: 'b' },
  ])
  expect(await work.run('get', { id: 'a' })).toMatchObject({ text: 'old' })
})

test('collections.get counts what is in one collection', async () => {
  await add([{ id: 'a', text: 'x' }], { collection: 'one' })
  await add(numbered(2), { collection: 'two' })
  const { createdAt, ...found } = await work.run('collections.get', { name: 'two' })
  expect(found).toEqual({
    ...{ name: 'two', model: 'all-MiniLM-L6-v2', dimensions: 384, roots: [], lastRunAt: null },
    ...{ code: null, layout: 'native' },
    ...{ documents: 2, chunks: 2, vectors: 0, pending: 2, failed: 0 },
  })
  expect(createdAt).toBeGreaterThan(1e12)
  await expect(work.run('collections.get', { name: 'three' })).rejects.toMatchObject({ code: 'COLLECTION_NOT_FOUND' })
})
