import { measureSpeed, type SpeedBasis } from '../core/embedding-speed.ts'
import { type BatchSettings, prepareBatches, type Task } from './batches.ts'
import { SideChunkers } from './chunkers/of-sides.ts'
import { type IndexOptions, openCollection, planFolder, walkRoot } from './index-folder.ts'
import { type IndexingParts, type SideParts, sideParts } from './parts.ts'
import type { PreparedDocument } from './prepare.ts'
import { DEFAULT_MAX_FILE_BYTES, type SkipReason } from './walk.ts'

/** What an indexing run would do now. Nothing is written. */
export interface IndexEstimate {
  root: string
  collection: string
  /** Files that would be looked at: new, changed, to be cut again, or moved. */
  files: number
  /** Documents whose file is gone. */
  deleted: number
  unchanged: number
  skipped: Partial<Record<SkipReason, number>>
  /** Chunks that would be written, by really reading and cutting. */
  chunks: number
  /** Texts that a model would have to read; the others have their vector already. */
  toEmbed: number
  /** Bytes of the files that would be looked at. */
  bytes: number
  /** Seconds that the run would take; null where no model can be used to measure it. */
  seconds: number | null
  basis: SpeedBasis
}

/**
 * Reads and cuts what a run would, and embeds a sample of it to tell how long that run would take.
 * @throws {SemdexError} what `indexFolder` throws before it begins to write
 */
export async function dryRun(root: string, parts: IndexingParts, options: IndexOptions): Promise<IndexEstimate> {
  const collection = await openCollection(parts, options.collection)
  const found = await walkRoot(root, collection, options)
  const plan = await planFolder(found, parts, options)
  const known = [...plan.suspect, ...plan.stale, ...plan.failedBefore]
  const tasks = [...plan.added.map((file) => ({ file, record: null })), ...known].map((task) => ({
    ...task,
    from: null,
  }))
  const begun = performance.now()
  const cut = await cutAll(tasks, parts, options)
  const cutting = (performance.now() - begun) / 1_000
  const { basis, seconds } = await timeOf(cut.texts, options.signal)
  return {
    root: found.root,
    collection: collection.name,
    files: tasks.length - cut.unchanged,
    deleted: plan.gone.length,
    unchanged: plan.unchanged.length - plan.binary + cut.unchanged,
    skipped: found.skipped,
    chunks: cut.chunks,
    toEmbed: countTexts(cut.texts),
    bytes: tasks.reduce((total, { file }) => total + file.size, 0),
    seconds: seconds === null ? null : seconds + cutting,
    basis,
  }
}

interface Cut {
  chunks: number
  unchanged: number
  /** Texts that have no vector yet, by what embeds them; each once. */
  texts: Map<SideParts, Map<string, string>>
}

async function cutAll(tasks: Task[], parts: IndexingParts, options: IndexOptions): Promise<Cut> {
  const { maxFileBytes = DEFAULT_MAX_FILE_BYTES, force = false, signal, onProgress } = options
  const embeds: BatchSettings['embeds'] = (side) => sideParts(parts, side).embedding !== null
  const settings = { maxFileBytes, force, embeds, ...(signal && { signal }) }
  const cut: Cut = { chunks: 0, unchanged: 0, texts: new Map() }
  let done = 0
  for await (const batch of prepareBatches(tasks, new SideChunkers(parts), settings)) {
    const documents = batch.flatMap(({ outcome }) => (outcome.kind === 'write' ? [outcome.document] : []))
    cut.chunks += documents.reduce((sum, { chunks }) => sum + chunks.length, 0)
    cut.unchanged += batch.filter(({ outcome }) => outcome.kind === 'same').length
    await noteNewTexts(documents, cut.texts, parts, options.collection)
    done += batch.length
    const none = { done: 0, total: null }
    onProgress?.({
      phase: 'index',
      files: { done, total: tasks.length },
      chunks: { done: cut.chunks, total: null },
      bytes: none,
    })
  }
  return cut
}

async function noteNewTexts(
  documents: readonly PreparedDocument[],
  texts: Cut['texts'],
  parts: IndexingParts,
  collection: string,
): Promise<void> {
  for (const [side, group] of Map.groupBy(documents, (document) => sideParts(parts, document.side))) {
    const noted = texts.get(side) ?? new Map<string, string>()
    texts.set(side, noted)
    const chunks = group.flatMap((document) => document.chunks).filter(({ embeddingHash }) => !noted.has(embeddingHash))
    const hashes = [...new Set(chunks.map(({ embeddingHash }) => embeddingHash))]
    const stored = side.embedding
      ? await parts.records.vectorsByHash(collection, side.embedding.fingerprint, hashes)
      : new Map()
    for (const { embeddingHash, embeddingText } of chunks) {
      if (!stored.has(embeddingHash)) noted.set(embeddingHash, embeddingText)
    }
  }
}

/** Of two models the times add up: they share the machine's cores. */
async function timeOf(texts: Cut['texts'], signal: AbortSignal | undefined) {
  let seconds = 0
  const sample = { kind: 'sample' as const, texts: 0, textsPerSecond: 0 }
  for (const [{ embedding }, noted] of texts) {
    if (noted.size === 0) continue
    const embedder = await embedding?.open().catch(() => null)
    const measured = embedder ? await measureSpeed(embedder, [...noted.values()], signal) : null
    if (measured?.kind !== 'sample') return { basis: { kind: 'no model' as const }, seconds: null }
    seconds += noted.size / measured.textsPerSecond
    sample.texts += measured.texts
  }
  if (sample.texts === 0) return { basis: { kind: 'nothing to embed' as const }, seconds: 0 }
  return { basis: { ...sample, textsPerSecond: countTexts(texts) / seconds }, seconds }
}

function countTexts(texts: Cut['texts']): number {
  return [...texts.values()].reduce((sum, { size }) => sum + size, 0)
}
