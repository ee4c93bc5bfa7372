import { mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openWorkplace, type Workplace } from './support.ts'

let work: Workplace
beforeEach(() => {
  work = openWorkplace({ embeddings: false })
  work.write({
    'notes/bread.md': '# Bread\n\nKnead the dough.\n',
    'notes/sub/oven.md': '# Oven\n\nHeat the oven for bread.\n',
    'notes/sub/deep/soup.md': '# Soup\n\nBoil onions; eat with bread.\n',
    'other/orbit.md': '# Orbit\n\nNo bread on the satellite.\n',
  })
})
afterEach(() => work.close())

const index = (path: string, more: object = {}) => work.run('index', { paths: [work.path(path)], ...more })
const found = async (more: object = {}) => {
  const { hits } = await work.run('search', { query: 'bread', mode: 'lexical', ...more })
  return hits.map(({ path, documentId }) => path?.replace(`${work.folder}/`, '') ?? documentId).sort()
}
const BELOW_NOTES = ['notes/bread.md', 'notes/sub/deep/soup.md', 'notes/sub/oven.md']

describe('roots', () => {
  test('a folder belongs to one collection, named after it; a part of it is indexed in place', async () => {
    expect((await index('notes')).reports).toMatchObject([{ collection: 'notes', added: 3 }])
    expect((await index('notes/sub')).reports).toMatchObject([
      { collection: 'notes', added: 0, unchanged: 2, deleted: 0 },
    ])
    const { collections } = await work.run('collections', {})
    expect(collections).toMatchObject([{ name: 'notes', roots: [work.path('notes')], documents: 3 }])
  })

  test('a folder above a root of the same collection keeps what is below that root', async () => {
    await index('notes/sub', { collection: 'all' })
    expect((await index('notes', { collection: 'all' })).reports).toMatchObject([{ added: 1, deleted: 0 }])
    expect(await found()).toEqual(BELOW_NOTES)
    expect((await work.run('index', {})).reports.every(({ deleted, added }) => deleted + added === 0)).toBe(true)
    expect(await found()).toEqual(BELOW_NOTES)
  })

  test('a folder above a root of another collection leaves that to its own', async () => {
    await index('notes/sub', { collection: 'inner' })
    expect((await index('notes')).reports).toMatchObject([{ collection: 'notes', added: 1, skipped: { excluded: 1 } }])
    expect(await found({ collection: 'inner' })).toEqual(BELOW_NOTES.slice(1))
    expect(await found()).toEqual(BELOW_NOTES)
  })

  test('a folder that another collection holds is refused with the way out', async () => {
    await index('notes')
    for (const path of ['notes', 'notes/sub']) {
      await expect(index(path, { collection: 'mine' })).rejects.toMatchObject({
        code: 'ROOT_TAKEN',
        fix: expect.stringContaining('--collection notes'),
      })
    }
    expect((await work.run('collections', {})).collections.length).toBe(1)
  })

  test('without paths every known root is brought up to date; one that is gone keeps its documents', async () => {
    await index('notes')
    await index('other')
    work.write({ 'notes/new.md': 'Fresh bread.\n' })
    rmSync(work.path('other'), { recursive: true })
    const warnings: string[] = []
    const { reports } = await work.run('index', {}, { onWarning: (message) => warnings.push(message) })
    expect(reports).toMatchObject([{ collection: 'notes', added: 1 }])
    expect(warnings).toEqual([expect.stringContaining(work.path('other'))])
    expect(await found()).toEqual([...BELOW_NOTES, 'notes/new.md', 'other/orbit.md'].sort())
  })

  test('an unknown collection without paths is an error', async () => {
    await index('notes')
    await expect(work.run('index', { collection: 'nope' })).rejects.toMatchObject({
      code: 'COLLECTION_NOT_FOUND',
      fix: expect.stringContaining('notes'),
    })
  })

  test('no such path is an error, and an empty folder is not', async () => {
    await expect(index('nowhere')).rejects.toMatchObject({
      code: 'PATH_NOT_FOUND',
      message: expect.stringContaining('nowhere'),
    })
    mkdirSync(work.path('empty'))
    expect((await index('empty')).reports).toMatchObject([{ collection: 'empty', added: 0 }])
  })

  test('a path that cannot be read is another error than one that is not there', async () => {
    symlinkSync(work.path('loop'), work.path('loop'))
    await expect(index('loop')).rejects.toMatchObject({ code: 'PATH_UNREADABLE' })
  })

  test('another model for an existing collection is an error that names the way', async () => {
    await index('notes')
    await expect(index('notes', { model: 'bge-small-en-v1.5' })).rejects.toMatchObject({
      code: 'COLLECTION_MODEL_MISMATCH',
      fix: expect.stringContaining('semdex migrate --to bge-small-en-v1.5 --collection notes'),
    })
  })
})

describe('a search restricted to paths', () => {
  beforeEach(async () => {
    await index('notes')
    await index('other')
    await work.run('add', { documents: [{ id: 'loose', text: 'Bread without a file.' }] })
    await work.run('add', { documents: [{ id: 'loose among files', text: 'Bread too.' }], collection: 'notes' })
  })

  test.each<[string[], string[]]>([
    [['notes'], BELOW_NOTES],
    [['notes/sub'], BELOW_NOTES.slice(1)],
    [['notes/sub/oven.md'], ['notes/sub/oven.md']],
    [
      ['notes/sub/deep', 'other'],
      ['notes/sub/deep/soup.md', 'other/orbit.md'],
    ],
    [[''], [...BELOW_NOTES, 'other/orbit.md']],
    [['note'], []],
    [[], []],
  ])('%j keeps %j', async (paths, expected) => {
    expect(await found({ paths: paths.map((path) => (path === '' ? work.folder : work.path(path))) })).toEqual(expected)
  })

  test('none keeps everything', async () => {
    expect(await found()).toEqual(['loose', 'loose among files', ...BELOW_NOTES, 'other/orbit.md'].sort())
  })

  test('keeps a filter beside it, and a collection', async () => {
    const paths = [work.path('notes')]
    expect(await found({ paths, filter: { $path: { $glob: '**/oven.md' } } })).toEqual(['notes/sub/oven.md'])
    expect(await found({ paths, collection: 'other' })).toEqual([])
  })

  test('applies before the limit', async () => {
    expect(await found({ paths: [work.path('notes/sub/deep')], limit: 1 })).toEqual(['notes/sub/deep/soup.md'])
  })

  test('takes a filter of 16 levels beside paths, and a thousand paths', async () => {
    let filter: object = { $path: { $exists: true } }
    for (let i = 0; i < 16; i++) filter = { $and: [filter] }
    expect(await found({ paths: [work.path('notes')], filter })).toEqual(BELOW_NOTES)
    const paths = Array.from({ length: 1_500 }, (_, i) => work.path(`none-${i}`))
    expect(await found({ paths: [...paths, work.path('other')] })).toEqual(['other/orbit.md'])
  })
})

describe('collections', () => {
  test('are made, listed and dropped; files stay', async () => {
    await index('notes')
    expect(await work.run('collections.create', { name: 'empty' })).toEqual({
      name: 'empty',
      model: 'all-MiniLM-L6-v2',
      dimensions: 384,
      code: null,
      layout: 'native',
    })
    await expect(work.run('collections.create', { name: 'empty' })).rejects.toMatchObject({ code: 'COLLECTION_EXISTS' })
    expect(await work.run('collections.drop', { name: 'notes' })).toEqual({ name: 'notes', documents: 3 })
    expect((await work.run('collections', {})).collections.map(({ name }) => name)).toEqual(['empty'])
    expect(await found()).toEqual([])
    expect((await index('notes')).reports).toMatchObject([{ added: 3 }])
  })

  test.each(['collections.drop', 'search'] as const)('%s of an unknown one names the known ones', async (name) => {
    const input = name === 'search' ? { query: 'x', collection: 'nope' } : { name: 'nope' }
    await expect(work.run(name, input)).rejects.toMatchObject({
      code: 'COLLECTION_NOT_FOUND',
      fix: expect.stringContaining('semdex index'),
      details: { collection: 'nope' },
    })
    await index('notes')
    await expect(work.run(name, input)).rejects.toMatchObject({ fix: expect.stringContaining('notes') })
  })

  test('made twice at the same moment are one', async () => {
    const added = await Promise.all(
      ['a', 'b', 'c'].map((id) => work.run('add', { documents: [{ id, text: id }], collection: 'shared' })),
    )
    expect(added.map(({ added: count }) => count)).toEqual([1, 1, 1])
    expect(await work.run('status', {})).toMatchObject({
      documents: 3,
      collections: [{ name: 'shared', documents: 3 }],
    })
  })
})

describe('where the files of the model changed', () => {
  test('a run makes all vectors anew, and its plan says so', async () => {
    await index('notes')
    await (await work.parts.storage()).records.updateCollection('notes', { fingerprint: 'other files' })
    await work.reopen({ embeddings: true })
    const plan = async () => (await work.run('index.plan', { paths: [work.path('notes')] })).plans[0]
    expect(await work.run('search', { query: 'bread' })).toMatchObject({
      degraded: { code: 'COLLECTION_MODEL_MISMATCH' },
    })
    expect(await plan()).toMatchObject({ files: 3, unchanged: 0, toEmbed: 3 })
    expect((await index('notes')).reports[0]).toMatchObject({ refreshed: 3, embedded: 3, degraded: null })
    expect(await plan()).toMatchObject({ files: 0, unchanged: 3, toEmbed: 0 })
    expect(await work.run('status', {})).toMatchObject({ pending: 0 })
    const answer = await work.run('search', { query: 'how to bake a loaf' })
    expect(answer.degraded).toBe(null)
    expect(answer.hits.every(({ similarity }) => similarity !== null)).toBe(true)
  })
})

test('a wrong filter is refused also where there is nothing to search', async () => {
  await expect(work.run('search', { query: 'x', filter: { a: { $like: 1 } } })).rejects.toMatchObject({
    code: 'INVALID_INPUT',
  })
})

test('status adds up over the collections', async () => {
  await index('notes')
  await index('other')
  const status = await work.run('status', {})
  expect(status).toMatchObject({ database: work.path('data/semdex.db'), documents: 4, failed: 0, pending: 4 })
  for (const field of ['documents', 'chunks', 'pending', 'failed'] as const) {
    expect(status.collections.reduce((sum, each) => sum + each[field], 0)).toBe(status[field])
  }
  expect(status.collections.map(({ name, roots }) => [name, roots])).toEqual([
    ['notes', [work.path('notes')]],
    ['other', [work.path('other')]],
  ])
})
