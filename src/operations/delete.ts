import * as v from 'valibot'
import { SemdexError, throwIfAborted } from '../core/errors.ts'
import { type FilterNode, parseFilter } from '../core/filter.ts'
import type { RecordStore } from '../core/ports/record-store.ts'
import { isThere } from './documents.ts'
import { operation } from './operation.ts'
import { CollectionName, Count, DEFAULT_COLLECTION, DocumentId, type Filter, FilterInput } from './schemas.ts'

/** Documents of one transaction: other writers get their turn between them. */
const BATCH = 500

export const remove = operation({
  name: 'delete',
  summary: 'Remove documents with their chunks and vectors, by id or by filter.',
  access: 'write',
  input: v.pipe(
    v.strictObject({
      ids: v.optional(v.pipe(v.array(DocumentId), v.maxLength(100_000), v.description('Documents by their ids'))),
      filter: v.optional(FilterInput),
      all: v.optional(
        v.pipe(v.literal(true, 'all is true or left out'), v.description('Every document of the collection')),
      ),
      collection: v.optional(CollectionName, DEFAULT_COLLECTION),
    }),
    v.check(
      ({ ids, filter, all }) => [ids, filter, all].filter((way) => way !== undefined).length === 1,
      'Give one of ids, filter and all',
    ),
  ),
  output: v.object({ deleted: Count }),
  async run(parts, { ids, filter, collection }, { signal, onProgress }) {
    const tests = filter && parseTests(filter)
    const { records } = await parts.storage()
    if (!(await isThere(records, collection))) return { deleted: 0 }
    let deleted = 0
    for await (const batch of ids ? slices(ids) : idsThatPass(records, collection, tests)) {
      throwIfAborted(signal)
      deleted += await records.deleteDocuments(collection, batch)
      onProgress?.({ stage: 'delete', done: deleted, total: ids?.length ?? null, unit: 'documents' })
    }
    return { deleted }
  },
})

/** @throws {SemdexError} `INVALID_INPUT` for a filter that tests nothing: it was forgotten rather than meant. */
function parseTests(filter: Filter): FilterNode {
  const node = parseFilter(filter)
  if (hasTest(node)) return node
  throw new SemdexError('INVALID_INPUT', {
    message: 'delete: filter: it tests nothing, so every document would go.',
    fix: 'Give all: true instead, where that is what you want',
    details: { field: 'filter', operation: 'delete' },
  })
}

function hasTest(node: FilterNode): boolean {
  if (node.type === 'test') return true
  return node.type === 'not' ? hasTest(node.node) : node.nodes.some(hasTest)
}

function* slices(ids: readonly string[]): Generator<readonly string[]> {
  for (let at = 0; at < ids.length; at += BATCH) yield ids.slice(at, at + BATCH)
}

async function* idsThatPass(
  records: RecordStore,
  collection: string,
  filter: FilterNode | undefined,
): AsyncGenerator<readonly string[]> {
  for (let after = 0; ; ) {
    const batch = await records.listDocuments(collection, { after, limit: BATCH, ...(filter && { filter }) })
    const last = batch.at(-1)
    if (!last) return
    yield batch.map(({ id }) => id)
    after = last.key
  }
}
