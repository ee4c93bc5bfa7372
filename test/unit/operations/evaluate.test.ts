import { existsSync, readdirSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openWorkplace, type Workplace } from './support.ts'

const DOCUMENTS = {
  bread: 'Knead the dough, let it rise, and bake the loaf in a hot oven.',
  orbit: 'The satellite circles the planet once every ninety minutes.',
  soup: 'Boil onions and carrots in broth until they are soft.',
  cat: 'The cat sleeps on the sofa all afternoon.',
}

const lines = (rows: object[]) => `${rows.map((row) => JSON.stringify(row)).join('\n')}\n`
const corpus = (documents: Record<string, string>) =>
  lines(Object.entries(documents).map(([_id, text]) => ({ _id, title: _id, text })))

let work: Workplace
beforeEach(() => {
  work = openWorkplace()
  work.write({
    'beir/corpus.jsonl': corpus(DOCUMENTS),
    'beir/queries.jsonl': lines([
      { _id: 'q1', text: 'dough oven' },
      { _id: 'q2', text: 'satellite' },
      { _id: 'q3', text: 'onions' },
    ]),
    // q2 has its document first and another, unfindable by keyword, that is twice as good; q3 is not judged.
    'beir/qrels/test.tsv': 'query-id\tcorpus-id\tscore\nq1\tbread\t1\nq2\torbit\t1\nq2\tcat\t2\n',
  })
})
afterEach(() => work.close())

const judge = (more: object = {}) => work.run('eval', { folder: work.path('beir'), ...more })

describe('eval', () => {
  test('by keyword gives what is computed by hand', async () => {
    // q1: bread first, all perfect. q2: orbit alone, first: gain 1 of 2 + 1/log2(3); one of two relevant found.
    const ndcg = (1 + 1 / (2 + 1 / Math.log2(3))) / 2
    expect(await judge({ mode: 'lexical' })).toMatchObject({
      'ndcg@10': Math.round(ndcg * 1e5) / 1e5,
      'recall@10': 0.75,
      'recall@100': 0.75,
      'mrr@10': 1,
      queries: 2,
    })
  })

  test('by meaning ranks all documents', async () => {
    const report = await judge({ mode: 'vector' })
    expect(report).toMatchObject({ 'recall@10': 1, 'recall@100': 1, 'mrr@10': 1, queries: 2 })
    expect(report['ndcg@10']).toBeGreaterThan(0.8)
  })

  test('keeps its index for the next run, in the cache alone', async () => {
    const first = await judge()
    expect(first.timings.index).toBeGreaterThan(0)
    const again = await judge()
    expect(again.timings.index).toBe(0)
    expect({ ...again, timings: null }).toEqual({ ...first, timings: null })
    expect((await judge({ mode: 'vector' })).timings.index).toBe(0)
    expect(existsSync(work.path('data'))).toBe(false)
    expect(readdirSync(work.path('cache/evaluations')).filter((name) => name.endsWith('.db')).length).toBe(1)
  })

  test('runs at the same time as others make the same index', async () => {
    const [first, ...others] = await Promise.all([judge(), judge(), judge()])
    for (const other of others) expect({ ...other, timings: null }).toEqual({ ...first, timings: null })
    const files = readdirSync(work.path('cache/evaluations')).filter((name) => !/-(wal|shm)$/.test(name))
    expect(files).toEqual([expect.stringMatching(/^[0-9a-f]{32}\.db$/)])
  })

  test("does not touch the user's database", async () => {
    await work.run('add', { documents: [{ id: 'bread', text: 'mine' }], collection: 'evaluation' })
    await judge()
    expect(await work.run('status', {})).toMatchObject({ documents: 1, collections: [{ name: 'evaluation' }] })
    expect(await work.run('get', { id: 'bread' })).toMatchObject({ text: 'mine' })
  })

  test('makes another index for other documents, another chunk size, and again for the first ones not', async () => {
    await judge()
    work.write({ 'beir/corpus.jsonl': corpus({ ...DOCUMENTS, cat: 'Changed.' }) })
    expect((await judge()).timings.index).toBeGreaterThan(0)
    await work.reopen({ chunkTokens: 64 })
    expect((await judge()).timings.index).toBeGreaterThan(0)
    await work.reopen()
    work.write({ 'beir/corpus.jsonl': corpus(DOCUMENTS) })
    expect((await judge()).timings.index).toBe(0)
  })

  test('makes an index that was left unfinished again', async () => {
    const controller = new AbortController()
    const aborted = work.run(
      'eval',
      { folder: work.path('beir') },
      { signal: controller.signal, onProgress: () => controller.abort() },
    )
    await expect(aborted).rejects.toMatchObject({ code: 'ABORTED' })
    const report = await judge({ mode: 'vector' })
    expect(report).toMatchObject({ 'recall@100': 1 })
  })

  test('without a model judges by keyword, and nothing else', async () => {
    await work.reopen({ embeddings: false })
    expect(await judge({ mode: 'lexical' })).toMatchObject({ 'mrr@10': 1 })
    for (const mode of ['hybrid', 'vector']) {
      await expect(judge({ mode })).rejects.toMatchObject({ code: 'EMBEDDING_UNAVAILABLE' })
    }
  })

  test('of a folder without documents or relevant documents says so', async () => {
    work.write({ 'beir/qrels/test.tsv': 'q1\tbread\t0\n' })
    await expect(judge()).rejects.toMatchObject({ code: 'INVALID_INPUT', message: expect.stringContaining('beir') })
    await expect(work.run('eval', { folder: work.path('nowhere') })).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' })
    await expect(judge({ model: 'nope' })).rejects.toMatchObject({
      code: expect.stringMatching(/INVALID_INPUT|MODEL_UNKNOWN/),
    })
  })
})
