import * as v from 'valibot'
import { parseFilter } from '../core/filter.ts'
import type { DocumentListing, RecordStore } from '../core/ports/record-store.ts'
import { SIDES } from '../core/sides.ts'
import { requireCollection } from './collections.ts'
import { makeCursor, readCursor } from './cursor.ts'
import { operation } from './operation.ts'
import { CollectionName, Count, DEFAULT_COLLECTION, FilterInput, limitUpTo } from './schemas.ts'

/** UTF-16 code units of text in a page, above which it ends early: a page of a thousand books would be too much. */
const PAGE_TEXT = 4_000_000

export const listDocuments = operation({
  name: 'documents',
  summary: 'List the documents of a collection page by page, oldest first.',
  access: 'read',
  input: v.strictObject({
    collection: v.optional(CollectionName, DEFAULT_COLLECTION),
    limit: limitUpTo(1_000, 100, 'The most documents of a page'),
    cursor: v.optional(v.pipe(v.string(), v.description('Of the page before: where this one begins'))),
    filter: v.optional(FilterInput),
    text: v.optional(
      v.pipe(
        v.boolean(),
        v.description('With the whole texts; the page then ends early where they are long, however high the limit'),
      ),
      false,
    ),
  }),
  output: v.object({
    documents: v.array(
      v.object({
        id: v.string(),
        path: v.nullable(v.string()),
        title: v.nullable(v.string()),
        format: v.string(),
        metadata: v.record(v.string(), v.any()),
        /** Which of the collection's models reads it. */
        side: v.picklist(SIDES),
        /** False: kept, and found by no search. */
        active: v.boolean(),
        /** Of its last revision; 0 where there is none. */
        version: Count,
        chunks: Count,
        /** Chunks that wait for their vectors. */
        pending: Count,
        /** Chunks that could not be embedded. */
        failed: Count,
        /** Milliseconds since 1970. */
        createdAt: v.number(),
        updatedAt: v.number(),
        text: v.optional(v.string()),
      }),
    ),
    /** For the page after; null where this is the last. */
    cursor: v.nullable(v.string()),
  }),
  async run(parts, { collection, limit, cursor, filter: tests, text }) {
    const filter = tests && parseFilter(tests)
    const after = cursor === undefined ? 0 : readCursor(cursor, 'documents')
    const { records } = await parts.storage()
    if (!(await isThere(records, collection))) return { documents: [], cursor: null }
    const found = await records.listDocuments(collection, { after, limit: limit + 1, ...(filter && { filter }) })
    const page = found.slice(0, limit)
    const documents = text ? await withTexts(records, page) : page.map(show)
    const seen = page[documents.length - 1]
    const more = documents.length < found.length && seen !== undefined
    return { documents, cursor: more ? makeCursor(seen.key) : null }
  },
})

/**
 * Whether the collection exists. Where documents go by default, none is as good as an empty one.
 * @throws {SemdexError} `COLLECTION_NOT_FOUND` for any other that does not exist
 */
export async function isThere(records: RecordStore, collection: string): Promise<boolean> {
  if ((await records.collection(collection)) !== null) return true
  if (collection !== DEFAULT_COLLECTION) await requireCollection(records, collection)
  return false
}

function show({ key: _, collection: __, contentHash: ___, chunkingFingerprint: ____, ...shown }: DocumentListing) {
  return shown
}

/** The first is there, however long it is. One that was removed meanwhile is without a text. */
async function withTexts(records: RecordStore, page: readonly DocumentListing[]) {
  const documents: (ReturnType<typeof show> & { text?: string })[] = []
  let length = 0
  for (const listing of page) {
    const text = (await records.document(listing.collection, listing.id))?.text
    length += text?.length ?? 0
    if (documents.length > 0 && length > PAGE_TEXT) break
    documents.push({ ...show(listing), ...(text !== undefined && { text }) })
  }
  return documents
}
