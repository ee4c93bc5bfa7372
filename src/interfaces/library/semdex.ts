import { loadConfiguration } from '../../compose/configuration.ts'
import { openParts } from '../../compose/parts.ts'
import type { Configuration } from '../../core/configuration.ts'
import { type DebugEvent, debugLine } from '../../core/debug.ts'
import { SemdexError, toSemdexError } from '../../core/errors.ts'
import type { Filter } from '../../core/filter.ts'
import type { Parts } from '../../core/parts.ts'
import type { SearchAnswer, SearchMode } from '../../core/search.ts'
import { resumeBackfill } from '../../operations/backfill/resume.ts'
import { invoke, type Operation, type OperationContext } from '../../operations/operation.ts'
import type { Side } from '../../operations/schemas.ts'
import { type OperationName, operations } from '../../operations/table.ts'
import { findOperation } from '../wire/operations.ts'
import { BackupManager } from './backups.ts'
import type { AnswerOf, InputOf } from './call.ts'
import { CollectionManager } from './collections.ts'
import {
  type AddOptions,
  allDocuments,
  type CallOptions,
  type Deletion,
  type DocumentPage,
  type DocumentToAdd,
  deletionInput,
  type ListedDocument,
  type ListOptions,
  type PageOptions,
} from './documents.ts'
import {
  type Embedding,
  type EmbeddingOptions,
  type EmbeddingResult,
  type Encoding,
  embeddingResults,
} from './embeddings.ts'
import { ModelManager } from './models.ts'
import { realPaths } from './real-paths.ts'
import type { Reranking, RerankingOptions } from './reranking.ts'
import { VectorCollection } from './vector-collection.ts'

export interface OpenOptions extends Partial<Configuration> {
  /** The configuration file; by default the user's own, if there is one. */
  configFile?: string
  /** Told of each call of a model, instead of stderr; where it is given, `log` is `debug` unless it is set. */
  onLog?: (event: DebugEvent) => void
  /** Told what works less well than it could, what was repaired, and what a model's licence demands, before its first use. */
  onWarning?: (message: string) => void
}

export interface SearchOptions extends CallOptions {
  /** Default `hybrid`: by meaning and by keyword. */
  mode?: SearchMode
  /** The most documents, 1 to 1,000. Default 10. */
  limit?: number
  /** Whose model reads the query, in collections with one for text and one for code. Default `auto`: what the query is decides. */
  side?: Side | 'both' | 'auto'
  /** Default: all collections. */
  collection?: string
  /** Only documents at or below these paths. */
  paths?: string[]
  /** Applies before the limit. */
  filter?: Filter
  /** Least true cosine, −1 to 1. */
  minSimilarity?: number
  /** Adds every part of each score. */
  explain?: boolean
}

/**
 * Opens a database, or makes it. Options come before the environment, the configuration file and the defaults.
 * Nothing is loaded until it is needed; the model and SQLite run in threads of their own.
 * @param options The database file, or options.
 * @throws {SemdexError} `CONFIGURATION_INVALID`
 */
export async function open(options: string | OpenOptions = {}): Promise<Semdex> {
  const { configFile, onLog, onWarning, ...settings } = typeof options === 'string' ? { database: options } : options
  const resolved = loadConfiguration({
    flags: onLog ? { log: 'debug', ...settings } : settings,
    ...(configFile !== undefined && { configFile }),
  })
  const onDebug = onLog ?? writeLine
  const parts = openParts(resolved, { mode: 'threads', onDebug, ...(onWarning && { onWarning }) })
  // A database that cannot be opened is for its first user to tell.
  if (resolved.values.backfill === 'on') resumeBackfill(parts).catch(() => undefined)
  return new Semdex(parts)
}

function writeLine(event: DebugEvent): void {
  process.stderr.write(`${debugLine(event)}\n`)
}

/** An open database. Safe for concurrent calls. Every failure is a `SemdexError` with a stable code. */
export class Semdex {
  /** The models of this machine: they are listed, pulled, added, removed and verified here. */
  readonly models = new ModelManager((load, input, context) => this.#call(load, input, context))
  /** The collections: they are listed, made and dropped here. */
  readonly collections = new CollectionManager((load, input, context) => this.#call(load, input, context))
  /** Copies of the database file: they are made, listed, verified and put back here. */
  readonly backups = new BackupManager((load, input, context) => this.#call(load, input, context))
  readonly #parts: Parts
  readonly #running = new Set<Promise<unknown>>()
  #closed: Promise<void> | null = null

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /**
   * Stores documents with their vectors; each is written all or nothing, and its error is in its own result.
   * Without a usable model the texts are stored, found by keyword, and `degraded` says why.
   * @throws {SemdexError} `COLLECTION_MODEL_MISMATCH`, `INVALID_INPUT`, `ABORTED`
   */
  async add(documents: DocumentToAdd | readonly DocumentToAdd[], options: AddOptions = {}) {
    const list = Array.isArray(documents) ? documents : [documents]
    return this.#invoke(operations.add, { documents: list }, options)
  }

  /**
   * Embeds all that is stored and waits for its vectors, and answers how many got them. What is done stays done.
   * @throws {SemdexError} `EMBEDDING_UNAVAILABLE` where nothing could be embedded, `COLLECTION_NOT_FOUND`, `ABORTED`
   */
  async backfill(options: CallOptions & { collection?: string; retryFailed?: boolean } = {}) {
    return this.#invoke(operations.backfill, {}, options)
  }

  /**
   * Finds the passages that answer a query, best first, one hit per document.
   * @throws {SemdexError} `INVALID_INPUT`, `COLLECTION_NOT_FOUND`; `EMBEDDING_UNAVAILABLE` where the request needs a model
   */
  async search(query: string, options: SearchOptions = {}): Promise<SearchAnswer> {
    const { paths, ...rest } = options
    const input = { query, ...(paths !== undefined && { paths: await realPaths(paths) }) }
    return (await this.#invoke(operations.search, input, rest)) as SearchAnswer
  }

  /** Brings the database up to date with the files below some paths; without paths, below all known roots. */
  async index(
    paths: string | readonly string[] = [],
    options: CallOptions & { collection?: string; model?: string; codeModel?: string; force?: boolean } = {},
  ) {
    const list = await realPaths(typeof paths === 'string' ? [paths] : paths)
    return this.#invoke(operations.index, { paths: list }, options)
  }

  /**
   * A stored document by id, or null. Without a collection, the first that has the id answers: `default`, then by name.
   * @throws {SemdexError} `COLLECTION_NOT_FOUND`
   */
  async get(id: string, options: { collection?: string } = {}) {
    try {
      return await this.#invoke(operations.get, { id }, options)
    } catch (error) {
      if (error instanceof SemdexError && error.code === 'DOCUMENT_NOT_FOUND') return null
      throw error
    }
  }

  /**
   * Removes documents with their vectors: by id, by filter, or all. Answers how many were there.
   * @throws {SemdexError} `COLLECTION_NOT_FOUND`, `INVALID_INPUT` for a filter that tests nothing, `ABORTED`
   */
  async delete(which: Deletion, options: CallOptions & { collection?: string } = {}): Promise<number> {
    return (await this.#invoke(operations.delete, deletionInput(which), options)).deleted
  }

  /**
   * The documents of a collection, oldest first: `for await (const { id } of db.documents())`. What is added or removed
   * meanwhile may or may not be among them.
   * @throws {SemdexError} `COLLECTION_NOT_FOUND`, `INVALID_INPUT`
   */
  documents(options: ListOptions = {}): AsyncGenerator<ListedDocument, void, undefined> {
    return allDocuments((page) => this.listDocuments(page), options)
  }

  /** One page of them, and the cursor of the next. @throws {SemdexError} `COLLECTION_NOT_FOUND`, `INVALID_INPUT` */
  async listDocuments(options: PageOptions = {}): Promise<DocumentPage> {
    return (await this.#invoke(operations.documents, {}, options)) as DocumentPage
  }

  /**
   * Embeds one text.
   * @throws {SemdexError} `EMPTY_EMBEDDING` for a text without tokens, `MODEL_NOT_INSTALLED`, `EMBEDDING_UNAVAILABLE`, `ABORTED`
   */
  async embed<E extends Encoding = 'float32', Text extends boolean = false>(
    text: string,
    options: EmbeddingOptions<E, Text> = {},
  ): Promise<Embedding<E, Text>> {
    const [result] = await this.embedBatch([text], options)
    if (!result?.ok)
      throw result?.error ?? new SemdexError('EMBEDDING_FAILED', { message: 'The model gave no answer.' })
    const { ok: _, ...embedding } = result
    return embedding as Embedding<E, Text>
  }

  /** Embeds many texts: one vector or error per text, in order. */
  async embedBatch<E extends Encoding = 'float32', Text extends boolean = false>(
    texts: readonly string[],
    options: EmbeddingOptions<E, Text> = {},
  ): Promise<EmbeddingResult<E, Text>[]> {
    const { onTimings, ...rest } = options
    const answer = await this.#invoke(operations.embed, { texts, timings: onTimings !== undefined }, rest)
    if (answer.timings) onTimings?.(answer.timings)
    return embeddingResults(answer)
  }

  /**
   * Orders passages by how well they answer a query: a cross-encoder reads each together with it.
   * @throws {SemdexError} `INVALID_INPUT` for an empty query or without a model, `MODEL_UNKNOWN`, `MODEL_NOT_INSTALLED`,
   * `MODEL_INVALID` for a model that embeds, `ABORTED`
   */
  async rerank(query: string, passages: readonly string[], options: RerankingOptions): Promise<Reranking> {
    const { failed, ...answer } = await this.#invoke(operations.rerank, { query, passages }, options)
    const errors = failed.map(({ index, error }) => ({ index, error: SemdexError.fromJSON(error as never) }))
    return { ...answer, failed: errors }
  }

  /** What the models that are open have done: calls, texts, tokens, what the result cache answered, time by stage. */
  async metrics() {
    return this.#invoke(operations.metrics, {})
  }

  /** Counts of documents, chunks, and what is pending or failed, over all collections and for each. */
  async status() {
    return this.#invoke(operations.status, {})
  }

  /**
   * A collection of the caller's own vectors, made where it is missing.
   * @throws {SemdexError} `DIMENSION_MISMATCH` where it holds vectors of another length, `COLLECTION_MODEL_MISMATCH` where
   * it holds a model's
   */
  async vectors(name: string, options: { dimensions: number }): Promise<VectorCollection> {
    return this.#run(async () => VectorCollection.open(await this.#parts.storage(), name, options.dimensions))
  }

  /**
   * Any operation by its name, with the input and the answer that it has over HTTP.
   * @throws {SemdexError} `OPERATION_UNKNOWN`, `INVALID_INPUT`; what the operation throws
   */
  async call<Name extends OperationName>(
    name: Name,
    input: InputOf<Name>,
    options: CallOptions = {},
  ): Promise<AnswerOf<Name>> {
    return (await this.#call(() => findOperation(name), input, options)) as AnswerOf<Name>
  }

  /** Finishes the work under way, then releases files and threads. Idempotent. */
  close(): Promise<void> {
    this.#closed ??= this.#finish()
    return this.#closed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #invoke<Input, Output>(
    load: () => Promise<Operation<Input, Output>>,
    input: object,
    options: CallOptions & object = {},
  ) {
    const { signal, onProgress, ...rest } = options
    const context = { ...(signal && { signal }), ...(onProgress && { onProgress }) }
    return this.#call(load, { ...input, ...rest }, context)
  }

  #call<Input, Output>(load: () => Promise<Operation<Input, Output>>, input: object, context: OperationContext = {}) {
    return this.#run(async () => invoke(await load(), this.#parts, input, context))
  }

  async #run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed) throw new SemdexError('STORE_CLOSED', { message: 'This Semdex was closed; open it again.' })
    const running = work()
    this.#running.add(running)
    try {
      return await running
    } catch (thrown) {
      throw toSemdexError(thrown)
    } finally {
      this.#running.delete(running)
    }
  }

  async #finish(): Promise<void> {
    await Promise.allSettled(this.#running)
    await this.#parts.close()
  }
}
