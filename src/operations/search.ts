import * as v from 'valibot'
import { type FilterNode, parseFilter } from '../core/filter.ts'
import type { Storage } from '../core/parts.ts'
import type { Collection, RecordStore } from '../core/ports/record-store.ts'
import { SIDES } from '../core/sides.ts'
import { isUnder } from '../core/text.ts'
import type { Scope } from '../retrieval/request.ts'
import { search as retrieve } from '../retrieval/search.ts'
import { requireCollection } from './collections.ts'
import { operation } from './operation.ts'
import {
  CollectionName,
  ErrorOutput,
  FilterInput,
  LineRange,
  limitUpTo,
  Milliseconds,
  PathName,
  SearchMode,
} from './schemas.ts'

const Passage = {
  chunkId: v.string(),
  score: v.number(),
  similarity: v.nullable(v.number()),
  lines: LineRange,
  heading: v.array(v.string()),
  symbol: v.nullable(v.string()),
}

export const search = operation({
  name: 'search',
  summary: 'Find the passages that answer a query, by meaning and by keyword.',
  access: 'read',
  input: v.strictObject({
    query: v.pipe(v.string(), v.maxLength(100_000), v.description('A question or keywords; never syntax')),
    mode: v.optional(SearchMode, 'hybrid'),
    limit: limitUpTo(1_000, 10, 'The most documents'),
    collection: v.optional(v.pipe(CollectionName, v.description('Search this one alone; default: all collections'))),
    paths: v.optional(
      v.pipe(v.array(PathName), v.description('Only documents at or below one of these absolute paths')),
    ),
    filter: v.optional(FilterInput),
    side: v.optional(
      v.pipe(
        v.picklist(['auto', ...SIDES, 'both']),
        v.description(
          'Whose model reads the query, in collections with one for text and one for code; auto: what the query is decides',
        ),
      ),
      'auto',
    ),
    minSimilarity: v.optional(
      v.pipe(v.number(), v.minValue(-1), v.maxValue(1), v.description('The least true cosine of query and passage')),
    ),
    explain: v.optional(v.pipe(v.boolean(), v.description('Show every part of each score')), false),
  }),
  output: v.object({
    query: v.string(),
    mode: SearchMode,
    side: v.pipe(
      v.nullable(v.picklist([...SIDES, 'both'])),
      v.description('Where the query went; null where no collection has two models, or none was asked'),
    ),
    degraded: v.nullable(ErrorOutput),
    hits: v.array(
      v.object({
        rank: v.number(),
        ...Passage,
        path: v.nullable(v.string()),
        title: v.nullable(v.string()),
        collection: v.string(),
        side: v.pipe(v.picklist(SIDES), v.description('Of the document')),
        model: v.pipe(v.nullable(v.string()), v.description('What found the passage; null: words alone')),
        documentId: v.string(),
        metadata: v.record(v.string(), v.any()),
        text: v.string(),
        snippet: v.string(),
        more: v.array(v.object(Passage)),
        explanation: v.optional(v.object({ rule: v.string(), parts: v.record(v.string(), v.any()) })),
      }),
    ),
    timings: v.object({
      load: Milliseconds,
      embed: Milliseconds,
      vector: Milliseconds,
      lexical: Milliseconds,
      total: Milliseconds,
    }),
  }),
  async run(parts, input, { signal, onStage }) {
    const { query, mode, limit, side, minSimilarity, explain, collection, paths } = input
    const filter = input.filter && parseFilter(input.filter)
    const restriction = { collection, paths, filter }
    return retrieve(
      { query, mode, limit, side, explain, ...(minSimilarity !== undefined && { minSimilarity }) },
      { models: parts.models, storage: () => parts.storage(), scopes: (storage) => chooseScopes(storage, restriction) },
      { ...(signal && { signal }), ...(onStage && { onStage }) },
    )
  },
})

export interface Restriction {
  collection: string | undefined
  paths: string[] | undefined
  filter: FilterNode | undefined
}

/** The collections that may answer, each with a filter only where one is needed. */
export async function chooseScopes({ records }: Storage, restriction: Restriction): Promise<Scope[]> {
  const { collection, paths, filter } = restriction
  const chosen = collection === undefined ? await records.collections() : [await requireCollection(records, collection)]
  return Promise.all(
    chosen.map(async (each) => {
      const inside = paths && !(await isAllWithin(each, paths, records)) ? within(paths) : undefined
      const nodes = [filter, inside].filter((node) => node !== undefined)
      return nodes.length === 0 ? { collection: each } : { collection: each, filter: { type: 'and', nodes } }
    }),
  )
}

/** Whether all that the collection holds came from files at or below these paths. */
async function isAllWithin({ name, roots }: Collection, paths: string[], records: RecordStore): Promise<boolean> {
  if (roots.length === 0 || !roots.every((root) => paths.some((path) => isUnder(root, path)))) return false
  return (await records.documents(name, { limit: 1, filter: WITHOUT_FILE })).length === 0
}

const WITHOUT_FILE = parseFilter({ $path: { $exists: false } })

function within(paths: string[]): FilterNode {
  return {
    type: 'or',
    nodes: paths.map((path) => ({ type: 'test', field: '$path', operator: '$under', value: path })),
  }
}
