import type { Metadata } from '../../core/documents.ts'
import type { ErrorAnswer } from '../../core/errors.ts'
import type { Filter } from '../../core/filter.ts'
import type { Explanation } from '../../core/search.ts'
import { type OpenOptions, open, Semdex } from './semdex.ts'

export interface MemoryOptions {
  /** The collection that holds the records. Default `memory`. */
  collection?: string
}

export interface CaptureOptions {
  /** What it is: `decision`, `preference`, `lesson`, or a word of your own. Default `note`. */
  kind?: string
  /** How sure it is, 0 to 1. Default 0.5. */
  confidence?: number
  /** Where it comes from. */
  source?: string | null
  tags?: string[]
  metadata?: Metadata
  /** Default: one is made. */
  id?: string
  /** When it was learnt, milliseconds since 1970. Default: now. */
  capturedAt?: number
  /** Ids of records that it takes the place of. */
  supersedes?: string[]
  /** Joins it with the record that says nearly the same, if there is one. Default false. */
  merge?: boolean
  /** False: answers once the text is stored; its vectors are made in the background. Default true. */
  wait?: boolean
  signal?: AbortSignal
}

/** What is left out stays. */
export interface MemoryChanges {
  text?: string
  kind?: string
  status?: 'active' | 'archived'
  confidence?: number
  source?: string | null
  /** All of its tags from now on. */
  tags?: string[]
  /** All of its metadata from now on. */
  metadata?: Metadata
  supersedes?: string[]
  /** Refused with `REVISION_CONFLICT` unless the record has this version. */
  ifVersion?: number
  wait?: boolean
  signal?: AbortSignal
}

/** Which records are meant; all that is given must hold. */
export interface MemoryRestriction {
  /** One of these. */
  kinds?: string[]
  /** All of these. */
  tags?: string[]
  source?: string
  minConfidence?: number
  /** Over the fields of the record and its metadata. */
  filter?: Filter
}

export interface RecallOptions extends MemoryRestriction {
  /** The most records, 1 to 200. Default 10. */
  limit?: number
  /** Adds every part of each score. */
  explain?: boolean
  signal?: AbortSignal
}

export interface MemoryListOptions extends MemoryRestriction {
  /** Default `active`. */
  status?: MemoryFact['status'] | 'any'
}

/** What is known of a record beside its text. */
export interface MemoryFact {
  id: string
  collection: string
  kind: string
  /** Only what is active is recalled. */
  status: 'active' | 'superseded' | 'archived'
  /** 0 to 1. */
  confidence: number
  source: string | null
  tags: string[]
  /** Milliseconds since 1970. */
  capturedAt: number
  updatedAt: number
  /** Of its last revision, from 1. */
  version: number
  supersedes: string[]
  supersededBy: string | null
  metadata: Metadata
}

export interface MemoryEntry extends MemoryFact {
  text: string
}

/** What became of a text. */
export interface Written {
  /** Texts that the model read. */
  embedded: number
  /** Passages whose vector was there already. */
  reused: number
  /** Passages that wait for their vectors. */
  pending: number
  /** Why they wait though a model was to be used; null where none was missing. */
  degraded: ErrorAnswer | null
}

export interface Captured extends MemoryFact, Written {
  /** True: it was joined with a record that was there, which is the one that this tells of. */
  merged: boolean
  /** Active records of its kind that say nearly the same, nearest first. */
  duplicates: { id: string; similarity: number; exact: boolean }[]
  /** `text`: only records with the same text were looked for, since there was no vector to compare. */
  compared: 'meaning' | 'text'
}

export interface Recalled extends MemoryEntry {
  /** From 1. */
  rank: number
  score: number
  /** True cosine of the query and the record's best passage; null where no model was used. */
  similarity: number | null
  /** The part of the record that answers best, on one line. */
  snippet: string
  explanation?: Explanation
}

/** A record as it was after a change. */
export interface MemoryRevision {
  version: number
  /** `captured`, `updated`, `merged`, `superseded`, `released`, `forgotten`. */
  change: string
  /** Milliseconds since 1970. */
  at: number
  note: Metadata
  /** Null where the record was forgotten, as are the fields. */
  text: string | null
  fields: Omit<MemoryFact, 'id' | 'collection' | 'updatedAt' | 'version'> | null
}

/**
 * The memory of a database: opened for it, or of one that is open.
 * @throws {SemdexError} `CONFIGURATION_INVALID`
 */
export async function memory(
  database: string | (OpenOptions & MemoryOptions) | Semdex = {},
  options: MemoryOptions = {},
): Promise<Memory> {
  if (database instanceof Semdex) return new Memory(database, options.collection, false)
  const { collection, ...settings } = { ...(typeof database === 'string' ? { database } : database), ...options }
  return new Memory(await open(settings), collection, true)
}

/** Records that are captured and recalled. Safe for concurrent calls. Every failure is a `SemdexError` with a stable code. */
export class Memory {
  readonly collection: string
  readonly #db: Semdex
  readonly #owns: boolean

  constructor(db: Semdex, collection = 'memory', owns = false) {
    this.#db = db
    this.#owns = owns
    this.collection = collection
  }

  /**
   * Stores a record, and says which records say nearly the same.
   * @throws {SemdexError} `INVALID_INPUT`, `KIND_UNKNOWN`, `DOCUMENT_EXISTS`, `MEMORY_NOT_FOUND`, `SUPERSEDE_CYCLE`,
   * `REVISION_CONFLICT`, `ABORTED`
   */
  async capture(text: string, { signal, ...options }: CaptureOptions = {}): Promise<Captured> {
    return (await this.#call('memory.capture', { text, ...options }, signal)) as Captured
  }

  /**
   * The records that answer a query, best first, by meaning, certainty, age and kind. Without a usable model they are found
   * by keyword, and `degraded` says why.
   * @throws {SemdexError} `INVALID_INPUT`, `KIND_UNKNOWN`, `ABORTED`
   */
  async recall(
    query: string,
    { signal, ...options }: RecallOptions = {},
  ): Promise<{ query: string; degraded: ErrorAnswer | null; records: Recalled[] }> {
    return (await this.#call('memory.recall', { query, ...options }, signal)) as never
  }

  /**
   * Changes a record and writes a revision. Nothing is embedded unless its text changes.
   * @throws {SemdexError} `MEMORY_NOT_FOUND`, `REVISION_CONFLICT`, `INVALID_INPUT`, `KIND_UNKNOWN`, `SUPERSEDE_CYCLE`
   */
  async update(id: string, { signal, ...changes }: MemoryChanges): Promise<MemoryFact & Written> {
    return (await this.#call('memory.update', { id, ...changes }, signal)) as MemoryFact & Written
  }

  /** Removes a record with its vectors and the texts of its history. @throws {SemdexError} `MEMORY_NOT_FOUND` */
  async forget(id: string): Promise<void> {
    await this.#call('memory.forget', { id })
  }

  /** What a record was after each of its changes, oldest first. @throws {SemdexError} `MEMORY_NOT_FOUND` */
  async history(id: string): Promise<MemoryRevision[]> {
    return ((await this.#call('memory.history', { id })) as { revisions: MemoryRevision[] }).revisions
  }

  /** The records, oldest first: `for await (const { text } of memory.records())`. */
  async *records(options: MemoryListOptions = {}): AsyncGenerator<MemoryEntry, void, undefined> {
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await this.list({ ...options, ...(cursor !== undefined && { cursor }) })
      yield* page.records
      cursor = page.cursor
    }
  }

  /** One page of them, and the cursor of the next. @throws {SemdexError} `INVALID_INPUT`, `KIND_UNKNOWN` */
  async list(
    options: MemoryListOptions & { limit?: number; cursor?: string } = {},
  ): Promise<{ records: MemoryEntry[]; cursor: string | null }> {
    return (await this.#call('memory.list', options)) as never
  }

  /** Closes the database, where it was opened for this memory. Idempotent. */
  async close(): Promise<void> {
    if (this.#owns) await this.#db.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #call(name: MemoryOperation, input: object, signal?: AbortSignal): Promise<unknown> {
    return this.#db.call(name, { ...input, collection: this.collection }, signal ? { signal } : {})
  }
}

type MemoryOperation =
  | 'memory.capture'
  | 'memory.recall'
  | 'memory.update'
  | 'memory.forget'
  | 'memory.history'
  | 'memory.list'
