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
   * Makes an empty one; its model stays with it.
   * @throws {SemdexError} `COLLECTION_EXISTS`, `MODEL_UNKNOWN`, `MODEL_NOT_INSTALLED`, `MODEL_INVALID`
   */
  async create(name: string, options: { model?: string } = {}) {
    return this.#invoke(operations['collections.create'], { name, ...options })
  }

  /** Removes one with all its documents; files stay untouched. @throws {SemdexError} `COLLECTION_NOT_FOUND` */
  async drop(name: string) {
    return this.#invoke(operations['collections.drop'], { name })
  }
}
