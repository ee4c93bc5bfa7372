import { SemdexError } from '../core/errors.ts'
import type { Collection } from '../core/ports/record-store.ts'
import { SIDES, type Side, sideModel } from '../core/sides.ts'
import { isUnder } from '../core/text.ts'
import { embeddingsOff, type IndexingParts, sideParts } from './parts.ts'
import { realRoot } from './paths.ts'
import { moveCandidates, planSync, type SyncPlan, settleMoves } from './plan-sync.ts'
import { byPath, emptyReport, failure, type IndexProgress, type IndexReport } from './report.ts'
import { DEFAULT_MAX_FILE_BYTES, type WalkOptions, type WalkResult, walk } from './walk.ts'

export interface IndexOptions extends WalkOptions {
  /** The collection that holds the root. It exists. */
  collection: string
  /** Cuts and embeds again what did not change too. Default false. */
  force?: boolean
  onProgress?: (progress: IndexProgress) => void
}

/**
 * Brings a collection up to date with the files below a root, or with a root that is one file.
 *
 * Incremental: what has the size, time and inode of the last run is not opened, and with nothing changed no model and no
 * tokenizer is loaded. Durable: what is committed stays, and the next run does the rest. A file's failure is in the
 * report and stops nothing. Files that were skipped or are gone lose their documents.
 * @throws {SemdexError} `PATH_NOT_FOUND`, `PATH_UNREADABLE`, `FILE_TOO_LARGE` of the root itself; `COLLECTION_NOT_FOUND`,
 * `COLLECTION_MODEL_MISMATCH`; `ABORTED`; and what the record store throws
 */
export async function indexFolder(root: string, parts: IndexingParts, options: IndexOptions): Promise<IndexReport> {
  const begun = { at: Date.now(), clock: performance.now() }
  const collection = await openCollection(parts, options.collection)
  const found = await walkRoot(root, collection, options)
  const plan = await planFolder(found, parts, options)
  const report = startReport(found, plan, options)
  if (!collection.roots.some((known) => isUnder(found.root, known))) {
    await parts.records.updateCollection(collection.name, { addRoot: found.root })
  }
  if (hasWork(plan)) await carryOut(plan, parts, report, options)
  // A run that found nothing to do writes nothing: a commit costs more than all the rest of it.
  if (hasWork(plan) || collection.lastRunAt === null) {
    await parts.records.updateCollection(collection.name, { lastRunAt: begun.at })
  }
  report.failures.sort(byPath)
  report.replaced.sort(byPath)
  return { ...report, elapsed: performance.now() - begun.clock }
}

/** A part of a known root is walked by the ignore files that hold for the whole. */
export function walkRoot(root: string, { roots }: Collection, options: IndexOptions): Promise<WalkResult> {
  const path = realRoot(root)
  const top = roots.filter((known) => isUnder(path, known)).sort((a, b) => a.length - b.length)[0]
  const { onProgress } = options
  const onFound = (done: number) => {
    const none = { done: 0, total: null }
    onProgress?.({ phase: 'walk', files: { done, total: null }, chunks: none, bytes: none })
  }
  return walk(path, { ...options, ...(top !== undefined && { top }), onFound })
}

/** @throws {SemdexError} `COLLECTION_NOT_FOUND`, `COLLECTION_MODEL_MISMATCH` */
export async function openCollection(parts: IndexingParts, name: string): Promise<Collection> {
  const collection = await parts.records.collection(name)
  if (!collection) {
    throw new SemdexError('COLLECTION_NOT_FOUND', {
      message: `There is no collection ${name}.`,
      fix: 'semdex collections lists them',
      details: { collection: name },
    })
  }
  for (const side of SIDES) {
    const { embedding } = sideParts(parts, side)
    const { model, fingerprint } = sideModel(collection, side)
    if (embedding && embedding.fingerprint !== fingerprint) throw otherModel(name, model, side)
  }
  return collection
}

function otherModel(name: string, model: string | null, side: Side): SemdexError {
  return new SemdexError('COLLECTION_MODEL_MISMATCH', {
    message: `The collection ${name} was embedded with ${model ?? 'vectors of its own'}; vectors of another model cannot be compared with them.`,
    fix: 'Name that model, or index into another collection',
    details: { collection: name, model, side },
  })
}

/** What there is to do, by the stamps of the files alone. */
export async function planFolder(found: WalkResult, parts: IndexingParts, options: IndexOptions): Promise<SyncPlan> {
  const records = await parts.records.files(options.collection, found.root)
  return planSync(found.files, records, {
    chunkingFingerprints: {
      text: sideParts(parts, 'text').chunking.fingerprint,
      code: sideParts(parts, 'code').chunking.fingerprint,
    },
    embeds: parts.embedding !== null,
    force: options.force ?? false,
    unreadable: found.unreadable.map(({ path }) => path),
  })
}

function startReport(found: WalkResult, plan: SyncPlan, { collection }: IndexOptions): IndexReport {
  const report = emptyReport(found.root, collection)
  const binary = (found.skipped.binary ?? 0) + plan.binary
  report.skipped = binary > 0 ? { ...found.skipped, binary } : found.skipped
  report.unchanged = plan.unchanged.length - plan.binary
  report.pending = plan.waiting
  report.degraded = plan.waiting > 0 ? embeddingsOff().toJSON() : null
  report.failures = found.unreadable.map(({ path, error }) => failure(path, error))
  return report
}

function hasWork({ added, suspect, stale, failedBefore, gone, forgotten }: SyncPlan): boolean {
  return [added, suspect, stale, failedBefore, gone, forgotten].some((list) => list.length > 0)
}

/** Loaded only when there is work: it brings the readers and chunkers with it. */
async function carryOut(plan: SyncPlan, parts: IndexingParts, report: IndexReport, options: IndexOptions) {
  const { applySync } = await import('./apply-sync.ts')
  const { readStamped } = await import('./read-file.ts')
  const maxFileBytes = options.maxFileBytes ?? DEFAULT_MAX_FILE_BYTES
  const hashes = new Map<string, string>()
  for (const { path } of moveCandidates(plan)) {
    // What cannot be read now fails again, with its error recorded, when its turn comes.
    const content = await readStamped(path, maxFileBytes).catch(() => null)
    if (content) hashes.set(path, content.contentHash)
  }
  await applySync(settleMoves(plan, hashes), parts, report, { ...options, maxFileBytes, force: options.force ?? false })
}
