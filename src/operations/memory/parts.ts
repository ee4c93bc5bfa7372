import { SemdexError } from '../../core/errors.ts'
import type { Parts, Storage } from '../../core/parts.ts'
import type { Collection } from '../../core/ports/record-store.ts'
import { SideChunkers } from '../../ingestion/chunkers/of-sides.ts'
import type { Embedding, IndexingParts, SideParts } from '../../ingestion/parts.ts'
import { documentWrite, prepareDocument, sideOfInput } from '../../ingestion/prepare.ts'
import { VectorSource } from '../../ingestion/vector-source.ts'
import { memoryNotFound } from '../../memory/errors.ts'
import type { MemoryDocument, MemoryParts, Prepared, PrepareOptions } from '../../memory/parts.ts'
import { ensureCollection, requireModels, withCurrentModel } from '../collection-models.ts'
import { requireCollection } from '../collections.ts'
import { indexingParts } from '../indexing-parts.ts'
import { MEMORY_COLLECTION } from './schemas.ts'

/**
 * What memory works with in a collection, which is made where it is missing.
 * @throws {SemdexError} what `ensureCollection` throws
 */
export async function capturingParts(parts: Parts, name: string): Promise<MemoryParts> {
  return partsOf(parts, await withCurrentModel(await ensureCollection(parts, name, {}), parts))
}

/**
 * What memory works with to change the record of an id.
 * @throws {SemdexError} `MEMORY_NOT_FOUND` where the collection is missing, too; `COLLECTION_MODEL_MISMATCH` where it has
 * vectors of its own
 */
export async function changingParts(parts: Parts, name: string, id: string): Promise<MemoryParts> {
  const { collection } = await recordPlace(parts, name, id)
  await requireModels(parts, collection, {})
  return partsOf(parts, await withCurrentModel(collection, parts))
}

/**
 * Where the record of an id is looked for.
 * @throws {SemdexError} `MEMORY_NOT_FOUND`, `COLLECTION_NOT_FOUND`
 */
export async function recordPlace(parts: Parts, name: string, id: string): Promise<MemoryPlace> {
  const place = await memoryPlace(parts, name)
  if (!place) throw memoryNotFound(id)
  return place
}

export interface MemoryPlace {
  storage: Storage
  collection: Collection
  now(): number
}

/**
 * Where records are read; null where nothing was captured yet.
 * @throws {SemdexError} `COLLECTION_NOT_FOUND` for another collection than that of memory which does not exist
 */
export async function memoryPlace(parts: Parts, name: string): Promise<MemoryPlace | null> {
  const storage = await parts.storage()
  const collection = await storage.records.collection(name)
  if (collection) return { storage, collection, now: Date.now }
  if (name !== MEMORY_COLLECTION) await requireCollection(storage.records, name)
  return null
}

async function partsOf(parts: Parts, collection: Collection): Promise<MemoryParts> {
  const { memoryKinds, memoryDuplicates } = parts.configuration
  const storage = await parts.storage()
  const working = await indexingParts(parts, collection, storage)
  return {
    storage,
    collection,
    kinds: memoryKinds,
    duplicates: memoryDuplicates,
    sideOf: sideOfInput,
    prepare: (document, options) => prepare(document, collection, working, options),
    now: Date.now,
  }
}

async function prepare(
  document: MemoryDocument,
  collection: Collection,
  working: IndexingParts,
  { vectors, signal }: PrepareOptions,
): Promise<Prepared> {
  const parts = vectors === 'all' ? working : withStoredVectors(working, collection)
  const side = await sideOfInput(document)
  const chunker = await new SideChunkers(parts).open(side)
  const prepared = prepareDocument(document, side, chunker)
  const source = new VectorSource(parts, collection.name)
  const given = await source.vectorsOf([prepared], signal)
  const degraded = vectors === 'all' ? source.degraded : null
  return { write: documentWrite(prepared, given), embedded: given.embedded, reused: given.reused, degraded }
}

/** The same parts without a model to run: what the collection has no vector for waits. */
function withStoredVectors(parts: IndexingParts, { fingerprint, code }: Collection): IndexingParts {
  const stored = ({ chunking }: SideParts, of: string): SideParts => ({ chunking, embedding: storedAlone(of) })
  return {
    ...parts,
    ...stored(parts, fingerprint),
    code: parts.code && stored(parts.code, code?.fingerprint ?? fingerprint),
  }
}

function storedAlone(fingerprint: string): Embedding {
  const message = 'Nothing is embedded now.'
  return { fingerprint, open: async () => Promise.reject(new SemdexError('EMBEDDING_UNAVAILABLE', { message })) }
}
