import type { Metadata } from '../../core/documents.ts'
import { SemdexError, toSemdexError } from '../../core/errors.ts'
import type { Filter } from '../../core/filter.ts'
import type { Explanation } from '../../core/search.ts'
import type { Artifact } from '../../memory/artifacts/artifact.ts'
import type { InputOf } from './call.ts'
import type { Semdex } from './semdex.ts'

export type { Artifact }

/** An artifact to store; of its fields beside `id` and `kind` one at least must have something to find it by. */
export interface ArtifactToPut {
  id: string
  /** document, template, pattern, code_template, code_pattern, or one that is configured; it picks the model. */
  kind: string
  title?: string
  description?: string
  tags?: readonly string[]
  /** The template, pattern or document itself. */
  body?: string
  /** Whatever belongs to it and is not searched. */
  payload?: Metadata
  /** What filters are to find. */
  metadata?: Metadata
  /** The version that the stored artifact must have; 0: there must be none. Else its result is `REVISION_CONFLICT`. */
  ifVersion?: number
}

export interface ArtifactSearchOptions {
  /** Of one of these; they decide whose model reads the query. */
  kinds?: readonly string[]
  /** With all of these. */
  tags?: readonly string[]
  filter?: Filter
  /** 1 to 1,000. Default 10. */
  limit?: number
  /** Adds every part of each score. */
  explain?: boolean
  signal?: AbortSignal
}

export interface ArtifactHit {
  artifact: Artifact
  score: number
  /** True cosine by the model that found it; null where words alone did. */
  similarity: number | null
  /** The model that found it; null where words alone did. */
  model: string | null
  snippet: string
  explanation?: Explanation
}

/** Never throws: what went wrong is in `error`. `degraded`: why artifacts were found by fewer means than there are. */
export type ArtifactSearch =
  | { ok: true; results: ArtifactHit[]; degraded: SemdexError | null }
  | { ok: false; error: SemdexError }

export type ItemResult<Done> = ({ ok: true; id: string } & Done) | { ok: false; id: string; error: SemdexError }

type Database = Pick<Semdex, 'call'>

/**
 * Templates, patterns and documents in a collection, with kinds, versions and payloads:
 * `const store = new ArtifactStore(await open())`. Safe for concurrent calls; the database is closed by its owner.
 */
export class ArtifactStore {
  readonly #db: Database
  readonly #scope: { collection?: string }
  readonly #models: { model?: string; codeModel?: string }

  /** @param options The collection, `artifacts` unless named, and the models that it gets where it has to be made. */
  constructor(db: Database, options: { collection?: string; model?: string; codeModel?: string } = {}) {
    const { collection, ...models } = options
    this.#db = db
    this.#scope = { ...(collection !== undefined && { collection }) }
    this.#models = models
  }

  /** Stores artifacts, each as a new version: one result for each, in order. @throws {SemdexError} `INVALID_INPUT`, `ABORTED` */
  async put(
    artifacts: readonly ArtifactToPut[],
    options: { signal?: AbortSignal } = {},
  ): Promise<ItemResult<{ version: number }>[]> {
    const input = { ...this.#scope, ...this.#models, artifacts } as InputOf<'artifacts.put'>
    const { results } = await this.#db.call('artifacts.put', input, options)
    return results.map((result) => (result.ok ? result : failed(result)))
  }

  /** Null where there is none. */
  async get(id: string): Promise<Artifact | null> {
    return orNull(this.#db.call('artifacts.get', { ...this.#scope, id }))
  }

  /** The artifacts that answer a query, best first. */
  async search(query: string, { signal, ...options }: ArtifactSearchOptions = {}): Promise<ArtifactSearch> {
    try {
      const input = { ...this.#scope, ...options, query } as InputOf<'artifacts.search'>
      const { hits, degraded } = await this.#db.call('artifacts.search', input, signal ? { signal } : {})
      const reason = degraded && SemdexError.fromJSON(degraded as never)
      return { ok: true, results: hits as ArtifactHit[], degraded: reason }
    } catch (thrown) {
      return { ok: false, error: toSemdexError(thrown) }
    }
  }

  /** All of them, oldest first: `for await (const { id } of store.list())`. */
  async *list(options: { kinds?: readonly string[]; tags?: readonly string[]; filter?: Filter } = {}) {
    let cursor: string | null | undefined
    do {
      const input = { ...this.#scope, ...options, ...(cursor && { cursor }) } as InputOf<'artifacts'>
      const page = await this.#db.call('artifacts', input)
      yield* page.artifacts as Artifact[]
      cursor = page.cursor
    } while (cursor !== null)
  }

  /** Every version, oldest first; empty where nothing was ever known of it. */
  async history(id: string) {
    return (await orNull(this.#db.call('artifacts.history', { ...this.#scope, id })))?.versions ?? []
  }

  /** Removes artifacts with the contents of their versions: one result for each, in order. */
  async remove(ids: readonly string[]): Promise<ItemResult<object>[]> {
    const input = { ...this.#scope, ids: [...ids] }
    const { results } = await this.#db.call('artifacts.remove', input)
    return results.map((result) => (result.ok ? result : failed(result)))
  }
}

function failed({ id, error }: { id: string; error: object }): { ok: false; id: string; error: SemdexError } {
  return { ok: false, id, error: SemdexError.fromJSON(error as never) }
}

/** Where the collection or the artifact is missing. */
async function orNull<T>(asked: Promise<T>): Promise<T | null> {
  return asked.catch((thrown) => {
    const error = toSemdexError(thrown)
    if (error.code === 'DOCUMENT_NOT_FOUND' || error.code === 'COLLECTION_NOT_FOUND') return null
    throw error
  })
}
