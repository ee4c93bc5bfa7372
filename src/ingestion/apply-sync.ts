import { type SemdexError, throwIfAborted } from '../core/errors.ts'
import type { DocumentWrite, FileRecord, FileStamp, FileUpdate, PutResult } from '../core/ports/record-store.ts'
import { SIDES } from '../core/sides.ts'
import { type BatchSettings, type Looked, type Outcome, prepareBatches, type Task } from './batches.ts'
import { SideChunkers } from './chunkers/of-sides.ts'
import { type IndexingParts, sideParts } from './parts.ts'
import type { Move, Suspect, SyncPlan } from './plan-sync.ts'
import { documentWrite } from './prepare.ts'
import { Progress } from './progress.ts'
import { failure, type IndexProgress, type IndexReport } from './report.ts'
import { VectorSource, type Vectors } from './vector-source.ts'

export interface ApplyOptions {
  maxFileBytes: number
  force: boolean
  signal?: AbortSignal
  onProgress?: (progress: IndexProgress) => void
}

/** Batches that are being embedded while the next is read and cut; bounds the memory and keeps the workers busy. */
const AHEAD = 2

/**
 * Carries out a plan and counts what it does in the report.
 *
 * Durable: documents are committed in small batches, each whole; a run that is killed leaves what it committed, and the
 * next run does the rest. Documents of files that are gone are removed last, so that a file that was split or joined
 * finds its vectors. A file's failure is recorded and stops nothing.
 * @throws {SemdexError} `ABORTED` between batches, and what the record store throws
 */
export async function applySync(
  plan: SyncPlan & { moves: Move[] },
  parts: IndexingParts,
  report: IndexReport,
  options: ApplyOptions,
): Promise<void> {
  const run = new Run(parts, report, options)
  await run.index(await run.tasks(plan))
  await run.clean(plan)
}

class Run {
  readonly #parts: IndexingParts
  readonly #report: IndexReport
  readonly #options: ApplyOptions
  readonly #vectors: VectorSource

  constructor(parts: IndexingParts, report: IndexReport, options: ApplyOptions) {
    this.#parts = parts
    this.#report = report
    this.#options = options
    this.#vectors = new VectorSource(parts, report.collection)
  }

  /** The files to look at, ascending by path. Those that only wait for vectors are worth it only with a model. */
  async tasks(plan: SyncPlan & { moves: Move[] }): Promise<Task[]> {
    const known = [...plan.suspect, ...plan.stale, ...plan.failedBefore]
    for (const side of SIDES) {
      if (known.some(({ record }) => record.side === side && record.pending > 0)) await this.#vectors.isUsable(side)
    }
    const left = plan.stale.filter((suspect) => this.#waitsInVain(suspect))
    for (const { record } of left) this.#leaveWaiting(record)
    this.#report.unchanged += left.length
    const waiting = new Set(left)
    const tasks = [
      ...plan.added.map((file) => ({ file, record: null, from: null })),
      ...known.filter((suspect) => !waiting.has(suspect)).map((suspect) => ({ ...suspect, from: null })),
      ...plan.moves.map(({ from, to }) => ({ file: to, record: null, from })),
    ]
    return tasks.sort((a, b) => (a.file.path < b.file.path ? -1 : 1))
  }

  async index(tasks: Task[]): Promise<void> {
    if (tasks.length === 0) return
    const chunkers = new SideChunkers(this.#parts)
    const progress = new Progress(tasks, this.#options.onProgress)
    const waiting: { batch: Looked[]; vectors: Promise<Vectors> }[] = []
    const commitFirst = async () => {
      const first = waiting.shift()
      if (!first) return
      await this.#commit(first.batch, await first.vectors)
      progress.committed(first.batch)
    }
    try {
      for await (const batch of prepareBatches(tasks, chunkers, this.#settings())) {
        progress.cut(batch)
        waiting.push({ batch, vectors: this.#embed(batch) })
        if (waiting.length > AHEAD) await commitFirst()
      }
      while (waiting.length > 0) await commitFirst()
    } finally {
      await Promise.allSettled(waiting.map(({ vectors }) => vectors))
    }
  }

  async clean({ gone, forgotten }: SyncPlan): Promise<void> {
    const { collection } = this.#report
    for (let at = 0; at < gone.length; at += DELETED_AT_ONCE) {
      throwIfAborted(this.#options.signal)
      const ids = gone.slice(at, at + DELETED_AT_ONCE).map(({ documentId }) => documentId as string)
      this.#report.deleted += await this.#parts.records.deleteDocuments(collection, ids)
    }
    const paths = [...gone, ...forgotten].map(({ path }) => path)
    if (paths.length > 0) await this.#parts.records.deleteFiles(collection, paths)
  }

  #settings(): BatchSettings {
    const { maxFileBytes, force, signal } = this.#options
    const embeds: BatchSettings['embeds'] = (side) =>
      sideParts(this.#parts, side).embedding !== null && this.#vectors.degradedOf(side) === null
    return { maxFileBytes, force, embeds, ...(signal && { signal }) }
  }

  #embed(batch: readonly Looked[]): Promise<Vectors> {
    const documents = batch.flatMap(({ outcome }) => (outcome.kind === 'write' ? [outcome.document] : []))
    const vectors = this.#vectors.vectorsOf(documents, this.#options.signal)
    // It is awaited only when its turn to be committed comes.
    vectors.catch(() => undefined)
    return vectors
  }

  async #commit(batch: readonly Looked[], vectors: Vectors): Promise<void> {
    throwIfAborted(this.#options.signal)
    const { collection } = this.#report
    const updates: FileUpdate[] = await this.#write(batch, vectors)
    for (const { task, outcome } of batch) updates.push(...(await this.#settle(task, outcome)))
    if (updates.length > 0) await this.#parts.records.putFiles(collection, updates)
    this.#noteDegraded()
  }

  /** Commits the documents of a batch; answers the files whose document was refused. */
  async #write(batch: readonly Looked[], vectors: Vectors): Promise<FileUpdate[]> {
    const { records } = this.#parts
    const { collection } = this.#report
    const items = batch.flatMap(({ task, outcome }) => (outcome.kind === 'write' ? [{ ...outcome, task }] : []))
    if (items.length === 0) return []
    const writes = items.map(({ document }) => documentWrite(document, vectors))
    const results = await records.putDocuments(collection, writes)
    const refused: FileUpdate[] = []
    for (const [i, item] of items.entries()) {
      const result = results[i] as PutResult
      if (result.ok) await this.#written(item, writes[i] as DocumentWrite)
      else refused.push(this.#failed(item.document.file as FileStamp, result.error))
    }
    this.#report.embedded += vectors.embedded
    this.#report.reused += vectors.reused
    return refused
  }

  async #written({ task, document, replacements }: Written, { chunks }: DocumentWrite): Promise<void> {
    const { file, record, from } = task
    const report = this.#report
    if (from?.documentId) await this.#parts.records.deleteDocuments(report.collection, [from.documentId])
    report.chunks += chunks.length
    report.pending += chunks.filter(({ vector, error }) => vector === null && !error).length
    if (replacements > 0) report.replaced.push({ path: file.path, places: replacements })
    const error = chunks.find((chunk) => chunk.error)?.error
    if (error) {
      report.failed++
      report.failures.push(failure(file.path, error))
    } else if (from) report.moved++
    else if (record === null || record.documentId === null) report.added++
    else if (record.contentHash === document.contentHash) report.refreshed++
    else report.changed++
  }

  /** Counts what was looked at without a document to write; answers the stamp to keep, if any. */
  async #settle({ record, from }: Task, outcome: Outcome): Promise<FileUpdate[]> {
    const { records } = this.#parts
    const report = this.#report
    switch (outcome.kind) {
      case 'write':
      case 'vanished':
        return []
      case 'same':
        report.unchanged++
        if (record) this.#leaveWaiting(record)
        return [outcome.stamp]
      case 'failed':
        return [this.#failed(outcome.stamp, outcome.error)]
      case 'moved': {
        const { stamp } = outcome
        const id = from?.documentId ?? ''
        if (await records.moveDocument(report.collection, id, { id: stamp.path, file: stamp })) report.moved++
        return []
      }
      case 'binary':
        report.skipped.binary = (report.skipped.binary ?? 0) + 1
        if (record?.documentId) report.deleted += await records.deleteDocuments(report.collection, [record.documentId])
        return [outcome.stamp]
    }
  }

  #failed(stamp: FileStamp, error: SemdexError): FileUpdate {
    this.#report.failed++
    this.#report.failures.push(failure(stamp.path, error))
    return { ...stamp, error }
  }

  /** Whether a file is to be looked at only for vectors that its model cannot give now. */
  #waitsInVain({ record: { side, chunkingFingerprint } }: Suspect): boolean {
    if (this.#options.force || side === null || this.#vectors.degradedOf(side) === null) return false
    return chunkingFingerprint === sideParts(this.#parts, side).chunking.fingerprint
  }

  #leaveWaiting({ pending }: FileRecord): void {
    this.#report.pending += pending
    if (pending > 0) this.#noteDegraded()
  }

  #noteDegraded(): void {
    this.#report.degraded ??= this.#vectors.degraded?.toJSON() ?? null
  }
}

type Written = Extract<Outcome, { kind: 'write' }> & { task: Task }

const DELETED_AT_ONCE = 200
