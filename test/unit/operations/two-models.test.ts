import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { asset, describeWithAssets } from '../../support/assets.ts'
import { openWorkplace, type Workplace } from './support.ts'

const TEXT = asset('fixtures/tiny-jina-task')
const CODE = asset('fixtures/tiny-qodo-last')
const PYTHON = 'def retry(times):\n    for attempt in range(times):\n        sleep(2 ** attempt)\n        call()\n'

describeWithAssets('a collection with two models', [TEXT, CODE], () => {
  let work: Workplace
  beforeEach(async () => {
    work = openWorkplace({ model: TEXT, codeModel: CODE })
    work.write({ 'all/bread.md': '# Bread\n\nKnead the dough, then bake the loaf.\n', 'all/retry.py': PYTHON })
    await work.run('index', { paths: [work.path('all')] })
  })
  afterEach(() => work.close())

  const embeddings = async (name: string) => work.run('embeddings.get', { id: work.path(`all/${name}`) })
  const index = async () => (await work.run('index', { paths: [work.path('all')] })).reports[0]

  test('shows each stored embedding with the model of its side', async () => {
    const ofText = await embeddings('bread.md')
    expect(ofText).toMatchObject({ side: 'text', model: TEXT, dimensions: 1024, chunks: [{ state: 'embedded' }] })
    const ofCode = await embeddings('retry.py')
    if (ofCode.kind !== 'document') throw new Error('not a document')
    expect(ofCode).toMatchObject({ side: 'code', model: CODE, dimensions: 1536 })
    expect(ofCode.fingerprint).not.toBe(ofText.fingerprint)
    const [chunk] = ofCode.chunks
    expect(chunk?.embedding?.length).toBe(1536)
    expect(await work.run('embeddings.get', { id: chunk?.id })).toMatchObject({
      kind: 'chunk',
      side: 'code',
      model: CODE,
    })
  })

  test('search.semantic finds what the code model embedded', async () => {
    const { results } = await work.run('search.semantic', { query: PYTHON, threshold: -1 })
    const stored = await work.run('embeddings.get', { id: results[0]?.id })
    expect(stored).toMatchObject({ side: 'code', model: CODE })
  })

  describe('where one of the models cannot be used', () => {
    const lose = async (changes: object) => (await work.parts.storage()).records.updateCollection('all', changes)
    const semantic = (query: string, threshold = -1) => work.run('search.semantic', { query, threshold })
    const sideOf = async ({ results }: Awaited<ReturnType<typeof semantic>>) =>
      new Set(await Promise.all(results.map(async ({ id }) => (await work.run('embeddings.get', { id })).side)))

    test('search.semantic answers from the other, and says so beside its shape', async () => {
      await lose({ code: { model: CODE, fingerprint: 'other files', dimensions: 1536 } })
      const answer = await semantic(PYTHON)
      expect(Object.keys(answer)).toEqual(['query', 'results', 'stats', 'degraded'])
      expect(answer.degraded).toMatchObject({ code: 'COLLECTION_MODEL_MISMATCH' })
      expect(answer.stats.total_results).toBe(1)
      expect(await sideOf(answer)).toEqual(new Set(['text']))
    })

    test('also from that of code, and where nothing is near enough', async () => {
      await lose({ fingerprint: 'other files' })
      const prose = 'how is a loaf of bread baked'
      const answer = await semantic(prose)
      expect(answer.degraded).toMatchObject({ code: 'COLLECTION_MODEL_MISMATCH' })
      expect(await sideOf(answer)).toEqual(new Set(['code']))
      expect(await semantic(prose, 1)).toMatchObject({ results: [], degraded: { code: 'COLLECTION_MODEL_MISMATCH' } })
    })

    test('a query that goes to the other side is not degraded, and has no further field', async () => {
      await lose({ code: { model: CODE, fingerprint: 'other files', dimensions: 1536 } })
      const answer = await semantic('how is a loaf of bread baked')
      expect(Object.keys(answer)).toEqual(['query', 'results', 'stats'])
    })

    test('the configured model is not needed where the collection has its own', async () => {
      await work.reopen({ model: 'bge-small-en-v1.5' })
      expect((await semantic(PYTHON)).stats.total_results).toBe(1)
      expect((await semantic(PYTHON, 1)).results).toEqual([])
    })

    test('without any of them there is no answer, also where nothing would be near enough', async () => {
      await lose({ fingerprint: 'other files', code: { model: CODE, fingerprint: 'other files', dimensions: 1536 } })
      await expect(semantic(PYTHON)).rejects.toMatchObject({ code: 'EMBEDDING_UNAVAILABLE' })
      await expect(semantic(PYTHON, 1)).rejects.toMatchObject({ code: 'EMBEDDING_UNAVAILABLE' })
    })
  })

  test('files of one model that changed cost the other side nothing, and a plan says so', async () => {
    const { records } = await work.parts.storage()
    const before = await embeddings('bread.md')
    const { code } = (await records.collection('all')) ?? {}
    if (!code) throw new Error('no code model')
    // As if the texts had been embedded by files that are gone: no vector of the files that are there is kept.
    await work.run('delete', { collection: 'all', all: true })
    await work.reopen({ embeddings: false })
    await index()
    await (await work.parts.storage()).records.updateCollection('all', {
      code: { ...code, fingerprint: 'other files' },
    })
    await work.reopen({ embeddings: true })
    await work.run('embeddings.fill', { ids: [work.path('all/bread.md')], collection: 'all' })
    const [plan] = (await work.run('index.plan', { paths: [work.path('all')] })).plans
    expect(plan).toMatchObject({ files: 1, unchanged: 1, toEmbed: 1 })
    expect(await index()).toMatchObject({ refreshed: 1, unchanged: 1, embedded: 1, pending: 0 })
    expect(await embeddings('retry.py')).toMatchObject({ fingerprint: code.fingerprint })
    expect(await embeddings('bread.md')).toMatchObject({ fingerprint: before.fingerprint })
  })

  test('embeddings.fill gives chunks of both sides their vectors, each by its model', async () => {
    await work.reopen({ embeddings: false })
    const documents = [
      { id: 'prose', text: 'The satellite circles the planet once every ninety minutes.' },
      {
        id: 'snippet',
        text: 'let x = [1, 2, 3].map((n) => n * 2);\nconsole.log(x);\n',
        metadata: { kind: 'code_pattern' },
      },
    ]
    await work.run('add', { documents, collection: 'loose' })
    await work.reopen({ embeddings: true })
    const ids = ['prose', 'snippet']
    expect(await work.run('embeddings.fill', { ids, collection: 'loose' })).toMatchObject({ filled: 2, failed: 0 })
    const models = await Promise.all(
      ids.map(async (id) => (await work.run('embeddings.get', { id, collection: 'loose' })).model),
    )
    expect(models).toEqual([TEXT, CODE])
    expect(await work.run('status', {})).toMatchObject({ pending: 0 })
  })

  test('files that are sent go to the side of their names', async () => {
    const content = (text: string) => Buffer.from(text).toString('base64')
    const files = [
      { name: 'a/bake.py', content: content('# Knead the dough, then bake the loaf.\n') },
      { name: 'a/bake.md', content: content('Knead the dough, then bake the loaf.\n') },
    ]
    await work.run('add.files', { files, collection: 'sent' })
    const { documents } = await work.run('documents', { collection: 'sent' })
    expect(documents.map(({ id, side }) => [id, side])).toEqual([
      ['a/bake.py', 'code'],
      ['a/bake.md', 'text'],
    ])
  })

  test('no model for code is set beside vectors of the caller’s own, or while a side migrates', async () => {
    const { records, migrations } = await work.parts.storage()
    await records.createCollection({ name: 'mine', model: null, fingerprint: 'own:3', dimensions: 3 })
    await expect(work.run('collections.update', { name: 'mine', codeModel: CODE })).rejects.toMatchObject({
      code: 'COLLECTION_MODEL_MISMATCH',
    })
    const to = { model: 'next', fingerprint: 'next', dimensions: 8 }
    await migrations.beginMigration('all', 'code', to, Date.now())
    const before = await records.collection('all')
    await expect(work.run('collections.update', { name: 'all', codeModel: null })).rejects.toMatchObject({
      code: 'MIGRATION_EXISTS',
    })
    expect(await records.collection('all')).toEqual(before)
  })
})
