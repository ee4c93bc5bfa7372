import * as v from 'valibot'
import { type ChunkRecord, chunkId, chunkKey } from '../core/documents.ts'
import { SemdexError } from '../core/errors.ts'
import type { Parts } from '../core/parts.ts'
import type { Collection, RecordStore } from '../core/ports/record-store.ts'
import { SIDES, type Side, type SideModel, sideModel } from '../core/sides.ts'
import { requireCollection } from './collections.ts'
import { findById, notFound } from './get.ts'
import { operation } from './operation.ts'
import { CollectionName, Count, DocumentId, described, ErrorOutput, LineRange, limitUpTo } from './schemas.ts'

/** What became of a chunk's vector. */
const Embedded = {
  id: v.pipe(v.string(), v.description("The chunk's id")),
  state: v.pipe(
    v.picklist(['embedded', 'pending', 'failed']),
    v.description('`pending` waits for its vector, `failed` has an error instead'),
  ),
  embedding: v.nullable(
    described(
      v.custom<Float32Array>((value) => value instanceof Float32Array),
      { type: 'array', items: { type: 'number' } },
    ),
  ),
  error: v.nullable(ErrorOutput),
  place: v.object({
    start: v.pipe(Count, v.description('In UTF-16 code units of the text that is stored')),
    end: Count,
    lines: LineRange,
    heading: v.array(v.string()),
    symbol: v.nullable(v.string()),
  }),
}

const Source = {
  document: v.string(),
  collection: v.string(),
  side: v.pipe(v.picklist(SIDES), v.description("Which of the collection's models it is")),
  model: v.pipe(v.nullable(v.string()), v.description("Null where the vectors are the caller's own")),
  fingerprint: v.pipe(v.string(), v.description('Only vectors of the same one can be compared')),
  dimensions: Count,
}

export const getEmbedding = operation({
  name: 'embeddings.get',
  summary: "Show the stored embedding of a chunk with its model, or those of a document's chunks.",
  access: 'read',
  agents: false,
  input: v.strictObject({
    id: v.pipe(DocumentId, v.description("A chunk's id as search answers it, or a document's")),
    collection: v.optional(CollectionName),
    offset: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.description("Of a document's chunks")), 0),
    limit: limitUpTo(1_000, 100),
  }),
  output: v.variant('kind', [
    v.object({ kind: v.literal('chunk'), ...Embedded, ...Source }),
    v.object({
      kind: v.literal('document'),
      ...Source,
      total: v.pipe(Count, v.description('Chunks of the document')),
      chunks: v.array(v.object(Embedded)),
    }),
  ]),
  async run(parts, { id, collection, offset, limit }) {
    assertSwitchedOn(parts)
    const { records } = await parts.storage()
    const chunk = await findChunk(records, id, collection)
    if (chunk) {
      const source = await requireCollection(records, chunk.collection)
      const [embedded] = await describeChunks([chunk], sideModel(source, chunk.side), records)
      const from = describeSource(chunk.documentId, chunk.side, source)
      return { kind: 'chunk' as const, ...(embedded as DescribedChunk), ...from }
    }
    const document = await findById(records, id, collection)
    if (!document) throw notFound(id)
    const chunks = await records.chunksOfDocument(document.collection, document.id)
    const source = await requireCollection(records, document.collection)
    return {
      kind: 'document' as const,
      ...describeSource(document.id, document.side, source),
      total: chunks.length,
      chunks: await describeChunks(chunks.slice(offset, offset + limit), sideModel(source, document.side), records),
    }
  },
})

/** @throws {SemdexError} `EMBEDDING_UNAVAILABLE` */
export function assertSwitchedOn({ configuration }: Parts): void {
  if (configuration.embeddings) return
  throw new SemdexError('EMBEDDING_UNAVAILABLE', {
    message: 'Embeddings are switched off.',
    fix: 'Set embeddings to on (semdex config)',
  })
}

async function findChunk(
  records: RecordStore,
  id: string,
  collection: string | undefined,
): Promise<ChunkRecord | undefined> {
  const key = chunkKey(id)
  const [chunk] = key === null ? [] : await records.chunks([key])
  return collection === undefined || chunk?.collection === collection ? chunk : undefined
}

type DescribedChunk = Awaited<ReturnType<typeof describeChunks>>[number]

async function describeChunks(chunks: readonly ChunkRecord[], { fingerprint }: SideModel, records: RecordStore) {
  const vectors = await records.vectors(
    chunks.map(({ key }) => key),
    fingerprint,
  )
  return chunks.map(({ key, place, error }) => {
    const embedding = vectors.get(key) ?? null
    const state = embedding ? ('embedded' as const) : error ? ('failed' as const) : ('pending' as const)
    return { id: chunkId(key), state, embedding, error, place }
  })
}

function describeSource(document: string, side: Side, collection: Collection) {
  return { document, collection: collection.name, side, ...sideModel(collection, side) }
}
