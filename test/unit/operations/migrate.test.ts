import { rmSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Embedder } from '../../../src/core/ports/embedder.ts'
import { writeStaticModel } from '../../support/static-model.ts'
import { openWorkplace, type Workplace } from './support.ts'

let work: Workplace
let models: { old: string; new: string; other: string }

beforeEach(async () => {
  work = openWorkplace()
  models = {
    old: writeStaticModel(work.path('old'), { dimensions: 24, seed: 3 }),
    new: writeStaticModel(work.path('new'), { dimensions: 40, seed: 5 }),
    other: writeStaticModel(work.path('other'), { dimensions: 12, seed: 7 }),
  }
  await work.run('add', { documents: DOCUMENTS, collection: 'docs', model: models.old })
})
afterEach(() => work.close())

const DOCUMENTS = ['the bread is in the oven', 'a lizard drops its tail', 'the satellite circles the planet'].map(
  (text, i) => ({ id: `d${i}`, text, title: `Note number ${i}` }),
)

const move = (more: object = {}) => work.run('migrate', { to: models.new, collection: 'docs', ...more })
const modelOf = async () => (await work.run('collections.get', { name: 'docs' })).model
const nearest = async (query: string) => {
  const { hits } = await work.run('search', { query, mode: 'vector', collection: 'docs' })
  return hits.map(({ documentId, similarity }) => [documentId, similarity])
}

/** Runs something when a model of that width has embedded passages, before their caller has them. */
function afterEmbedding(dimensions: number, action: () => Promise<unknown>): void {
  const { parts } = work
  let pending: (() => Promise<unknown>) | null = action
  const hooked = (embedder: Embedder): Embedder => ({
    ...embedder,
    spec: embedder.spec,
    fingerprint: embedder.fingerprint,
    metrics: () => embedder.metrics(),
    close: () => embedder.close(),
    async embed(texts, options) {
      const results = await embedder.embed(texts, options)
      const now = options.kind === 'passage' && embedder.spec.dimensions === dimensions ? pending : null
      if (now) {
        pending = null
        await now()
      }
      return results
    },
  })
  const embedder = async (name: string | null) => hooked(await parts.models.embedder(name))
  work.parts = { ...parts, models: { ...parts.models, embedder } }
}

describe('a move', () => {
  test('says before what it takes, and after what it did', async () => {
    const plan = await work.run('migrate.plan', { to: models.new, collection: 'docs' })
    expect(plan.plans).toMatchObject([
      { collection: 'docs', documents: 3, chunks: 3, toEmbed: 3, longer: { chunks: 0 }, basis: { kind: 'sample' } },
    ])
    expect(plan.plans[0]?.bytes).toBeGreaterThan(3 * 2 * 4 * 40)
    expect(await modelOf()).toBe(models.old)
    const { migrations } = await move()
    expect(migrations).toMatchObject([
      {
        ok: true,
        filled: 3,
        embedded: 3,
        serving: 'new',
        comparison: { source: 'sampled', queries: 3, 'overlap@10': 1 },
      },
    ])
    expect(await modelOf()).toBe(models.new)
    const again = await work.run('migrate.plan', { to: models.new, collection: 'docs' })
    expect(again.plans).toMatchObject([{ toEmbed: 0, seconds: 0, basis: { kind: 'nothing to embed' } }])
  })

  test('goes there and back with the same answers, and ends', async () => {
    const old = await nearest('a tail')
    await move()
    const moved = await nearest('a tail')
    expect(moved).not.toEqual(old)
    expect(await work.run('migrate.rollback', {})).toMatchObject({ serving: 'old', state: 'rolled-back', filled: 0 })
    expect(await nearest('a tail')).toEqual(old)
    expect((await move()).migrations).toMatchObject([{ ok: true, filled: 0, serving: 'new' }])
    expect(await nearest('a tail')).toEqual(moved)
    expect(await work.run('migrate.remove', {})).toMatchObject({ removed: models.old, serving: models.new })
    expect(await work.run('migrate.status', {})).toEqual({ running: false, migrations: [] })
    await expect(work.run('migrate.rollback', {})).rejects.toMatchObject({ code: 'MIGRATION_NOT_FOUND' })
    expect(await nearest('a tail')).toEqual(moved)
  })

  test('keeps the cut: files that did not change are left alone afterwards', async () => {
    work.write({ 'notes/a.md': '# Bread\n\nKnead the dough.\n', 'notes/b.md': '# Sea\n\nThe tide.\n' })
    await work.run('index', { paths: [work.path('notes')], collection: 'files', model: models.old })
    await work.run('migrate', { to: models.new, collection: 'files' })
    const { reports } = await work.run('index', { paths: [work.path('notes')] })
    expect(reports).toMatchObject([{ unchanged: 2, refreshed: 0, changed: 0, embedded: 0 }])
    await work.run('migrate.rollback', { collection: 'files' })
    const after = await work.run('index', { paths: [work.path('notes')] })
    expect(after.reports).toMatchObject([{ unchanged: 2, refreshed: 0, embedded: 0 }])
  })

  test('of all collections leaves those with vectors of their own, and tells the errors of the others one by one', async () => {
    const { records } = await work.parts.storage()
    await records.createCollection({ name: 'brought', model: null, fingerprint: 'own', dimensions: 3 })
    await work.run('add', { documents: DOCUMENTS, collection: 'also', model: models.other })
    await work.run('migrate', { to: models.old, collection: 'also' })
    expect((await work.run('migrate', { to: models.new })).migrations).toMatchObject([
      { ok: false, collection: 'also', error: { code: 'MIGRATION_EXISTS' } },
      { ok: true, collection: 'docs', serving: 'new' },
    ])
    const brought = work.run('migrate', { to: models.new, collection: 'brought' })
    await expect(brought).rejects.toMatchObject({ code: 'COLLECTION_MODEL_MISMATCH' })
  })

  test('of the code side gives it a model of its own; text stays', async () => {
    const code = { id: 'code', text: 'export function bake(bread) {}', side: 'code' as const }
    await work.run('add', { documents: [code], collection: 'docs' })
    const before = await nearest('the oven')
    expect((await move({ side: 'code' })).migrations).toMatchObject([{ ok: true, side: 'code', filled: 1 }])
    expect(await work.run('collections.get', { name: 'docs' })).toMatchObject({
      model: models.old,
      code: { model: models.new },
    })
    const ask = (side: 'text' | 'code') =>
      work.run('search', { query: 'bread', mode: 'vector', collection: 'docs', side }).then(({ hits }) => hits)
    expect((await ask('text')).map(({ documentId }) => documentId).sort()).toEqual(['d0', 'd1', 'd2'])
    expect((await ask('code')).map(({ documentId }) => documentId)).toEqual(['code'])
    await work.run('migrate.rollback', { side: 'code' })
    expect(await nearest('the oven')).toEqual(before)
  })
})

describe('what is written while it moves', () => {
  test('by a model that served when it began waits for none of the other model', async () => {
    await move({ queries: 0 })
    await work.run('migrate.rollback', {})
    afterEmbedding(24, () => move({ queries: 0 }))
    const text = 'written across the switch'
    expect(await work.run('add', { documents: [{ id: 'x', text }], collection: 'docs' })).toMatchObject({ added: 1 })
    expect(await modelOf()).toBe(models.new)
    const [first] = await nearest(text)
    expect(first).toEqual(['x', expect.closeTo(1, 5)])
    expect(await work.run('migrate.rollback', {})).toMatchObject({ filled: 0 })
    expect((await nearest(text))[0]).toEqual(['x', expect.closeTo(1, 5)])
  })

  test('after the fill and before the switch is in the new index too', async () => {
    afterEmbedding(40, () => work.run('add', { documents: [{ id: 'x', text: 'just now' }], collection: 'docs' }))
    expect((await move({ queries: 0 })).migrations).toMatchObject([{ ok: true, filled: 4, waiting: { new: 0 } }])
    expect((await nearest('just now'))[0]).toEqual(['x', expect.closeTo(1, 5)])
  })
})

describe('what stops before the switch', () => {
  test('an index that answers too differently, by own documents or by judged queries', async () => {
    work.write({
      'judged.jsonl':
        '{"query": "a lizard drops its tail", "relevant": ["d1"]}\n{"query": "x", "relevant": ["gone"]}\n',
    })
    const warnings: string[] = []
    const context = { onWarning: (message: string) => warnings.push(message) }
    const judged = { to: models.new, collection: 'docs', eval: work.path('judged.jsonl') }
    const better = work.run('migrate', { ...judged, minNdcgRatio: 1.5 }, context)
    await expect(better).rejects.toMatchObject({
      code: 'MIGRATION_INCOMPLETE',
      details: { comparison: { source: 'judged', queries: 1, 'ndcg@10': { old: 1, new: 1 } } },
    })
    expect(warnings).toEqual([expect.stringContaining('1 of 2 queries')])
    expect(await work.run('migrate.status', {})).toMatchObject({
      migrations: [{ state: 'filling', serving: 'old', waiting: { old: 0, new: 0 }, comparison: { source: 'judged' } }],
    })
    expect(await modelOf()).toBe(models.old)
    expect((await work.run('migrate', { ...judged, minNdcgRatio: 1, minOverlap: 1 })).migrations).toMatchObject([
      { ok: true, filled: 0 },
    ])
  })

  test('judged queries of other documents', async () => {
    work.write({ 'judged.jsonl': '{"query": "a", "relevant": ["gone"]}\n' })
    const refused = move({ eval: work.path('judged.jsonl') })
    await expect(refused).rejects.toMatchObject({ code: 'INVALID_INPUT', details: { field: 'eval' } })
  })

  test('a model that goes away while it fills; the same command goes on', async () => {
    afterEmbedding(40, async () => rmSync(models.new, { recursive: true }))
    const broken = await move({ queries: 0 }).catch((thrown) => thrown)
    expect(['MODEL_UNKNOWN', 'MODEL_NOT_INSTALLED', 'MODEL_DAMAGED']).toContain(broken.code)
    expect(await modelOf()).toBe(models.old)
    expect(await nearest('a tail')).toHaveLength(3)
    writeStaticModel(models.new, { dimensions: 40, seed: 5 })
    expect((await move({ queries: 0 })).migrations).toMatchObject([{ ok: true, filled: 0, serving: 'new' }])
  })

  test('a model whose files are others now', async () => {
    afterEmbedding(40, async () => writeStaticModel(models.new, { dimensions: 40, seed: 11 }))
    await expect(move({ queries: 0 })).rejects.toMatchObject({ code: 'COLLECTION_MODEL_MISMATCH' })
    await expect(move({ queries: 0 })).rejects.toMatchObject({
      code: 'MIGRATION_EXISTS',
      fix: expect.stringContaining('--abandon'),
    })
    await work.run('migrate.remove', { index: 'new' })
    expect((await move({ queries: 0 })).migrations).toMatchObject([{ ok: true, filled: 3 }])
  })
})

describe('refused, with nothing changed', () => {
  test.each<[string, () => Promise<unknown>, string]>([
    ['the model that it has', () => move({ to: models.old }), 'INVALID_INPUT'],
    ['a model that nobody knows', () => move({ to: 'none' }), 'MODEL_UNKNOWN'],
    ['a model that is not here', () => move({ to: 'gte-small' }), 'MODEL_NOT_INSTALLED'],
    ['a model that ranks', () => move({ to: 'ms-marco-MiniLM-L-6-v2' }), 'MODEL_INVALID'],
    ['no such collection', () => move({ collection: 'none' }), 'COLLECTION_NOT_FOUND'],
    ['no migration to go back from', () => work.run('migrate.rollback', {}), 'MIGRATION_NOT_FOUND'],
    ['no migration to remove', () => work.run('migrate.remove', {}), 'MIGRATION_NOT_FOUND'],
  ])('%s', async (_, call, code) => {
    await expect(call()).rejects.toMatchObject({ code })
    expect(await work.run('migrate.status', {})).toEqual({ running: false, migrations: [] })
    expect(await modelOf()).toBe(models.old)
  })

  test('a second target, the index that serves, and a model that is needed', async () => {
    await move({ queries: 0 })
    await expect(move({ to: models.other })).rejects.toMatchObject({
      code: 'MIGRATION_EXISTS',
      fix: expect.stringContaining('--remove-old'),
    })
    await expect(move({ to: models.old })).rejects.toMatchObject({ fix: expect.stringContaining('--rollback') })
    await expect(work.run('migrate.remove', { index: 'new' })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    await expect(work.run('models.remove', { model: models.old })).rejects.toMatchObject({ code: 'MIGRATION_EXISTS' })
    await work.run('migrate.rollback', {})
    await expect(work.run('migrate.rollback', {})).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    await expect(work.run('migrate.remove', { index: 'old' })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
    expect(await work.run('migrate.status', {})).toMatchObject({ migrations: [{ state: 'rolled-back' }] })
  })

  test('two at once', async () => {
    const results = await Promise.allSettled([move(), move({ to: models.other })])
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    const failed = results.find((result) => result.status === 'rejected')
    expect(['MIGRATION_RUNNING', 'MIGRATION_EXISTS']).toContain(failed?.reason.code)
  })

  test('while another process is at one', async () => {
    const lock = await (await work.parts.storage()).tryLock('migration')
    await expect(move()).rejects.toMatchObject({ code: 'MIGRATION_RUNNING' })
    lock?.close()
    expect((await move()).migrations).toMatchObject([{ ok: true }])
  })
})
