import { type SemdexError, throwIfAborted, toSemdexError } from '../core/errors.ts'
import type { Embedder } from '../core/ports/embedder.ts'
import type { Side } from '../core/sides.ts'
import { isUnavailable } from '../core/unavailable.ts'
import { type Embedding, embeddingsOff, type IndexingParts, sideParts } from './parts.ts'
import type { ChunkVector, PreparedChunk, VectorsOfSides } from './prepare.ts'

export interface Vectors extends VectorsOfSides {
  /** Texts that the model read. */
  embedded: number
  /** Chunks whose vector was already there: stored before, or of the same text in these documents. */
  reused: number
}

interface Chunked {
  side: Side
  chunks: readonly PreparedChunk[]
}

/**
 * Gives chunks their vectors: those that the collection has for the same text and model, else the model's of their side.
 * A model is loaded when the first text needs it. Where none can be used, vectors are null and `degraded` says why.
 */
export class VectorSource {
  readonly #sides: Record<Side, ModelVectors>

  constructor(parts: IndexingParts, collection: string) {
    const { records } = parts
    const [text, code] = [sideParts(parts, 'text'), sideParts(parts, 'code')]
    const ofText = new ModelVectors(records, text.embedding, collection)
    this.#sides = { text: ofText, code: text === code ? ofText : new ModelVectors(records, code.embedding, collection) }
  }

  /** Why texts were left without vectors; null where none were. */
  get degraded(): SemdexError | null {
    return this.#sides.text.degraded ?? this.#sides.code.degraded
  }

  /** Why those of a side were. */
  degradedOf(side: Side): SemdexError | null {
    return this.#sides[side].degraded
  }

  /** Loads the model of a side. False where none can be used. */
  isUsable(side: Side): Promise<boolean> {
    return this.#sides[side].isUsable()
  }

  /** @throws {SemdexError} `ABORTED`, `EMBEDDER_CLOSED`, and what the record store throws */
  async vectorsOf(documents: readonly Chunked[], signal?: AbortSignal): Promise<Vectors> {
    const { text, code } = this.#sides
    const fingerprints = { text: text.fingerprint, code: code.fingerprint }
    if (text === code) {
      const { byHash, ...counts } = await text.vectorsOf(documents, signal)
      return { bySide: { text: byHash, code: byHash }, fingerprints, ...counts }
    }
    const on = (side: Side) => documents.filter((document) => document.side === side)
    const [ofText, ofCode] = await Promise.all([text.vectorsOf(on('text'), signal), code.vectorsOf(on('code'), signal)])
    return {
      bySide: { text: ofText.byHash, code: ofCode.byHash },
      fingerprints,
      embedded: ofText.embedded + ofCode.embedded,
      reused: ofText.reused + ofCode.reused,
    }
  }
}

/** Made once: the trace of where it was made would cost each capture as much as to hash its text. */
let off: SemdexError | null = null

/** The vectors of one model. */
class ModelVectors {
  degraded: SemdexError | null = null
  readonly #records: IndexingParts['records']
  readonly #embedding: Embedding | null
  readonly #collection: string
  #embedder: Promise<Embedder> | null = null

  constructor(records: IndexingParts['records'], embedding: Embedding | null, collection: string) {
    this.#records = records
    this.#embedding = embedding
    this.#collection = collection
  }

  get fingerprint(): string | undefined {
    return this.#embedding?.fingerprint
  }

  async isUsable(): Promise<boolean> {
    return (await this.#open()) !== null
  }

  async vectorsOf(documents: readonly Pick<Chunked, 'chunks'>[], signal?: AbortSignal) {
    const texts = new Map(
      documents.flatMap(({ chunks }) => chunks.map((chunk) => [chunk.embeddingHash, chunk.embeddingText])),
    )
    const chunks = documents.reduce((total, document) => total + document.chunks.length, 0)
    const byHash = new Map<string, ChunkVector>(await this.#stored([...texts.keys()]))
    const missing = [...texts].filter(([hash]) => !byHash.has(hash))
    const embedder = missing.length > 0 ? await this.#open() : null
    const results = embedder
      ? await this.#embed(
          embedder,
          missing.map(([, text]) => text),
          signal,
        )
      : missing.map(() => null)
    for (const [i, [hash]] of missing.entries()) byHash.set(hash, results[i] ?? null)
    const embedded = results.filter((result) => result !== null).length
    return { byHash, embedded, reused: chunks - missing.length }
  }

  async #stored(hashes: string[]): Promise<Map<string, Float32Array>> {
    if (!this.#embedding || hashes.length === 0) return new Map()
    return this.#records.vectorsByHash(this.#collection, this.#embedding.fingerprint, hashes)
  }

  async #open(): Promise<Embedder | null> {
    if (this.degraded) return null
    if (!this.#embedding) {
      this.degraded = off ??= embeddingsOff()
      return null
    }
    try {
      this.#embedder ??= this.#embedding.open()
      return await this.#embedder
    } catch (thrown) {
      this.#degrade(toSemdexError(thrown))
      return null
    }
  }

  async #embed(embedder: Embedder, texts: string[], signal: AbortSignal | undefined): Promise<ChunkVector[]> {
    throwIfAborted(signal)
    try {
      const results = await embedder.embed(texts, { kind: 'passage', ...(signal && { signal }) })
      return results.map((result) => (result.ok ? result.vector : result.error))
    } catch (thrown) {
      const error = toSemdexError(thrown)
      if (error.code === 'EMBEDDING_FAILED') return texts.map(() => error)
      this.#degrade(error)
      return texts.map(() => null)
    }
  }

  #degrade(error: SemdexError): void {
    if (!isUnavailable(error)) throw error
    this.degraded = error
  }
}
