import { evenly } from '../core/embedding-speed.ts'
import { SemdexError } from '../core/errors.ts'
import type { Models, Storage } from '../core/parts.ts'
import type { ModelMigration } from '../core/ports/migration-store.ts'
import type { Collection, RecordStore } from '../core/ports/record-store.ts'
import type { SideModel } from '../core/sides.ts'
import {
  type ComparedQuery,
  compareIndexes,
  DEPTH,
  type IndexComparison,
  type RankDocuments,
} from '../evaluation/compare-indexes.ts'
import { readJudgedQueries } from '../evaluation/judged-queries.ts'
import { queryOf } from '../evaluation/sampled-queries.ts'
import { countSides } from '../maintenance/migration/sample.ts'
import { flagsOf, movedSides, servedBy } from '../maintenance/migration/target.ts'
import { search } from '../retrieval/search.ts'
import { requireCollection } from './collections.ts'
import type { OperationContext } from './operation.ts'

/** How the two indexes are compared, and how alike they have to be. */
export interface ComparisonChoice {
  /** Path of judged queries over the collection's own documents. */
  eval?: string | undefined
  /** Queries that are made of the collection's own documents, where there are no judged ones. */
  queries: number
  minOverlap?: number | undefined
  minNdcgRatio?: number | undefined
}

interface Given {
  models: Models
  storage: Storage
  choice: ComparisonChoice
  context: OperationContext
}

/** What searches answer with the one model and with the other. */
export async function compareBoth(migration: ModelMigration, given: Given): Promise<IndexComparison> {
  const { storage, choice, context } = given
  const collection = await requireCollection(storage.records, migration.collection)
  const queries =
    choice.eval === undefined
      ? await sampleQueries(migration, collection, given)
      : await judgedQueries(choice.eval, collection, given)
  const rank = (model: SideModel): RankDocuments => rankWith(servedBy(collection, migration.side, model), given)
  return compareIndexes(
    queries,
    { old: rank(migration.old), new: rank(migration.new) },
    {
      source: choice.eval === undefined ? 'sampled' : 'judged',
      ...(context.signal && { signal: context.signal }),
      onProgress: (done, total) => context.onProgress?.({ stage: 'evaluate', done, total, unit: 'queries' }),
    },
  )
}

/**
 * @throws {SemdexError} `MIGRATION_INCOMPLETE` where the new index answers more differently, or worse, than was asked for
 */
export function assertAlike(comparison: unknown, migration: ModelMigration, choice: ComparisonChoice): void {
  const { 'overlap@10': overlap, 'ndcg@10': ndcg } = (comparison ?? NOTHING) as IndexComparison
  const { minOverlap, minNdcgRatio } = choice
  if (minOverlap !== undefined && overlap !== null && overlap < minOverlap) {
    throw different(
      migration,
      `share ${percent(overlap)} of the first 10 documents, below ${percent(minOverlap)}`,
      comparison,
    )
  }
  const ratio = ndcg === null ? null : ratioOf(ndcg)
  if (minNdcgRatio !== undefined && ratio !== null && ratio < minNdcgRatio) {
    const reason = `have an nDCG@10 of ${ndcg?.old.toFixed(3)} and ${ndcg?.new.toFixed(3)}, below ${minNdcgRatio} times the old one`
    throw different(migration, reason, comparison)
  }
}

const NOTHING = { 'overlap@10': null, 'ndcg@10': null }

function ratioOf(ndcg: { old: number; new: number }): number {
  if (ndcg.old === 0) return ndcg.new === 0 ? 1 : Number.MAX_VALUE
  return ndcg.new / ndcg.old
}

function different(migration: ModelMigration, reason: string, comparison: unknown): SemdexError {
  const { collection, side, old, new: next } = migration
  const flags = flagsOf(migration)
  return new SemdexError('MIGRATION_INCOMPLETE', {
    message: `The indexes of ${old.model} and ${next.model} ${reason}; the old one still serves.`,
    fix: `semdex migrate --to ${next.model} ${flags} switches all the same, semdex migrate --abandon ${flags} gives it up`,
    details: { collection, side, comparison },
  })
}

function percent(share: number): string {
  return `${Math.round(share * 1_000) / 10} %`
}

function rankWith(collection: Collection, { models, storage, context: { signal } }: Given): RankDocuments {
  const parts = { models, storage: async () => storage, scopes: async () => [{ collection }] }
  return async (query) => {
    const { hits, degraded } = await search({ query, mode: 'hybrid', limit: DEPTH }, parts, {
      ...(signal && { signal }),
    })
    if (degraded) throw SemdexError.fromJSON(degraded)
    return hits.map(({ documentId }) => documentId)
  }
}

/** Titles and first sentences of the documents that move, spread evenly over them. */
async function sampleQueries({ side }: ModelMigration, collection: Collection, given: Given): Promise<ComparedQuery[]> {
  const { records } = given.storage
  const { queries } = given.choice
  if (queries === 0) return []
  const { name } = collection
  const { ids } = await countSides(records, name, movedSides(collection, side), given.context.signal)
  const sampled: ComparedQuery[] = []
  for (const id of evenly(ids, queries)) {
    const [first] = await records.chunksOfDocument(name, id)
    const query = first ? queryOf(first) : null
    if (query) sampled.push(query)
  }
  if (sampled.length > 0 || ids.length === 0 || given.choice.minOverlap === undefined) return sampled
  throw new SemdexError('MIGRATION_INCOMPLETE', {
    message: `No query could be made of the documents of ${name}, so that nothing says how alike the two indexes are.`,
    fix: 'Compare by judged queries (--eval), or leave out --min-overlap',
    details: { collection: name, side },
  })
}

/** @throws {SemdexError} `INVALID_INPUT` where no query has a relevant document that is stored */
async function judgedQueries(
  path: string,
  collection: Collection,
  { storage, context }: Given,
): Promise<ComparedQuery[]> {
  const all = await readJudgedQueries(path)
  const found: ComparedQuery[] = []
  for (const { text, judgements } of all) {
    const stored = await storedOnly(judgements, collection, storage.records)
    if ([...stored.values()].some((grade) => grade > 0)) found.push({ text, judgements: stored })
  }
  const without = all.length - found.length
  if (found.length === 0) {
    throw new SemdexError('INVALID_INPUT', {
      message: `${path} names no document of the collection ${collection.name}.`,
      fix: 'Name documents by their ids, as semdex documents shows them; files also by their paths below a root',
      details: { field: 'eval', path, queries: all.length },
    })
  }
  if (without > 0) {
    context.onWarning?.(
      `${without} of ${all.length} queries of ${path} name no document of ${collection.name} and are left out.`,
    )
  }
  return found
}

/** Judgements of stored documents, by their ids: a file may be named by its path below a root of the collection. */
async function storedOnly(
  judgements: ComparedQuery['judgements'],
  { name, roots }: Collection,
  records: RecordStore,
): Promise<Map<string, number>> {
  const stored = new Map<string, number>()
  for (const [id, grade] of judgements) {
    for (const candidate of [id, ...roots.map((root) => `${root}/${id}`)]) {
      if (!(await records.document(name, candidate))) continue
      stored.set(candidate, grade)
      break
    }
  }
  return stored
}
