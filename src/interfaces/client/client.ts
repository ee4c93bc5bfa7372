import { type JobEvent, jobEvents } from './events.ts'
import { type FileToAdd, formOf } from './files.ts'
import { type ExportedLines, exportLines, importLines } from './transfer.ts'
import { type CallOptions, Transport } from './transport.ts'
import type { AnswerOf, Call, InputOf, Operations } from './types.ts'

export interface ConnectOptions {
  /** Of the server; '' is where a page came from. Default http://127.0.0.1:7333. */
  url?: string
  /** A key of the server, or what gives one for each request. */
  key?: string | (() => string | Promise<string>)
  /** Milliseconds to wait for an answer; 0 for as long as it takes. Default 60,000. */
  timeout?: number
  /** Sent with every request. */
  headers?: Record<string, string>
  /** Instead of the platform's own. */
  fetch?: typeof fetch
}

/** A client of the server at an address. Nothing is asked before the first call. */
export function connect(options: ConnectOptions = {}): SemdexClient {
  return new SemdexClient(options)
}

/**
 * A server's operations as methods. Inputs and answers are the operations' own; every failure is a `RequestError` with the
 * code that the library would throw.
 */
export class SemdexClient {
  readonly #transport: Transport

  constructor({ url = 'http://127.0.0.1:7333', key, timeout = 60_000, headers, fetch: own }: ConnectOptions = {}) {
    this.#transport = new Transport({
      url: url.replace(/\/+$/, ''),
      timeout,
      // A browser's fetch must be called on its window.
      fetch: own ?? ((input, init) => fetch(input, init)),
      ...(key !== undefined && { key }),
      ...(headers && { headers }),
    })
  }

  /** Any operation by its name. @throws {RequestError} what the operation throws; `TIMEOUT`, `ABORTED`, `SERVER_FAILED` */
  call<Name extends Operations>(name: Name, input: InputOf<Name>, options: CallOptions = {}): Promise<AnswerOf<Name>> {
    return this.#transport.json(`/api/operations/${name}`, { ...options, body: input })
  }

  /** Finds the passages that answer a query, by meaning and by keyword. */
  readonly search = this.#operation('search')
  /** Finds the passages nearest in meaning; without a usable model it fails. */
  readonly searchSemantic = this.#operation('search.semantic')
  /** Turns texts into unit vectors; one result per text, in order. */
  readonly embed = this.#operation('embed')
  /** Orders passages by how well they answer a query. */
  readonly rerank = this.#operation('rerank')
  readonly status = this.#operation('status')
  readonly metrics = this.#operation('metrics')
  readonly config = this.#operation('config')
  readonly doctor = this.#operation('doctor')
  /** Says what indexing would do; `jobs.start` with `index` does it. */
  readonly planIndex = this.#operation('index.plan')
  /** Takes long: `jobs.start` with `eval` runs it in the background. */
  readonly evaluate = this.#operation('eval')

  readonly documents = {
    /** One page of a collection's documents, and the cursor of the next. */
    list: this.#operation('documents'),
    /** All of them, page by page. */
    all: (input: Omit<InputOf<'documents'>, 'cursor'> = {}, options?: CallOptions) =>
      this.#allDocuments(input, options),
    get: this.#operation('get'),
    add: this.#operation('add'),
    /** Stores files, read as files on disk are; those of the same names are replaced. */
    addFiles: (files: readonly FileToAdd[], input: AddFilesInput = {}, options?: CallOptions) =>
      this.#addFiles(files, input, options),
    delete: this.#operation('delete'),
  }

  readonly collections = {
    list: this.#operation('collections'),
    get: this.#operation('collections.get'),
    create: this.#operation('collections.create'),
    /** Sets or removes the code model; changes how vectors are laid out. */
    update: this.#operation('collections.update'),
    drop: this.#operation('collections.drop'),
  }

  /** Embeds all that is stored and waits for its vectors. `jobs.start` with `backfill` does it in the background. */
  readonly backfill = this.#operation('backfill')

  readonly embeddings = {
    /** Stored embeddings, by the id of a chunk or of a document. */
    get: this.#operation('embeddings.get'),
    /** Embeds what of documents waits for vectors. */
    fill: this.#operation('embeddings.fill'),
  }

  readonly models = {
    list: this.#operation('models'),
    show: this.#operation('models.show'),
    pull: this.#operation('models.pull'),
    add: this.#operation('models.add'),
    remove: this.#operation('models.remove'),
    verify: this.#operation('models.verify'),
  }

  /** Records that are remembered: with kind, confidence, source and history. */
  readonly memory = {
    capture: this.#operation('memory.capture'),
    recall: this.#operation('memory.recall'),
    update: this.#operation('memory.update'),
    forget: this.#operation('memory.forget'),
    history: this.#operation('memory.history'),
    list: this.#operation('memory.list'),
  }

  /** Templates, patterns and documents with versions. */
  readonly artifacts = {
    put: this.#operation('artifacts.put'),
    get: this.#operation('artifacts.get'),
    search: this.#operation('artifacts.search'),
    list: this.#operation('artifacts'),
    history: this.#operation('artifacts.history'),
    remove: this.#operation('artifacts.remove'),
  }

  /** Moves of collections to other models; `jobs.start` with `migrate` or `migrate.rollback` makes one in the background. */
  readonly migrations = {
    start: this.#operation('migrate'),
    plan: this.#operation('migrate.plan'),
    status: this.#operation('migrate.status'),
    rollBack: this.#operation('migrate.rollback'),
    remove: this.#operation('migrate.remove'),
  }

  /** Of the server's database, on the server's machine. */
  readonly backups = {
    create: this.#operation('backup'),
    list: this.#operation('backup.list'),
    verify: this.#operation('backup.verify'),
  }
  /** To and from files on the server's machine. */
  readonly export = this.#operation('export')
  readonly import = this.#operation('import')
  /** The same over the connection: the lines as they come; the last one has the type `end`. */
  readonly exportLines = ({ collection }: { collection?: string } = {}, options: CallOptions = {}) =>
    exportLines(this.#transport, collection, options)
  /** Takes in such lines. A browser sends a Blob or a string alone. */
  readonly importLines = (
    lines: ExportedLines,
    { ifExists = 'replace' }: { ifExists?: 'replace' | 'fail' } = {},
    options: CallOptions = {},
  ) => importLines(this.#transport, lines, ifExists, options)
  /** Gives back the space of what was removed. */
  readonly compact = this.#operation('compact')

  readonly jobs = {
    /** Runs an operation that takes long in the background. */
    start: this.#operation('jobs.start'),
    list: this.#operation('jobs'),
    get: this.#operation('jobs.get'),
    cancel: this.#operation('jobs.cancel'),
    /** How a job goes on, until it has ended: `for await (const { event, job } of client.jobs.events(id))`. */
    events: (id: string, options: CallOptions = {}) => jobEvents(this.#transport, id, options),
    /** The job once it has ended. */
    wait: (id: string, options: CallOptions = {}) => this.#waitFor(id, options),
  }

  readonly keys = {
    list: this.#operation('keys'),
    /** The only time that the secret is shown. */
    create: this.#operation('keys.create'),
    revoke: this.#operation('keys.revoke'),
  }

  #operation<Name extends Operations>(name: Name): Call<Name, CallOptions> {
    return ((input = {}, options?: CallOptions) => this.call(name, input as InputOf<Name>, options)) as Call<
      Name,
      CallOptions
    >
  }

  async *#allDocuments(input: Omit<InputOf<'documents'>, 'cursor'>, options: CallOptions = {}) {
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page: AnswerOf<'documents'> = await this.call(
        'documents',
        { ...input, ...(cursor !== undefined && { cursor }) },
        options,
      )
      yield* page.documents
      cursor = page.cursor
    }
  }

  async #addFiles(
    files: readonly FileToAdd[],
    { collection = 'default', ...fields }: AddFilesInput,
    options?: CallOptions,
  ) {
    const path = `/api/collections/${encodeURIComponent(collection)}/files`
    return this.#transport.json<AnswerOf<'add.files'>>(path, { ...options, body: formOf(files, fields) })
  }

  async #waitFor(id: string, options: CallOptions): Promise<AnswerOf<'jobs.get'>> {
    let last: JobEvent['job'] | null = null
    for await (const { job } of jobEvents(this.#transport, id, options)) last = job
    return last ?? this.call('jobs.get', { id }, options)
  }
}

type AddFilesInput = Omit<InputOf<'add.files'>, 'files'>
