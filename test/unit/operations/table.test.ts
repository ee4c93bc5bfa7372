import { existsSync } from 'node:fs'
import * as v from 'valibot'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SemdexError } from '../../../src/core/errors.ts'
import { SETTINGS } from '../../../src/core/settings.ts'
import { invoke, type Operation } from '../../../src/operations/operation.ts'
import { type OperationName, operations } from '../../../src/operations/table.ts'
import { writeReranker } from '../../support/reranker-folder.ts'
import { writeStaticModel } from '../../support/static-model.ts'
import { openWorkplace, type Workplace } from './support.ts'

const NAMES = Object.keys(operations) as OperationName[]

/** A spec that needs no files. */
const SERVER = {
  name: 'my-server',
  summary: '',
  source: { repository: 'my-server', revision: null },
  licence: 'MIT',
  languages: [],
  runtime: 'remote',
  precision: 'fp32',
  files: [],
  dimensions: 8,
  maxTokens: 512,
  pooling: 'graph',
  normalize: true,
  prompts: { query: '', passage: '' },
  remote: { url: 'http://127.0.0.1:9/v1', model: 'any', keyVariable: null },
}

async function load(name: OperationName): Promise<Operation<unknown, unknown>> {
  return (await operations[name]()) as unknown as Operation<unknown, unknown>
}

/** Of the job that was started. */
let jobId = 'none'

/** Of the key that was made. */
let keyId = 'none'

/** For each operation an input that it takes; `null` stands for a path in the test's folder. */
const INPUTS: Record<OperationName, (workplace: Workplace) => object> = {
  search: () => ({ query: 'how do I bake bread', explain: true }),
  'search.semantic': () => ({ query: 'how do I bake bread', threshold: -1 }),
  index: ({ path }) => ({ paths: [path('docs')] }),
  'index.plan': ({ path }) => ({ paths: [path('docs')] }),
  add: () => ({ documents: [{ id: 'a', text: 'The satellite circles the planet.', metadata: { year: 1957 } }] }),
  'add.files': () => ({ files: [{ name: 'notes/tea.md', content: 'IyBUZWEK' }], collection: 'files' }),
  delete: () => ({ ids: ['a', 'none'] }),
  documents: () => ({ collection: 'docs', limit: 1, text: true }),
  get: ({ path }) => ({ path: path('docs/bread.md') }),
  status: () => ({}),
  embed: () => ({ texts: ['hello', ''], timings: true }),
  'embeddings.get': ({ path }) => ({ id: path('docs/bread.md') }),
  'embeddings.fill': ({ path }) => ({ ids: [path('docs/bread.md'), 'none'] }),
  backfill: () => ({ retryFailed: true }),
  jobs: () => ({ limit: 2 }),
  'jobs.start': ({ path }) => ({ operation: 'index', input: { paths: [path('docs')] } }),
  'jobs.get': () => ({ id: jobId }),
  'jobs.cancel': () => ({ id: jobId }),
  metrics: () => ({}),
  rerank: ({ path }) => ({ query: 'hello', passages: ['hello', ''], model: path('reranker') }),
  collections: () => ({}),
  'collections.get': () => ({ name: 'docs' }),
  'collections.create': () => ({ name: 'empty' }),
  'collections.update': () => ({ name: 'empty', layout: 'padded' }),
  'collections.drop': () => ({ name: 'empty' }),
  models: () => ({}),
  'models.show': () => ({}),
  'models.pull': () => ({ model: 'all-MiniLM-L6-v2' }),
  'models.add': ({ path }) => ({ path: path('server.json') }),
  'models.remove': () => ({ model: 'my-server' }),
  'models.verify': () => ({}),
  artifacts: () => ({ kinds: ['code_template'] }),
  'artifacts.put': () => ({
    artifacts: [
      { id: 'retry', kind: 'code_template', title: 'Retry', body: 'retry(3)' },
      { id: 'x', kind: 'none' },
    ],
  }),
  'artifacts.get': () => ({ id: 'retry' }),
  'artifacts.search': () => ({ query: 'try again', explain: true }),
  'artifacts.history': () => ({ id: 'retry' }),
  'artifacts.remove': () => ({ ids: ['retry', 'none'] }),
  migrate: ({ path }) => ({ to: path('letters'), collection: 'docs', queries: 2 }),
  'migrate.plan': ({ path }) => ({ to: path('letters') }),
  'migrate.status': () => ({}),
  'migrate.rollback': () => ({ collection: 'docs' }),
  'migrate.remove': () => ({ collection: 'docs', index: 'new' }),
  eval: ({ path }) => ({ folder: path('beir') }),
  'bench.embed': () => ({ quick: true }),
  'memory.capture': () => ({ text: 'We deploy on Tuesdays.', id: 'deploy', kind: 'decision', tags: ['team'] }),
  'memory.recall': () => ({ query: 'when do we deploy', explain: true }),
  'memory.update': () => ({ id: 'deploy', text: 'We deploy on Mondays.' }),
  'memory.history': () => ({ id: 'deploy' }),
  'memory.list': () => ({ limit: 1 }),
  'memory.forget': () => ({ id: 'deploy' }),
  keys: () => ({}),
  'keys.create': () => ({ name: 'test', scope: 'read', days: 1 }),
  'keys.revoke': () => ({ id: keyId }),
  backup: ({ path }) => ({ path: path('copies/a.db') }),
  'backup.list': () => ({}),
  'backup.verify': ({ path }) => ({ path: path('copies/a.db') }),
  export: ({ path }) => ({ path: path('copies/all.jsonl') }),
  import: ({ path }) => ({ path: path('copies/all.jsonl') }),
  compact: () => ({}),
  doctor: () => ({}),
  config: () => ({}),
}

describe.each(NAMES)('%s', (name) => {
  test('has its own name, a summary and an access', async () => {
    const operation = await load(name)
    expect(operation.name).toBe(name)
    expect(operation.summary).toMatch(/^[A-Z].{10,}\.$/)
    expect(['read', 'write', 'admin']).toContain(operation.access)
  })

  test('refuses a field that it does not have, with its name', async () => {
    const given = { ...INPUTS[name]({ path: (part: string) => `/${part}` } as Workplace), unheardOf: 1 }
    const operation = await load(name)
    const error = await invoke(operation, null as never, given).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(SemdexError)
    expect(error).toMatchObject({ code: 'INVALID_INPUT', details: { field: 'unheardOf', operation: name } })
    expect((error as Error).message).toContain('unheardOf')
  })

  test.each([[undefined], [null], ['text'], [[]]])('refuses %j as its input', async (given) => {
    const operation = await load(name)
    await expect(invoke(operation, null as never, given)).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  })
})

describe('wrong fields are named', () => {
  test.each<[OperationName, object, string | null]>([
    ['search', {}, 'query'],
    ['search', { query: 5 }, 'query'],
    ['search', { query: 'x', limit: 0 }, 'limit'],
    ['search', { query: 'x', limit: 1.5 }, 'limit'],
    ['search', { query: 'x', limit: 1_001 }, 'limit'],
    ['search', { query: 'x', mode: 'fuzzy' }, 'mode'],
    ['search', { query: 'x', minSimilarity: 2 }, 'minSimilarity'],
    ['search', { query: 'x', minSimilarity: Number.NaN }, 'minSimilarity'],
    ['search', { query: 'x', paths: [''] }, 'paths.0'],
    ['search', { query: 'x', filter: 'lang' }, 'filter'],
    ['search', { query: 'x', filter: { lang: { $like: 'e' } } }, 'lang'],
    ['search', { query: 'x', filter: [] }, 'filter'],
    ['search', { query: 'x', collection: '../etc' }, 'collection'],
    ['add', { documents: [{ id: '', text: 'x' }] }, 'documents.0.id'],
    ['add', { documents: [{ id: 'a' }] }, 'documents.0.text'],
    ['add', { documents: [{ id: 'a', text: 'x', metadata: [1] }] }, 'documents.0.metadata'],
    ['add', { documents: [{ id: 'a', text: 'x', metdata: {} }] }, 'documents.0.metdata'],
    ['add', { documents: [{ id: 'a', text: 'x', format: 'pdf' }] }, 'documents.0.format'],
    ['delete', { ids: 'a' }, 'ids'],
    ['add', { documents: [], ifExists: 'merge' }, 'ifExists'],
    ['documents', { limit: 1_001 }, 'limit'],
    ['documents', { cursor: 'x' }, 'cursor'],
    ['documents', { cursor: 'YWZ0ZXIgMQ=' }, 'cursor'],
    ['documents', { filter: { year: { $near: 1 } } }, 'year'],
    ['delete', {}, null],
    ['delete', { ids: [], filter: { a: 1 } }, null],
    ['delete', { all: false }, 'all'],
    ['delete', { filter: {} }, 'filter'],
    ['delete', { filter: { $and: [{ $not: { $or: [] } }] } }, 'filter'],
    ['get', {}, null],
    ['get', { id: 'a', path: '/a' }, null],
    ['get', { id: 'a', lines: [0, 1] }, 'lines.0'],
    ['get', { id: 'a', lines: [3, 2] }, 'lines'],
    ['get', { id: 'a', lines: [1] }, 'lines.1'],
    ['embed', { texts: ['a', 1] }, 'texts.1'],
    ['embed', { texts: [], model: '' }, 'model'],
    ['embed', { texts: [], dimensions: 0 }, 'dimensions'],
    ['embed', { texts: [], encoding: 'int4' }, 'encoding'],
    ['embed', { texts: [], task: '' }, 'task'],
    ['embed', { texts: [], base64: 1 }, 'base64'],
    ['collections.create', { name: ' ' }, 'name'],
    ['collections.create', { name: 'a'.repeat(101) }, 'name'],
    ['index', { paths: [7] }, 'paths.0'],
    ['eval', { folder: '' }, 'folder'],
    ['rerank', { query: 'a', passages: 'a' }, 'passages'],
    ['migrate', {}, 'to'],
    ['migrate', { to: '' }, 'to'],
    ['migrate', { to: 'm', side: 'both' }, 'side'],
    ['migrate', { to: 'm', minOverlap: 1.5 }, 'minOverlap'],
    ['migrate', { to: 'm', minNdcgRatio: 1 }, 'minNdcgRatio'],
    ['migrate', { to: 'm', minOverlap: 0.5, queries: 0 }, 'minOverlap'],
    ['migrate.remove', { index: 'both' }, 'index'],
    ['bench.embed', { quick: 'yes' }, 'quick'],
  ])('%s %j', async (name, input, field) => {
    const operation = await load(name)
    await expect(invoke(operation, null as never, input)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      details: { field },
    })
  })
})

describe('every operation answers as its output schema says', () => {
  let workplace: Workplace
  beforeAll(() => {
    workplace = openWorkplace()
    writeReranker(workplace.path('reranker'), { form: 'bert', words: { hello: 1 } })
    writeStaticModel(workplace.path('letters'), { dimensions: 12, seed: 1 })
    workplace.write({
      'docs/bread.md': '# Bread\n\nKnead the dough and bake it.\n\n## Oven\n\nHeat the oven well.\n',
      'docs/orbit.txt': 'The satellite circles the planet.\n',
      'docs/main.ts': 'export function add(a: number, b: number) {\n  return a + b\n}\n',
      'docs/picture.png': '\u0089PNG',
      'beir/corpus.jsonl': '{"_id": "d1", "title": "Bread", "text": "Flour and water."}\n',
      'beir/queries.jsonl': '{"_id": "q1", "text": "baking"}\n',
      'beir/qrels/test.tsv': 'q1\td1\t1\n',
      'server.json': JSON.stringify(SERVER),
    })
  })
  afterAll(() => workplace.close())

  const order: OperationName[] = ['index.plan', 'index', 'add', 'collections.create', 'jobs.start', 'artifacts.put']
  test.each([...order, ...NAMES.filter((name) => !order.includes(name))])('%s', async (name) => {
    const answer = await workplace.run(name, INPUTS[name](workplace))
    expect(answer).toBeTypeOf('object')
    if ('id' in answer && name === 'jobs.start') jobId = answer.id
    if (name === 'keys.create') keyId = (answer as { id: string }).id
    if (name !== 'embed' && name !== 'embeddings.get') expect(JSON.parse(JSON.stringify(answer))).toEqual(answer)
  })

  test('all of them were run, and what was stored is there', async () => {
    expect(NAMES.every((name) => name in INPUTS)).toBe(true)
    expect(existsSync(workplace.path('data/semdex.db'))).toBe(true)
    expect(await workplace.run('status', {})).toMatchObject({ documents: 4, pending: 0, failed: 0 })
    const { hits } = await workplace.run('search', { query: 'how do I bake bread' })
    expect(hits[0]).toMatchObject({
      path: workplace.path('docs/bread.md'),
      lines: [expect.any(Number), expect.any(Number)],
    })
    const { checks } = await workplace.run('doctor', {})
    expect(checks.filter(({ status }) => status === 'failed')).toEqual([])
  })

  test('config shows every setting', async () => {
    const { settings } = await workplace.run('config', {})
    expect(settings.map(({ name }) => name)).toEqual(SETTINGS.map(({ name }) => name))
    expect(settings.find(({ name }) => name === 'database')).toMatchObject({ origin: 'flag' })
    expect(settings.find(({ name }) => name === 'model')).toMatchObject({ value: null, origin: 'default' })
  })

  test('the check would see an answer that is not in its schema', async () => {
    const { output } = await load('status')
    expect(v.safeParse(output, { database: 'x' }).success).toBe(false)
  })
})
