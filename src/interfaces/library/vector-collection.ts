import type { Metadata } from '../../core/documents.ts'
import { SemdexError } from '../../core/errors.ts'
import { type Filter, parseFilter } from '../../core/filter.ts'
import type { Storage } from '../../core/parts.ts'
import type { Collection, DocumentWrite, PutResult } from '../../core/ports/record-store.ts'
import { toMetadata } from '../../ingestion/prepare.ts'

export interface VectorItem {
  /** The caller's own id, 1 to 4,096 characters. Putting an id again replaces what was there. */
  id: string
  /** Shape [dimensions]; finite, not zero, of any length above zero. Kept as float32. */
  vector: Float32Array | readonly number[]
  /** JSON values; dates become text. */
  metadata?: Metadata
}

export interface StoredVector {
  id: string
  vector: Float32Array
  metadata: Metadata
}

export interface NearestVector {
  id: string
  /** Euclidean distance ‖query − vector‖, 0 and up. */
  distance: number
  /** True cosine, −1 to 1. */
  similarity: number
  metadata: Metadata
}

/** One result per item, in order. */
export type VectorPutResult = { ok: true; id: string } | { ok: false; id: string; error: SemdexError }

/** Vectors of the caller's own, kept under the caller's ids and found again by nearness. */
export class VectorCollection {
  readonly name: string
  readonly dimensions: number
  readonly #storage: Storage
  readonly #collection: Collection

  private constructor(storage: Storage, collection: Collection) {
    this.name = collection.name
    this.dimensions = collection.dimensions
    this.#storage = storage
    this.#collection = collection
  }

  /** @throws {SemdexError} `DIMENSION_MISMATCH` where the collection holds vectors of another length; `COLLECTION_MODEL_MISMATCH` where it holds a model's. */
  static async open(storage: Storage, name: string, dimensions: number): Promise<VectorCollection> {
    if (!Number.isInteger(dimensions) || dimensions < 1 || dimensions > 8_192) {
      throw new SemdexError('INVALID_INPUT', {
        message: 'Dimensions are a whole number from 1 to 8,192.',
        details: { field: 'dimensions' },
      })
    }
    if (!/^[\p{L}\p{N}][\p{L}\p{N}._-]{0,99}$/u.test(name)) {
      throw new SemdexError('INVALID_INPUT', {
        message: 'A collection name has letters, digits, dots, dashes and underscores, 100 at most.',
        details: { field: 'name' },
      })
    }
    const found = (await storage.records.collection(name)) ?? (await createCollection(storage, name, dimensions))
    assertHolds(found, dimensions)
    return new VectorCollection(storage, found)
  }

  /** Writes one vector. @throws {SemdexError} `DIMENSION_MISMATCH`, `VECTOR_INVALID` for NaN, infinite and zero vectors */
  async put(id: string, vector: VectorItem['vector'], options: { metadata?: Metadata } = {}): Promise<void> {
    const [result] = await this.putAll([{ id, vector, ...options }])
    if (result && !result.ok) throw result.error
  }

  /** Writes many vectors in one commit; an item's error leaves the others written. */
  async putAll(items: readonly VectorItem[]): Promise<VectorPutResult[]> {
    const checked = items.map((item) => ({ item, error: wrongIn(item) }))
    const good = checked.filter(({ error }) => error === null)
    const written = await this.#storage.records.putDocuments(
      this.name,
      good.map(({ item }) => toDocument(item)),
    )
    const results = written.values()
    return checked.map(({ item: { id }, error }) => {
      const result = error ? { ok: false as const, error } : (results.next().value as PutResult)
      return result.ok ? { ok: true, id } : { ok: false, id, error: result.error }
    })
  }

  async get(id: string): Promise<StoredVector | null> {
    const { records } = this.#storage
    const document = await records.document(this.name, id)
    const [chunk] = document ? await records.chunksOfDocument(this.name, id) : []
    const vector = chunk && (await records.vectors([chunk.key], this.#collection.fingerprint)).get(chunk.key)
    return document && vector ? { id, vector, metadata: document.metadata } : null
  }

  async has(id: string): Promise<boolean> {
    return (await this.#storage.records.document(this.name, id)) !== null
  }

  count(filter?: Filter): Promise<number> {
    return this.#storage.records.countDocuments(this.name, filter && parseFilter(filter))
  }

  /** The number of vectors that were there and are gone. */
  delete(ids: string | readonly string[]): Promise<number> {
    return this.#storage.records.deleteDocuments(this.name, typeof ids === 'string' ? [ids] : ids)
  }

  /**
   * The nearest vectors by Euclidean distance, nearest first; for unit vectors that is also by descending cosine.
   * The filter applies before the limit.
   * @throws {SemdexError} `DIMENSION_MISMATCH`, `VECTOR_INVALID`, `INVALID_INPUT`
   */
  async searchByVector(
    query: Float32Array | readonly number[],
    options: { limit?: number; filter?: Filter; signal?: AbortSignal } = {},
  ): Promise<NearestVector[]> {
    const { limit = 10, filter, signal } = options
    if (!isList(query)) throw noVector()
    const index = this.#storage.vectorIndex(this.#collection)
    const { maxLimit } = index.capabilities
    if (!Number.isInteger(limit) || limit < 1 || limit > maxLimit) {
      throw new SemdexError('INVALID_INPUT', {
        message: `The limit is a whole number from 1 to ${maxLimit}.`,
        details: { field: 'limit' },
      })
    }
    const hits = await index.search(Float32Array.from(query), {
      limit,
      ...(filter && { filter: parseFilter(filter) }),
      ...(signal && { signal }),
    })
    const chunks = await this.#storage.records.chunks(hits.map(({ key }) => key))
    const byKey = new Map(chunks.map((chunk) => [chunk.key, chunk]))
    return hits.flatMap(({ key, distance, similarity }) => {
      const chunk = byKey.get(key)
      return chunk ? [{ id: chunk.documentId, distance, similarity, metadata: chunk.metadata }] : []
    })
  }
}

async function createCollection({ records }: Storage, name: string, dimensions: number): Promise<Collection> {
  try {
    return await records.createCollection({ name, model: null, fingerprint: ownFingerprint(dimensions), dimensions })
  } catch (error) {
    const existing =
      error instanceof SemdexError && error.code === 'COLLECTION_EXISTS' && (await records.collection(name))
    if (existing) return existing
    throw error
  }
}

function assertHolds(collection: Collection, dimensions: number): void {
  const { name, model } = collection
  if (model !== null) {
    throw new SemdexError('COLLECTION_MODEL_MISMATCH', {
      message: `The collection ${name} holds the vectors of ${model}; vectors of your own need a collection of their own.`,
      fix: 'choose another name',
      details: { collection: name, model },
    })
  }
  if (collection.dimensions !== dimensions) {
    throw new SemdexError('DIMENSION_MISMATCH', {
      message: `The collection ${name} holds vectors of ${collection.dimensions} numbers, not ${dimensions}.`,
      details: { expected: collection.dimensions, actual: dimensions },
    })
  }
}

function ownFingerprint(dimensions: number): string {
  return `own:${dimensions}`
}

/** What makes an item no item; whether its vector fits is the store's to say. */
function wrongIn({ id, vector, metadata = {} }: VectorItem): SemdexError | null {
  if (typeof id !== 'string' || id === '' || id.length > 4_096) {
    return new SemdexError('INVALID_INPUT', {
      message: 'An id is a text of 1 to 4,096 characters.',
      details: { field: 'id' },
    })
  }
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) {
    return new SemdexError('INVALID_INPUT', { message: 'Metadata is an object.', details: { field: 'metadata' } })
  }
  return isList(vector) ? null : noVector()
}

function isList(vector: unknown): boolean {
  return Array.isArray(vector) || (ArrayBuffer.isView(vector) && !(vector instanceof DataView))
}

function noVector(): SemdexError {
  return new SemdexError('VECTOR_INVALID', { message: 'A vector is a Float32Array or a list of numbers.' })
}

function toDocument({ id, vector, metadata = {} }: VectorItem): DocumentWrite {
  return {
    id,
    title: null,
    format: 'text',
    text: '',
    metadata: toMetadata(metadata) as Metadata,
    contentHash: '',
    chunkingFingerprint: '',
    chunks: [
      {
        place: { start: 0, end: 0, lines: [1, 1], heading: [], symbol: null },
        embeddingHash: '',
        vector: Float32Array.from(vector),
      },
    ],
  }
}
