import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { loadConfiguration } from '../../src/compose/configuration.ts'
import { openParts } from '../../src/compose/parts.ts'
import type { Parts } from '../../src/core/parts.ts'
import { portablePath } from '../../src/core/text.ts'
import { invoke, type Operation } from '../../src/operations/operation.ts'
import { operations } from '../../src/operations/table.ts'
import { userEnvironment } from '../support/processes.ts'
import { writeReranker } from '../support/reranker-folder.ts'
import { writeStaticModel } from '../support/static-model.ts'
import type { Paths } from './entry.ts'

/** A database with its cache, at the same path for every interface: answers name paths. */
export interface State {
  /** What a process is given to find it, and nothing else. */
  environment: NodeJS.ProcessEnv
  folder: string
  openParts(): Parts
}

/** The files, and the database that every interface starts from. */
export interface Scene extends Paths {
  /** For calls that change nothing. */
  shared: State
  /** As it was in the beginning; `models` has a cache of its own, too. */
  renewed(changes: 'database' | 'models'): State
  remove(): void
}

const FILES = {
  'docs/bread.md': '# Bread\n\nKnead the dough and bake it.\n\n## Oven\n\nHeat the oven well.\n',
  'docs/orbit.txt': 'The satellite circles the planet.\n',
  'docs/main.ts': 'export function add(a: number, b: number) {\n  return a + b\n}\n',
  'more/sea.md': '# Sea\n\nThe tide follows the moon.\n',
  'beir/corpus.jsonl': '{"_id": "d1", "title": "Bread", "text": "Flour and water."}\n',
  'beir/queries.jsonl': '{"_id": "q1", "text": "baking"}\n',
  'beir/qrels/test.tsv': 'q1\td1\t1\n',
  'export.jsonl': `${[
    { type: 'header', format: 'semdex-export', version: 1, exportedAt: 1 },
    {
      type: 'collection',
      collection: {
        name: 'brought',
        model: null,
        fingerprint: 'f',
        dimensions: 4,
        code: null,
        layout: 'native',
        roots: [],
      },
    },
    { type: 'document', collection: 'brought', document: {} },
    { type: 'end', documents: 1, histories: 0 },
  ]
    .map((line) => JSON.stringify(line))
    .join('\n')}\n`,
  'broken/corpus.jsonl': '{"_id": \n',
  'server.json': JSON.stringify({
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
  }),
}

const DOCUMENTS = [
  { id: 'bread', text: 'Knead the dough, let it rise, and bake the bread in a hot oven.', metadata: { year: 1850 } },
  {
    id: 'lizard',
    text: 'A lizard drops its tail to escape.\n\nA new tail grows back.',
    title: 'Tails',
    metadata: { year: 1957, tags: ['biology', 'reptile'] },
  },
  { id: 'notes/été.md', text: '# Été\n\nLe soleil se couche tard.', format: 'markdown' },
]

export async function buildScene(): Promise<Scene> {
  const root = portablePath(realpathSync(mkdtempSync(join(tmpdir(), 'semdex-parity-'))))
  const file = (name: string) => `${root}/files/${name}`
  for (const [name, content] of Object.entries(FILES)) write(file(name), content)
  writeReranker(file('reranker'), { form: 'bert', words: { dough: 2, oven: 1, planet: -3 } })
  writeStaticModel(file('letters'), { dimensions: 12, seed: 1 })
  const shared = stateIn(root, 'shared', `${root}/cache`)
  await fill(shared, file)
  cpSync(shared.folder, `${root}/template`, { recursive: true })
  return {
    file,
    shared,
    renewed(changes) {
      const own = changes === 'models'
      const state = stateIn(root, 'own', own ? `${root}/own-cache` : `${root}/cache`)
      for (const folder of [state.folder, `${root}/own-cache`]) rmSync(folder, { recursive: true, force: true })
      cpSync(`${root}/template`, state.folder, { recursive: true })
      if (own) cpSync(`${root}/cache`, `${root}/own-cache`, { recursive: true })
      return state
    },
    remove: () => rmSync(root, { recursive: true, force: true, maxRetries: 5 }),
  }
}

function stateIn(root: string, name: string, cache: string): State {
  const folder = `${root}/${name}`
  const environment = {
    ...userEnvironment(root, process.execPath),
    SEMDEX_DB: `${folder}/semdex.db`,
    SEMDEX_CACHE: cache,
    SEMDEX_WORKERS: '1',
    SEMDEX_OFFLINE: 'on',
    SEMDEX_DAEMON: 'off',
    SEMDEX_DAEMON_FOLDER: `${root}/run`,
  }
  return {
    folder,
    environment,
    openParts: () =>
      openParts(loadConfiguration({ flags: {}, environment, workingDirectory: root }), { mode: 'threads' }),
  }
}

async function fill(state: State, file: (name: string) => string): Promise<void> {
  const parts = state.openParts()
  const run = async (name: 'add' | 'index', input: object) =>
    invoke((await operations[name]()) as unknown as Operation<unknown, unknown>, parts, input)
  await run('index', { paths: [file('docs')] })
  await run('add', { documents: DOCUMENTS })
  await run('add', { documents: [{ id: 'bread', text: 'Rye bread keeps for a week.' }], collection: 'other' })
  await parts.close()
  const without = { ...state.environment, SEMDEX_EMBEDDINGS: 'off' }
  const lexical = openParts(loadConfiguration({ flags: {}, environment: without }), { mode: 'threads' })
  const waiting = [{ id: 'later', text: 'Its vector comes later.' }]
  await invoke(await operations.add(), lexical, { documents: waiting, collection: 'waiting' })
  await lexical.close()
}

function write(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
}
