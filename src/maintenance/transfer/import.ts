import { SemdexError, throwIfAborted, toSemdexError } from '../../core/errors.ts'
import type { Storage } from '../../core/parts.ts'
import type { NewCollection } from '../../core/ports/record-store.ts'
import type { History, StoredDocument } from '../../core/ports/transfer-store.ts'
import { sideModels } from '../../core/sides.ts'
import { assertHeader, invalid, type Line, readLine } from './format.ts'
import { type TextLine, textLines } from './lines.ts'
import { requireTransfer } from './require.ts'

export interface ImportReport {
  /** Collections that were made. */
  collections: number
  documents: number
  histories: number
  /** Lines that could not be taken. */
  failed: number
  /** Vectors of models that the collection does not use: their passages wait for those of its own. */
  vectorsLeftOut: number
  /** False: the export was cut off. */
  complete: boolean
}

export interface LineError {
  /** From 1. */
  line: number
  error: SemdexError
}

export interface ImportOptions {
  /** What becomes of a document whose id is taken. Default `replace`. */
  ifExists?: 'replace' | 'fail' | undefined
  signal?: AbortSignal | undefined
  /** Bytes of a line; a longer one is an error. */
  mostLineBytes?: number | undefined
  onProgress?: (documents: number) => void
}

/**
 * Takes in what `exportDocuments` has written, in memory for a few documents at a time. A collection that is not there is
 * made as it was; one that is there keeps its models. What was taken in stays, whatever becomes of the rest: where the bytes
 * break off, each line that was read is stored, and the error says how far it got (`details`: `line`, `documents`,
 * `histories`, `failed`).
 * @param options `onError` is told of each line that could not be taken, in order
 * @throws {SemdexError} `IMPORT_INVALID` for what does not begin as an export; `DATABASE_BUSY`, `DISK_FULL`, `ABORTED`; what
 * the bytes throw
 */
export async function importDocuments(
  storage: Storage,
  bytes: AsyncIterable<Uint8Array>,
  { onError, ...options }: ImportOptions & { onError?: (error: LineError) => void } = {},
): Promise<ImportReport> {
  const errors = await importLines(storage, bytes, options)
  for (;;) {
    const { value, done } = await errors.next()
    if (done) return value
    onError?.(value)
  }
}

/**
 * The same, as the lines that could not be taken, in order: while one is held nothing more is read. The header is read first.
 * @throws {SemdexError} as `importDocuments`
 */
export async function importLines(
  storage: Storage,
  bytes: AsyncIterable<Uint8Array>,
  options: ImportOptions = {},
): Promise<AsyncGenerator<LineError, ImportReport>> {
  const lines = textLines(bytes, options.mostLineBytes)
  const { value: header } = await lines.next()
  throwIfAborted(options.signal)
  if (!header) throw invalid('it is empty')
  if ('error' in header) throw header.error
  assertHeader(readLine(header.text))
  return takeLines(new Import(storage, options), lines, options.signal)
}

async function* takeLines(
  run: Import,
  lines: AsyncIterable<TextLine>,
  signal: AbortSignal | undefined,
): AsyncGenerator<LineError, ImportReport> {
  try {
    for await (const line of lines) {
      throwIfAborted(signal)
      yield* await run.take(line)
    }
    throwIfAborted(signal)
    yield* await run.end()
    return run.report
  } catch (thrown) {
    const held = await run.end().catch(() => null)
    if (held) yield* held
    throw brokenOff(thrown, run, signal)
  } finally {
    // Where nobody asks for more, a document may still be held.
    await run.end().catch(() => [])
  }
}

/** Why it ended, and what of it is stored. */
function brokenOff(thrown: unknown, { report, through: line }: Import, signal: AbortSignal | undefined): SemdexError {
  const { code, message, fix, details } = signal?.reason instanceof SemdexError ? signal.reason : toSemdexError(thrown)
  const { documents, histories, failed } = report
  const far = documents === 1 ? '1 document is imported' : `${documents} documents are imported`
  return new SemdexError(code, {
    message: `${message} The import broke off after line ${line}: ${far}.`,
    fix: fix ?? 'Import it again: what is there already is replaced by itself',
    details: { ...details, line, documents, histories, failed },
    cause: thrown,
  })
}

/** Documents that are written together. */
const BATCH = 32
const BATCH_BYTES = 4_000_000

type Item = { line: number } & ({ document: StoredDocument } | { error: SemdexError })

class Import {
  readonly #storage: Storage
  readonly #options: ImportOptions
  readonly report: ImportReport = {
    collections: 0,
    documents: 0,
    histories: 0,
    failed: 0,
    vectorsLeftOut: 0,
    complete: false,
  }
  /** The last line that is stored, or said to be bad, with all before it. */
  through = 1
  /** The fingerprints that a collection uses; null where it is not there. */
  readonly #known = new Map<string, ReadonlySet<string> | null>()
  #batch: Item[] = []
  #errors: LineError[] = []
  #bytes = 0
  #collection: string | null = null

  constructor(storage: Storage, options: ImportOptions) {
    this.#storage = storage
    this.#options = options
  }

  /** Answers what could not be taken of this line and those before it. */
  async take(line: TextLine): Promise<LineError[]> {
    const { number } = line
    try {
      if ('error' in line) throw line.error
      await this.#takeLine(readLine(line.text), { number, bytes: line.text.length })
    } catch (thrown) {
      const error = toSemdexError(thrown)
      if (!ITS_OWN.has(error.code)) throw error
      this.#batch.push({ line: number, error })
    }
    if (this.#batch.length >= BATCH || this.#bytes >= BATCH_BYTES) await this.#flush()
    if (this.#batch.length === 0) this.through = number
    return this.#errors.splice(0)
  }

  async end(): Promise<LineError[]> {
    await this.#flush()
    return this.#errors.splice(0)
  }

  async #takeLine(line: Line, { number, bytes }: { number: number; bytes: number }): Promise<void> {
    if (this.report.complete) throw invalid('the export has ended before it')
    if (line.type === 'header') throw invalid('a header is the first line')
    if (line.type === 'document') {
      const used = await this.#fingerprints(line.collection)
      if (this.#collection !== line.collection) await this.#flush()
      this.#collection = line.collection
      this.#bytes += bytes
      this.#batch.push({ line: number, document: this.#withUsed(line.document, used) })
      return
    }
    await this.#flush()
    if (line.type === 'collection') await this.#make(line.collection)
    else if (line.type === 'history') await this.#takeHistory(line.collection, line.history)
    else this.report.complete = true
  }

  async #make(collection: NewCollection): Promise<void> {
    const { records } = this.#storage
    if (await records.collection(collection.name)) return
    await records.createCollection(collection)
    this.#known.delete(collection.name)
    this.report.collections++
  }

  async #takeHistory(collection: string, history: History): Promise<void> {
    await this.#fingerprints(collection)
    this.report.histories += await requireTransfer(this.#storage).writeHistories(collection, [history])
  }

  async #fingerprints(name: string): Promise<ReadonlySet<string>> {
    const known = this.#known.get(name) ?? (await this.#readFingerprints(name))
    this.#known.set(name, known)
    if (known) return known
    throw invalid(`there is no collection ${name}, and no line before it that describes one`)
  }

  async #readFingerprints(name: string): Promise<ReadonlySet<string> | null> {
    const { records, migrations } = this.#storage
    const collection = await records.collection(name)
    if (!collection) return null
    const moving = (await migrations.migrations()).filter((each) => each.collection === name)
    return new Set([
      ...sideModels(collection).map(({ model }) => model.fingerprint),
      ...moving.flatMap((each) => [each.old.fingerprint, each.new.fingerprint]),
    ])
  }

  #withUsed(document: StoredDocument, used: ReadonlySet<string>): StoredDocument {
    const chunks = document.chunks.map((chunk) => {
      const vectors = chunk.vectors.filter(({ fingerprint }) => used.has(fingerprint))
      this.report.vectorsLeftOut += chunk.vectors.length - vectors.length
      return { ...chunk, vectors }
    })
    return { ...document, chunks }
  }

  /** Writes what is held, and notes in order what could not be taken. */
  async #flush(): Promise<void> {
    const items = this.#batch
    this.#batch = []
    this.#bytes = 0
    const documents = items.flatMap((item) => ('document' in item ? [item.document] : []))
    const { ifExists = 'replace', onProgress } = this.#options
    const results =
      documents.length > 0
        ? await requireTransfer(this.#storage).writeDocuments(this.#collection as string, documents, { ifExists })
        : []
    for (const item of items) {
      const result = 'document' in item ? results.shift() : { ok: false as const, error: item.error }
      if (!result || result.ok) this.report.documents++
      else {
        this.report.failed++
        this.#errors.push({ line: item.line, error: result.error })
      }
    }
    this.through = items.at(-1)?.line ?? this.through
    onProgress?.(this.report.documents)
  }
}

/** What is wrong with one line, and no reason to stop. */
const ITS_OWN: ReadonlySet<string> = new Set([
  'IMPORT_INVALID',
  'COLLECTION_EXISTS',
  'VECTOR_INVALID',
  'DIMENSION_MISMATCH',
  'INVALID_INPUT',
])
