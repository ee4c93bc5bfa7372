import * as v from 'valibot'
import { chunkKey, type DocumentRecord } from '../core/documents.ts'
import { SemdexError } from '../core/errors.ts'
import type { RecordStore } from '../core/ports/record-store.ts'
import { SIDES } from '../core/sides.ts'
import { requireCollection } from './collections.ts'
import { operation } from './operation.ts'
import { CollectionName, DEFAULT_COLLECTION, DocumentId, LineRange, PathName } from './schemas.ts'

export const get = operation({
  name: 'get',
  summary: 'Show a stored document, or some lines of it, by path, by id or by the id of a chunk.',
  access: 'read',
  input: v.pipe(
    v.strictObject({
      path: v.optional(PathName),
      id: v.optional(DocumentId),
      chunkId: v.optional(
        v.pipe(DocumentId, v.description('Id of a passage as search answers it: its lines are shown')),
      ),
      collection: v.optional(
        v.pipe(CollectionName, v.description('Where the id is looked for; default: in all, `default` first')),
      ),
      lines: v.optional(
        v.pipe(
          v.strictTuple([
            v.pipe(v.number(), v.integer(), v.minValue(1)),
            v.pipe(v.number(), v.integer(), v.minValue(1)),
          ]),
          v.check(([from, to]) => from <= to, 'Lines go from the lower to the higher number'),
          v.description('Only these: from and to, from 1, both inclusive'),
        ),
      ),
    }),
    v.check(
      ({ path, id, chunkId }) => [path, id, chunkId].filter((name) => name !== undefined).length === 1,
      'Give one of path, id and chunkId',
    ),
  ),
  output: v.object({
    id: v.string(),
    collection: v.string(),
    path: v.nullable(v.string()),
    title: v.nullable(v.string()),
    format: v.string(),
    metadata: v.record(v.string(), v.any()),
    side: v.picklist(SIDES),
    active: v.boolean(),
    version: v.number(),
    lines: LineRange,
    totalLines: v.number(),
    text: v.string(),
  }),
  async run(parts, { path, id, chunkId, collection, lines }) {
    const { records } = await parts.storage()
    const chunk = chunkId === undefined ? null : await findChunk(records, chunkId)
    const found = chunk
      ? await records.document(chunk.collection, chunk.documentId)
      : path === undefined
        ? await findById(records, id as string, collection)
        : await records.documentByPath(path)
    if (!found) throw notFound(path ?? id ?? chunkId ?? '')
    return show(found, lines ?? chunk?.place.lines)
  },
})

async function findChunk(records: RecordStore, id: string) {
  const key = chunkKey(id)
  const [chunk] = key === null ? [] : await records.chunks([key])
  if (!chunk) throw notFound(id)
  return chunk
}

/** Without a collection, the first that has the id answers. @throws {SemdexError} `COLLECTION_NOT_FOUND` */
export async function findById(
  records: RecordStore,
  id: string,
  collection: string | undefined,
): Promise<DocumentRecord | null> {
  for (const name of collection === undefined ? await namesInOrder(records) : [collection]) {
    await requireCollection(records, name)
    const document = await records.document(name, id)
    if (document) return document
  }
  return null
}

/** An id may be in several collections: that where documents go by default comes first. */
async function namesInOrder(records: RecordStore): Promise<string[]> {
  const names = (await records.collections()).map(({ name }) => name)
  return names.includes(DEFAULT_COLLECTION) ? [...new Set([DEFAULT_COLLECTION, ...names])] : names
}

function show(document: DocumentRecord, lines: [number, number] | undefined) {
  const { id, collection, path, title, format, metadata, side, active, version } = document
  const shown = { id, collection, path, title, format, metadata, side, active, version }
  const all = splitLines(document.text)
  const totalLines = all.length
  const [from, to] = [lines?.[0] ?? 1, Math.min(lines?.[1] ?? totalLines, totalLines)]
  if (from > totalLines) {
    throw new SemdexError('INVALID_INPUT', {
      message: `${path ?? id} has ${totalLines} lines; line ${from} is beyond its end.`,
      details: { field: 'lines', totalLines },
    })
  }
  const text = lines ? all.slice(from - 1, to).join('') : document.text
  return { ...shown, lines: [from, to] as [number, number], totalLines, text }
}

/** Lines with their ends, so that joining them gives the text again. */
function splitLines(text: string): string[] {
  const lines = text.split(/(?<=\n)/)
  return lines.length === 0 ? [''] : lines
}

export function notFound(name: string): SemdexError {
  return new SemdexError('DOCUMENT_NOT_FOUND', {
    message: `No stored document is called ${name}.`,
    fix: 'semdex search lists paths and ids; semdex index <folder> adds files',
    details: { document: name },
  })
}
