import type { VectorLayout } from '../../operations/schemas.ts'
import { operations } from '../../operations/table.ts'
import type { Invoke } from './models.ts'

/** The collections of an open database: `db.collections`. */
export class CollectionManager {
  readonly #invoke: Invoke

  constructor(invoke: Invoke) {
    this.#invoke = invoke
  }

  /** All of them, by name, with their models, roots and counts. */
  async list() {
    return (await this.#invoke(operations.collections, {})).collections
  }

  /** One with its counts. @throws {SemdexError} `COLLECTION_NOT_FOUND` */
  async get(name: string) {
    return this.#invoke(operations['collections.get'], { name })
  }

  /**
   * Makes an empty one; its models stay with it. `codeModel` reads code: null for none of its own.
   * @throws {SemdexError} `COLLECTION_EXISTS`, `MODEL_UNKNOWN`, `MODEL_NOT_INSTALLED`, `MODEL_INVALID`
   */
  async create(name: string, options: { model?: string; codeModel?: string | null; layout?: VectorLayout } = {}) {
    return this.#invoke(operations['collections.create'], { name, ...options })
  }

  /**
   * Gives one another model for code, or with null none of its own, or lays its vectors out in another way. Code then waits
   * for its new vectors: the operation `backfill` makes them.
   * @throws {SemdexError} `COLLECTION_NOT_FOUND`, `COLLECTION_MODEL_MISMATCH` where its vectors are the caller's own,
   * `MODEL_UNKNOWN`, `MODEL_NOT_INSTALLED`, `MODEL_INVALID`, `MIGRATION_EXISTS`
   */
  async update(name: string, change: { codeModel?: string | null; layout?: VectorLayout }) {
    return this.#invoke(operations['collections.update'], { name, ...change })
  }

  /** Removes one with all its documents; files stay untouched. @throws {SemdexError} `COLLECTION_NOT_FOUND` */
  async drop(name: string) {
    return this.#invoke(operations['collections.drop'], { name })
  }
}
