import { measureSpeed, type SpeedBasis } from '../core/embedding-speed.ts'
import { type Looked, prepareBatches, type Task } from './batches.ts'
import { type IndexOptions, openCollection, planFolder, walkRoot } from './index-folder.ts'
import type { IndexingParts } from './parts.ts'
import type { PreparedChunk } from './prepare.ts'
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
  const cut = tasks.length > 0 ? await cutAll(tasks, parts, options) : { chunks: 0, unchanged: 0, texts: [] }
  const cutting = (performance.now() - begun) / 1_000
  const { basis, seconds } = await timeOf(cut.texts, parts, options.signal)
  return {
    root: found.root,
    collection: collection.name,
    files: tasks.length - cut.unchanged,
    deleted: plan.gone.length,
    unchanged: plan.unchanged.length - plan.binary + cut.unchanged,
    skipped: found.skipped,
    chunks: cut.chunks,
    toEmbed: cut.texts.length,
    bytes: tasks.reduce((total, { file }) => total + file.size, 0),
    seconds: seconds === null ? null : seconds + cutting,
    basis,
  }
}

interface Cut {
  chunks: number
  unchanged: number
  texts: string[]
}

async function cutAll(tasks: Task[], parts: IndexingParts, options: IndexOptions): Promise<Cut> {
  const chunker = await parts.chunking.open()
  const { maxFileBytes = DEFAULT_MAX_FILE_BYTES, force = false, signal, onProgress } = options
  const settings = { maxFileBytes, force, embeds: parts.embedding !== null, ...(signal && { signal }) }
  const cut: Cut = { chunks: 0, unchanged: 0, texts: [] }
  const seen = new Set<string>()
  let done = 0
  for await (const batch of prepareBatches(tasks, chunker, settings)) {
    const chunks = chunksOf(batch)
    cut.chunks += chunks.length
    cut.unchanged += batch.filter(({ outcome }) => outcome.kind === 'same').length
    cut.texts.push(...(await newTexts(chunks, seen, parts, options.collection)))
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

function chunksOf(batch: readonly Looked[]): PreparedChunk[] {
  return batch.flatMap(({ outcome }) => (outcome.kind === 'write' ? outcome.document.chunks : []))
}

async function newTexts(chunks: PreparedChunk[], seen: Set<string>, parts: IndexingParts, collection: string) {
  const { records, embedding } = parts
  const fresh = new Map(chunks.map(({ embeddingHash, embeddingText }) => [embeddingHash, embeddingText]))
  for (const hash of fresh.keys()) if (seen.has(hash)) fresh.delete(hash)
  for (const hash of fresh.keys()) seen.add(hash)
  const stored = embedding
    ? await records.vectorsByHash(collection, embedding.fingerprint, [...fresh.keys()])
    : new Map()
  return [...fresh].filter(([hash]) => !stored.has(hash)).map(([, text]) => text)
}

async function timeOf(texts: readonly string[], { embedding }: IndexingParts, signal: AbortSignal | undefined) {
  if (texts.length === 0) return { basis: { kind: 'nothing to embed' as const }, seconds: 0 }
  const embedder = await embedding?.open().catch(() => null)
  const basis = embedder ? await measureSpeed(embedder, texts, signal) : { kind: 'no model' as const }
  return { basis, seconds: basis.kind === 'sample' ? texts.length / basis.textsPerSecond : null }
}
