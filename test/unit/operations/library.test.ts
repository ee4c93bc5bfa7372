import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { open, type Semdex, SemdexError } from '../../../src/index.ts'
import { runScript } from '../../support/run-script.ts'

let folder: string
let db: Semdex
beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'semdex-library-')))
  db = await open({ database: join(folder, 'semdex.db'), cacheDirectory: join(folder, 'cache'), workers: 1 })
})
afterAll(async () => {
  await db.close()
  rmSync(folder, { recursive: true, force: true })
})

describe('documents', () => {
  test('are added, found by meaning, read and deleted', async () => {
    const progress: number[] = []
    const report = await db.add(
      [
        { id: 'bread', text: 'Knead the dough and bake the loaf.', metadata: { lang: 'en' } },
        { id: 'orbit', text: 'The satellite circles the planet.', title: 'Space' },
      ],
      { onProgress: ({ done }) => progress.push(done) },
    )
    expect(report).toMatchObject({ added: 2, degraded: null, results: [{ id: 'bread' }, { id: 'orbit' }] })
    expect(progress.at(-1)).toBe(2)
    await db.add({ id: 'soup', text: 'Boil onions.' })
    const { hits, degraded } = await db.search('how do I make a sourdough', { limit: 2 })
    expect(degraded).toBe(null)
    expect(hits).toMatchObject([{ documentId: 'bread', collection: 'default', path: null }, {}])
    expect(hits[0]?.similarity).toBeGreaterThan(0.2)
    expect((await db.search('anything', { filter: { lang: 'en' } })).hits.length).toBe(1)
    expect(await db.get('orbit')).toMatchObject({ title: 'Space', text: 'The satellite circles the planet.' })
    expect(await db.delete('soup')).toBe(1)
    expect(await db.delete(['soup', 'none'])).toBe(0)
    expect(await db.get('soup')).toBe(null)
    expect(await db.status()).toMatchObject({ documents: 2, pending: 0 })
  })

  test('are listed one by one or page by page, and deleted by filter', async () => {
    const collection = 'listed'
    const documents = Array.from({ length: 5 }, (_, n) => ({ id: `d${n}`, text: `text ${n}`, metadata: { n } }))
    await db.add(documents, { collection })
    const ids: string[] = []
    for await (const { id, text } of db.documents({ collection, text: true })) ids.push(`${id} ${text}`)
    expect(ids).toEqual(documents.map(({ id, text }) => `${id} ${text}`))
    const { documents: two, cursor } = await db.listDocuments({ collection, limit: 2 })
    expect(two.map(({ id, metadata }) => [id, metadata])).toEqual([
      ['d0', { n: 0 }],
      ['d1', { n: 1 }],
    ])
    const rest = await db.listDocuments({ collection, ...(cursor !== null && { cursor }) })
    expect(rest.documents.map(({ id }) => id)).toEqual(['d2', 'd3', 'd4'])
    const { results } = await db.add({ id: 'd0', text: 'other' }, { collection, ifExists: 'fail' })
    expect(results).toMatchObject([{ ok: false, error: { code: 'DOCUMENT_EXISTS' } }])
    expect(await db.delete({ filter: { n: { $gt: 2 } } }, { collection })).toBe(2)
    expect(await db.delete({ all: true }, { collection })).toBe(3)
    expect(await db.collections.get(collection)).toMatchObject({ documents: 0, dimensions: 384 })
    expect(await db.collections.drop(collection)).toEqual({ name: collection, documents: 0 })
    expect((await db.collections.list()).map(({ name }) => name)).not.toContain(collection)
    await expect(db.collections.get(collection)).rejects.toMatchObject({ code: 'COLLECTION_NOT_FOUND' })
    expect(await db.collections.create(collection)).toMatchObject({ name: collection, model: 'all-MiniLM-L6-v2' })
    await db.collections.drop(collection)
  })

  test('are those of a folder, restricted by paths as they are typed', async () => {
    mkdirSync(join(folder, 'notes'))
    writeFileSync(join(folder, 'notes/oven.md'), '# Oven\n\nHeat the oven well before the loaf goes in.\n')
    symlinkSync(join(folder, 'notes'), join(folder, 'link'), 'junction')
    const { reports } = await db.index(join(folder, 'link'))
    expect(reports).toMatchObject([{ collection: 'notes', added: 1 }])
    for (const path of ['notes', 'link', 'notes/oven.md']) {
      const { hits } = await db.search('oven', { paths: [join(folder, path)] })
      expect(hits.map(({ path: found }) => found)).toEqual([`${folder}/notes/oven.md`.replaceAll('\\', '/')])
    }
    expect((await db.search('oven', { paths: [join(folder, 'nowhere')] })).hits).toEqual([])
    expect((await db.index()).reports).toMatchObject([{ unchanged: 1 }])
  })

  test('the same id in another collection is another document', async () => {
    await db.add({ id: 'bread', text: 'Other bread.' }, { collection: 'another' })
    expect(await db.get('bread')).toMatchObject({ collection: 'default' })
    expect(await db.get('bread', { collection: 'another' })).toMatchObject({ text: 'Other bread.' })
    expect(await db.delete('bread', { collection: 'another' })).toBe(1)
    expect(await db.get('bread')).not.toBe(null)
  })
})

describe('embed', () => {
  test('one text is a unit vector with what is known of it', async () => {
    const embedding = await db.embed('hello world')
    expect(embedding).toMatchObject({ model: 'all-MiniLM-L6-v2', dimensions: 384, truncated: false })
    expect(embedding.vector).toBeInstanceOf(Float32Array)
    expect(Math.hypot(...embedding.vector)).toBeCloseTo(1, 5)
    expect(embedding.tokens).toBe(4)
    expect('ok' in embedding).toBe(false)
    expect((await db.embed('word '.repeat(1_000))).truncated).toBe(true)
  })

  test('many texts are one result each, in order', async () => {
    const results = await db.embedBatch(['hello world', '', 'hello world'], { kind: 'query' })
    expect(results.map(({ ok }) => ok)).toEqual([true, false, true])
    expect(results[1]).toMatchObject({ error: { code: 'EMPTY_EMBEDDING' } })
    expect((results[1] as { error: unknown }).error).toBeInstanceOf(SemdexError)
    expect(await db.embedBatch([])).toEqual([])
  })

  test('fails with a code', async () => {
    await expect(db.embed('')).rejects.toMatchObject({ code: 'EMPTY_EMBEDDING' })
    await expect(db.embed('x', { model: 'nope' })).rejects.toMatchObject({ code: 'MODEL_UNKNOWN' })
    await expect(db.embed('x', { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ABORTED' })
  })
})

describe('wrong calls are SemdexErrors', () => {
  test.each<[string, () => Promise<unknown>, string]>([
    ['an unknown option of open', () => open({ databse: 'x' } as never), 'CONFIGURATION_INVALID'],
    ['a wrong option of open', () => open({ workers: 0 }), 'CONFIGURATION_INVALID'],
    ['an unknown option of search', () => db.search('x', { limt: 3 } as never), 'INVALID_INPUT'],
    ['an empty query', () => db.search(' '), 'INVALID_INPUT'],
    ['a query that is no text', () => db.search(5 as never), 'INVALID_INPUT'],
    ['paths that are no list', () => db.search('x', { paths: '/x' as never }), 'INVALID_INPUT'],
    ['paths that are no texts', () => db.search('x', { paths: [5 as never] }), 'INVALID_INPUT'],
    ['an unknown collection', () => db.search('x', { collection: 'nope' }), 'COLLECTION_NOT_FOUND'],
    ['an unknown collection of get', () => db.get('x', { collection: 'nope' }), 'COLLECTION_NOT_FOUND'],
    ['a document without a text', () => db.add({ id: 'a' } as never), 'INVALID_INPUT'],
    ['an aborted search', () => db.search('x', { signal: AbortSignal.abort() }), 'ABORTED'],
    ['no such folder', () => db.index(join(tmpdir(), 'semdex-nowhere')), 'PATH_NOT_FOUND'],
    ['texts that are no list', () => db.embedBatch('x' as never), 'INVALID_INPUT'],
    ['a wrong name of vectors', () => db.vectors('a/b', { dimensions: 3 }), 'INVALID_INPUT'],
    ['dimensions of 0', () => db.vectors('v', { dimensions: 0 }), 'INVALID_INPUT'],
    ['dimensions that are missing', () => db.vectors('v', {} as never), 'INVALID_INPUT'],
  ])('%s', async (_, call, code) => {
    const error = await call().catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(SemdexError)
    expect(error).toMatchObject({ code })
  })

  test('null is the default model', async () => {
    const other = await open({ model: null, database: join(folder, 'other.db') })
    await other.close()
  })
})

describe('close', () => {
  test('waits for the work under way, can be called again, and ends every later call', async () => {
    const own = await open({ database: join(folder, 'closing.db'), cacheDirectory: join(folder, 'cache') })
    const vectors = await own.vectors('v', { dimensions: 2 })
    await vectors.put('x', [1, 0])
    const adding = own.add({ id: 'a', text: 'Knead the dough.' })
    const embedding = own.embed('hello')
    await Promise.all([own.close(), own.close()])
    expect(await adding).toMatchObject({ added: 1 })
    expect((await embedding).dimensions).toBe(384)
    await own.close()
    const calls = [
      () => own.add({ id: 'b', text: 'x' }),
      () => own.search('x'),
      () => own.get('a'),
      () => own.delete('a'),
      () => own.embed('x'),
      () => own.index(),
      () => own.status(),
      () => own.vectors('v', { dimensions: 3 }),
    ]
    for (const call of calls) await expect(call()).rejects.toMatchObject({ code: 'STORE_CLOSED' })
    await expect(vectors.put('y', [1, 0])).rejects.toMatchObject({ code: 'STORE_CLOSED' })
    await expect(vectors.searchByVector([1, 0])).rejects.toMatchObject({ code: 'INDEX_CLOSED' })
  })

  test('lets the process end', async () => {
    const source = new URL('../../../src/index.ts', import.meta.url).href
    const script = `
      import { open } from '${source}'
      const db = await open({ database: ${JSON.stringify(join(folder, 'script.db'))} })
      await db.add({ id: 'a', text: 'Knead the dough.' })
      const { hits } = await db.search('bread')
      const vectors = await db.vectors('mine', { dimensions: 2 })
      await vectors.put('x', [3, 4])
      process.stdout.write(hits[0].documentId + (await vectors.count()))
      await db[Symbol.asyncDispose]()
    `
    expect(await runScript(script)).toMatchObject({ code: 0, stdout: 'a1' })
  })
})
