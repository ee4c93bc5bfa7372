import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { openSqliteStorage } from '../../src/compose/storage.ts'
import type { Models, Storage } from '../../src/core/parts.ts'
import type { Embedder } from '../../src/core/ports/embedder.ts'
import type { DocumentWrite } from '../../src/core/ports/record-store.ts'
import type { SearchMode } from '../../src/core/search.ts'
import type { Side, SideModel } from '../../src/core/sides.ts'
import { readDataSet } from '../../src/evaluation/data-set.ts'
import { mean, ndcg } from '../../src/evaluation/metrics.ts'
import type { SearchRequest } from '../../src/retrieval/request.ts'
import { search } from '../../src/retrieval/search.ts'
import { openBenchModel } from '../support/model.ts'
import { saveRun } from '../support/run.ts'

// Judges search in collections of prose and code: of one model for both, and of one for each, whose answers are joined.
//   npm run bench:routing-join -- [--functions 400] [--queries 100]
// Text: all-MiniLM-L6-v2 and the paragraphs of xquad-en. Code: bge-small-en-v1.5 and the functions of cosqa.

const TEXT = 'all-MiniLM-L6-v2'
const CODE = 'bge-small-en-v1.5'
/** Of the other side, where it is tiny. */
const FEW = 8

interface Item {
  id: string
  side: Side
  text: string
}

interface Query {
  text: string
  judgements: Map<string, number>
}

interface Loaded {
  model: SideModel
  embedder: Embedder
  vectors: Map<string, Float32Array>
}

async function main(): Promise<void> {
  const assets = resolve(process.env.SEMDEX_TEST_ASSETS ?? '../shared')
  const folder = mkdtempSync(join(tmpdir(), 'semdex-join-'))
  const sets = await readSets(join(assets, 'data/retrieval'))
  const items = [...sets.text.items, ...sets.code.items]
  const loaded = await Promise.all([TEXT, CODE].map((name) => load(name, join(assets, 'models'), items)))
  const [text, code] = loaded as [Loaded, Loaded]
  const storage = await openSqliteStorage({ file: join(folder, 'semdex.db'), mode: 'inline' })
  const few = ({ items }: { items: Item[] }) => items.slice(-FEW)
  await fill(storage, 'text model alone', items, text, text)
  await fill(storage, 'code model alone', items, code, code)
  await fill(storage, 'both models', items, text, code)
  await fill(storage, 'both models, few functions', [...sets.text.items, ...few(sets.code)], text, code)
  await fill(storage, 'both models, few paragraphs', [...few(sets.text), ...sets.code.items], text, code)
  const rows = await judgeAll(storage, modelsOf(loaded), sets)
  await storage.close()
  await Promise.all(loaded.map(({ embedder }) => embedder.close()))
  rmSync(folder, { recursive: true, force: true })
  const counts = { paragraphs: sets.text.items.length, functions: sets.code.items.length }
  saveRun('routing-join', { text: TEXT, code: CODE, ...counts, queries: sets.text.queries.length, rows })
}

async function readSets(folder: string) {
  const queries = numberAfter('--queries', 100)
  const functions = numberAfter('--functions', 400)
  const [text, code] = await Promise.all(['xquad-en', 'cosqa'].map((name) => readDataSet(join(folder, name))))
  const take = (set: typeof text, side: Side, most: number) => {
    if (!set) throw new Error('a data set is missing')
    const step = Math.max(1, Math.floor(set.queries.length / queries))
    const chosen = set.queries.filter((_, n) => n % step === 0).slice(0, queries)
    const judged = chosen.map(({ id, text }): Query => ({ text, judgements: set.judgements.get(id) ?? new Map() }))
    const needed = new Set(judged.flatMap(({ judgements }) => [...judgements.keys()]))
    const first = set.documents.filter(({ id }) => needed.has(id))
    const rest = set.documents.filter(({ id }) => !needed.has(id)).slice(0, Math.max(0, most - first.length))
    const items = [...first, ...rest].map(
      ({ id, title, text }): Item => ({ id, side, text: `${title}\n${text}`.trim() }),
    )
    return { items, queries: judged }
  }
  return { text: take(text, 'text', Number.POSITIVE_INFINITY), code: take(code, 'code', functions) }
}

function numberAfter(flag: string, initial: number): number {
  const at = process.argv.indexOf(flag)
  return at === -1 ? initial : Number(process.argv[at + 1])
}

async function load(name: string, folder: string, items: readonly Item[]): Promise<Loaded> {
  const embedder = await openBenchModel(name, folder)
  const results = await embedder.embed(
    items.map(({ text }) => text),
    { kind: 'passage' },
  )
  const vectors = new Map<string, Float32Array>()
  for (const [n, result] of results.entries()) if (result.ok) vectors.set((items[n] as Item).id, result.vector)
  const dimensions = vectors.values().next().value?.length ?? 0
  return { model: { model: name, fingerprint: embedder.fingerprint, dimensions }, embedder, vectors }
}

async function fill(storage: Storage, name: string, items: readonly Item[], text: Loaded, code: Loaded): Promise<void> {
  await storage.records.createCollection({ name, ...text.model, code: code === text ? null : code.model })
  const documents = items.map(({ id, side, text: body }): DocumentWrite => {
    const place = { start: 0, end: body.length, lines: [1, 1] as [number, number], heading: [], symbol: null }
    const vector = (side === 'code' ? code : text).vectors.get(id) ?? null
    return {
      ...{ id, side, text: body, title: null, format: 'text', metadata: {}, contentHash: id, chunkingFingerprint: '' },
      chunks: [{ place, embeddingHash: id, vector }],
    }
  })
  const results = await storage.records.putDocuments(name, documents)
  for (const result of results) if (!result.ok) throw result.error
}

/** What search needs of models. */
function modelsOf(loaded: readonly Loaded[]): Models {
  const find = (name: string | null) => loaded.find(({ model }) => model.model === name) as Loaded
  const models: Partial<Models> = {
    resolve: async (name) => ({ ...find(name).model, name: name as string, folder: null }) as never,
    embedder: async (name) => remembering(find(name).embedder),
  }
  return models as Models
}

/** Each query is asked in many ways, and read once. */
function remembering(embedder: Embedder): Embedder {
  return {
    ...embedder,
    async embed(texts, options) {
      const key = `${embedder.fingerprint} ${texts.join()}`
      const known = READ.get(key) ?? (await embedder.embed(texts, options))
      READ.set(key, known)
      return known
    },
  }
}

const READ = new Map<string, Awaited<ReturnType<Embedder['embed']>>>()

interface Sets {
  text: { queries: Query[] }
  code: { queries: Query[] }
}

interface Row {
  collection: string
  side: string
  mode: SearchMode
  /** nDCG@10 of the questions about prose, of those about code, and their mean. */
  text: number
  code: number
  mean: number
}

async function judgeAll(storage: Storage, models: Models, sets: Sets): Promise<Row[]> {
  const rows: Row[] = []
  for (const { name, code } of await storage.records.collections()) {
    const sides = code === null ? (['both'] as const) : (['both', 'auto', 'text', 'code'] as const)
    for (const side of sides) {
      for (const mode of ['vector', 'hybrid'] as const) {
        const judge = ({ queries }: { queries: Query[] }) =>
          judgeQueries(storage, models, name, { mode, side }, queries)
        const [text, code] = [await judge(sets.text), await judge(sets.code)]
        rows.push({ collection: name, side, mode, text, code, mean: (text + code) / 2 })
        process.stdout.write(`${JSON.stringify(rows.at(-1))}\n`)
      }
    }
  }
  return rows
}

async function judgeQueries(
  storage: Storage,
  models: Models,
  name: string,
  request: Pick<SearchRequest, 'mode' | 'side'>,
  queries: readonly Query[],
): Promise<number> {
  const scores: number[] = []
  for (const { text: query, judgements } of queries) {
    const { hits } = await search(
      { ...request, query, limit: 10 },
      {
        ...{ models, storage: async () => storage },
        scopes: async ({ records }) => [{ collection: (await records.collection(name)) ?? fail(name) }],
      },
    )
    const found = hits.map(({ documentId }) => documentId)
    scores.push(ndcg(found, judgements, 10))
  }
  return mean(scores)
}

function fail(name: string): never {
  throw new Error(`there is no collection ${name}`)
}

await main()
