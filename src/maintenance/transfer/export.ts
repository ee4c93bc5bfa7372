import { throwIfAborted } from '../../core/errors.ts'
import type { Storage } from '../../core/parts.ts'
import type { Collection } from '../../core/ports/record-store.ts'
import type { TransferStore } from '../../core/ports/transfer-store.ts'
import { FORMAT, VERSION, writeLine } from './format.ts'
import { requireTransfer } from './require.ts'

export interface ExportReport {
  collections: number
  documents: number
  /** Of documents that are gone. */
  histories: number
  bytes: number
}

export interface ExportOptions {
  /** Default: all. */
  collection?: string | undefined
  signal?: AbortSignal | undefined
  /** In documents. */
  onProgress?: (done: number, total: number) => void
}

/** Takes one piece of an export; the next is made once it has answered. */
export type Sink = (lines: string) => Promise<void>

/** Writes what `exportLines` gives. @throws {SemdexError} as `exportLines`; what the sink throws */
export async function exportDocuments(
  storage: Storage,
  sink: Sink,
  options: ExportOptions = {},
): Promise<ExportReport> {
  const pieces = exportLines(storage, options)
  for (;;) {
    const { value, done } = await pieces.next()
    if (done) return value
    await sink(value)
  }
}

/**
 * Documents with all that is stored of them as JSON lines, some lines at a time: in memory are a few documents. Each document
 * is as it was when its line was asked for.
 * @throws {SemdexError} `COLLECTION_NOT_FOUND` before the first; `ABORTED`
 */
export async function* exportLines(
  storage: Storage,
  options: ExportOptions = {},
): AsyncGenerator<string, ExportReport> {
  const { signal, onProgress } = options
  const transfer = requireTransfer(storage)
  const collections = await chosen(storage, options.collection)
  const counts = await Promise.all(collections.map(({ name }) => storage.records.countDocuments(name)))
  const total = counts.reduce((sum, count) => sum + count, 0)
  const report: ExportReport = { collections: collections.length, documents: 0, histories: 0, bytes: 0 }
  const counted = (lines: string) => {
    throwIfAborted(signal)
    report.bytes += Buffer.byteLength(lines)
    return lines
  }
  yield counted(writeLine({ type: 'header', format: FORMAT, version: VERSION, exportedAt: Date.now() }))
  for (const collection of collections) {
    yield counted(collectionLine(collection))
    for await (const lines of documentLines(transfer, collection.name)) {
      yield counted(lines.join(''))
      report.documents += lines.length
      onProgress?.(report.documents, Math.max(total, report.documents))
    }
    for await (const lines of historyLines(transfer, collection.name)) {
      yield counted(lines.join(''))
      report.histories += lines.length
    }
  }
  const { documents, histories } = report
  yield counted(writeLine({ type: 'end', documents, histories }))
  return report
}

/** Of documents with their vectors in memory; one that is larger is in memory alone. */
const PAGE_BYTES = 1_000_000

async function* documentLines(transfer: TransferStore, collection: string): AsyncGenerator<string[]> {
  for (let after: number | null = 0; after !== null; ) {
    const { documents, next } = await transfer.readDocuments(collection, { after, bytes: PAGE_BYTES })
    if (documents.length > 0) yield documents.map((document) => writeLine({ type: 'document', collection, document }))
    after = next
  }
}

const HISTORIES = 500

async function* historyLines(transfer: TransferStore, collection: string): AsyncGenerator<string[]> {
  for (let after: string | null = null; ; ) {
    const histories = await transfer.readHistories(collection, { after, limit: HISTORIES })
    if (histories.length > 0) yield histories.map((history) => writeLine({ type: 'history', collection, history }))
    if (histories.length < HISTORIES) return
    after = histories.at(-1)?.id ?? null
  }
}

function collectionLine({ name, model, fingerprint, dimensions, code, layout, roots }: Collection): string {
  return writeLine({ type: 'collection', collection: { name, model, fingerprint, dimensions, code, layout, roots } })
}

async function chosen({ records }: Storage, name: string | undefined): Promise<Collection[]> {
  if (name === undefined) return records.collections()
  // A collection that is not there fails as it does everywhere.
  await records.countDocuments(name)
  return (await records.collections()).filter((collection) => collection.name === name)
}
