import * as v from 'valibot'
import type { Collection, CollectionCounts } from '../core/ports/record-store.ts'
import type { WaitingCount } from '../core/ports/waiting-store.ts'
import { SIDES } from '../core/sides.ts'
import { CodeSide, ModelsOutput, withWaiting } from './collection-sides.ts'
import { operation } from './operation.ts'
import { Count, ErrorOutput } from './schemas.ts'

const Counts = { documents: Count, chunks: Count, pending: Count, failed: Count }

export const status = operation({
  name: 'status',
  summary: 'Count documents, chunks, and what is pending or failed.',
  access: 'read',
  input: v.strictObject({}),
  output: v.object({
    database: v.string(),
    ...Counts,
    collections: v.array(
      v.object({
        name: v.string(),
        ...ModelsOutput,
        code: CodeSide,
        roots: v.array(v.string()),
        lastRunAt: v.nullable(v.number()),
        vectors: Count,
        ...Counts,
      }),
    ),
    waiting: v.pipe(
      v.array(
        v.object({
          collection: v.string(),
          sides: v.pipe(v.array(v.picklist(SIDES)), v.description('Whose chunks the index holds')),
          use: v.pipe(
            v.picklist(['serving', 'migration']),
            v.description('Whether the index is searched now, or filled or kept by a migration'),
          ),
          waiting: v.pipe(Count, v.description('Chunks that wait for their vectors')),
          retrying: v.pipe(Count, v.description('Those of them that were tried in vain and are tried again')),
          nextAt: v.pipe(v.nullable(v.number()), v.description('When the first of them is, milliseconds since 1970')),
          failed: v.pipe(Count, v.description('Chunks that the model cannot embed')),
          lastError: v.nullable(ErrorOutput),
        }),
      ),
      v.description('Of each index where something waits or failed'),
    ),
  }),
  async run(parts) {
    const storage = await parts.storage()
    const { records, file } = storage
    const collections = await records.collections()
    const counts = new Map((await records.counts()).map((count) => [count.collection, count]))
    const waiting = await storage.waiting.countWaiting({ at: Date.now() })
    const rows = collections.map((collection) => ({
      ...describe(collection, counts.get(collection.name)),
      ...withWaiting(collection, waiting),
    }))
    const total = (field: keyof typeof Counts) => rows.reduce((sum, row) => sum + row[field], 0)
    return {
      database: file,
      documents: total('documents'),
      chunks: total('chunks'),
      pending: total('pending'),
      failed: total('failed'),
      collections: rows,
      waiting: waiting.map(describeWaiting),
    }
  },
})

function describeWaiting({ collection, sides, use, waiting, retrying, nextAt, failed, lastError }: WaitingCount) {
  return { collection, sides, use, waiting, retrying, nextAt, failed, lastError }
}

function describe({ name, roots, lastRunAt }: Collection, counts: CollectionCounts | undefined) {
  const { documents = 0, chunks = 0, vectors = 0, pending = 0, failed = 0 } = counts ?? {}
  return { name, roots, lastRunAt, documents, chunks, vectors, pending, failed }
}
