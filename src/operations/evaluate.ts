import { createHash, randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { link, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { SemdexError } from '../core/errors.ts'
import type { Parts, Storage } from '../core/parts.ts'
import type { Collection } from '../core/ports/record-store.ts'
import { type DataSet, readDataSet } from '../evaluation/data-set.ts'
import { DEPTH, evaluate } from '../evaluation/evaluate.ts'
import { addDocuments } from '../ingestion/add-documents.ts'
import type { IndexingParts } from '../ingestion/parts.ts'
import { search } from '../retrieval/search.ts'
import { newCollectionModel } from './collection-models.ts'
import { requireCollection } from './collections.ts'
import { workingParts } from './indexing-parts.ts'
import { type OperationContext, operation } from './operation.ts'
import { ModelName, PathName, SearchMode } from './schemas.ts'

/** Grows when the same data set and models would be indexed in another way. */
const INDEX_VERSION = 2
const COLLECTION = 'evaluation'

export const evaluation = operation({
  name: 'eval',
  summary: 'Judge search on a data set in BEIR form, in an index of its own.',
  access: 'admin',
  job: 'once',
  input: v.strictObject({
    folder: v.pipe(PathName, v.description('Absolute path of a data set in BEIR form')),
    mode: v.optional(SearchMode, 'hybrid'),
    model: v.optional(ModelName),
  }),
  output: v.object({
    'ndcg@10': v.number(),
    'recall@10': v.number(),
    'recall@100': v.number(),
    'mrr@10': v.number(),
    queries: v.number(),
    timings: v.object({ index: v.number(), search: v.number(), p50: v.number(), p95: v.number() }),
  }),
  async run(parts, { folder, mode, model }, context) {
    const dataSet = await readDataSet(folder)
    assertJudged(dataSet, folder)
    const lexicalOnly = mode === 'lexical'
    const { storage, collection, milliseconds } = await openIndex(dataSet, parts, { model, lexicalOnly }, context)
    try {
      const rankDocuments = async (query: string) => {
        const answer = await search(
          { query, mode, limit: DEPTH },
          { models: parts.models, storage: async () => storage, scopes: async () => [{ collection }] },
          { ...(context.signal && { signal: context.signal }) },
        )
        if (answer.degraded) throw SemdexError.fromJSON(answer.degraded)
        return answer.hits.map(({ documentId }) => documentId)
      }
      return await evaluate(dataSet, rankDocuments, {
        indexMilliseconds: milliseconds,
        ...(context.signal && { signal: context.signal }),
        onProgress: (done, total) => context.onProgress?.({ stage: 'evaluate', done, total, unit: 'queries' }),
      })
    } finally {
      await storage.close()
    }
  },
})

interface IndexChoice {
  model: string | undefined
  lexicalOnly: boolean
}

/**
 * The data set's index: kept from an earlier run where data, model and chunking are the same, else made. It is made beside
 * its place and put there once it is whole; where another run was quicker, that one's is taken.
 */
async function openIndex(
  dataSet: DataSet,
  parts: Parts,
  { model, lexicalOnly }: IndexChoice,
  context: OperationContext,
) {
  const chosen = await newCollectionModel(parts, model)
  const planned = await workingParts(parts, chosen)
  const embedding = lexicalOnly ? 'lexical' : chosen.fingerprint
  const file = await indexFile(dataSet, parts, embedding, planned.chunking.fingerprint)
  const start = performance.now()
  const isKept = existsSync(file)
  if (!isKept) {
    await makeIndex(file, parts, async ({ records }) => {
      const made = await records.createCollection({ name: COLLECTION, ...chosen })
      const working: IndexingParts = { ...planned, records }
      await fill(dataSet, made, lexicalOnly ? { ...working, embedding: null } : working, lexicalOnly, context)
    })
  }
  const milliseconds = isKept ? 0 : performance.now() - start
  const storage = await parts.openStorage(file)
  try {
    return { storage, collection: await requireCollection(storage.records, COLLECTION), milliseconds }
  } catch (error) {
    await storage.close()
    throw error
  }
}

async function makeIndex(file: string, parts: Parts, write: (storage: Storage) => Promise<void>): Promise<void> {
  const partial = `${file}.${randomUUID()}`
  try {
    const storage = await parts.openStorage(partial)
    try {
      await write(storage)
    } finally {
      await storage.close()
    }
    // Unlike a renamed file, a link never takes the place of one that another run has open.
    await link(partial, file).catch((thrown: NodeJS.ErrnoException) => {
      if (thrown.code !== 'EEXIST') throw thrown
    })
  } finally {
    await Promise.all(['', '-wal', '-shm'].map((end) => rm(`${partial}${end}`, { force: true })))
  }
}

async function fill(
  { documents }: DataSet,
  collection: Collection,
  working: IndexingParts,
  lexicalOnly: boolean,
  { signal, onProgress }: OperationContext,
): Promise<void> {
  const inputs = documents.map(({ id, title, text }) => ({ id, text, title: title || null }))
  const report = await addDocuments(inputs, collection.name, working, {
    ...(signal && { signal }),
    onProgress: (done) => onProgress?.({ stage: 'index', done, total: documents.length, unit: 'documents' }),
  })
  if (report.degraded && !lexicalOnly) throw report.degraded
  const failed = report.results.find((result) => !result.ok)
  if (failed && !failed.ok) throw failed.error
}

async function indexFile(dataSet: DataSet, parts: Parts, embedding: string, chunking: string): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([INDEX_VERSION, embedding, chunking]))
  for (const { id, title, text } of dataSet.documents) hash.update(JSON.stringify([id, title, text]))
  const folder = join(parts.configuration.cacheDirectory, 'evaluations')
  await mkdir(folder, { recursive: true })
  return join(folder, `${hash.digest('hex').slice(0, 32)}.db`)
}

function assertJudged({ queries, documents }: DataSet, folder: string): void {
  if (queries.length > 0 && documents.length > 0) return
  throw new SemdexError('INVALID_INPUT', {
    message: `${folder} has no documents or no query with a relevant document.`,
    details: { folder, documents: documents.length, queries: queries.length },
  })
}
