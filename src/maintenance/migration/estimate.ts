import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { ChunkRecord } from '../../core/documents.ts'
import { measureSpeed, type SpeedBasis } from '../../core/embedding-speed.ts'
import type { Storage } from '../../core/parts.ts'
import type { Embedder, TokenCounter } from '../../core/ports/embedder.ts'
import type { ModelMigration } from '../../core/ports/migration-store.ts'
import type { Side, SideModel } from '../../core/sides.ts'
import { countSides, sampleChunks } from './sample.ts'
import { movedSides, type Target } from './target.ts'

/** What moving a side to another model would take. Nothing is written. */
export interface MigrationEstimate {
  collection: string
  side: Side
  from: SideModel
  to: SideModel
  /** Of the active documents that move. */
  documents: number
  chunks: number
  /** Texts that the new model has to read, at most: chunks with the same text share their vector. */
  toEmbed: number
  /** Chunks that are longer than the new model reads; their ends are not embedded. Null where they cannot be counted. */
  longer: { chunks: number; sampled: number } | null
  /** Null where no model can be used to measure it. */
  seconds: number | null
  basis: SpeedBasis
  /** Bytes that the new index takes, in the database file and in its write-ahead log while it grows; and those that are free. */
  bytes: number
  freeBytes: number
}

export interface EstimateParts {
  storage: Storage
  /** Null where the new model cannot be used. */
  embedder: Embedder | null
  counter: TokenCounter | null
  /** What the new model reads of a chunk. */
  embeddingText(chunk: ChunkRecord): string
}

/** Counts what there is to do, and embeds some of the very texts to tell how long the rest takes. */
export async function estimateMigration(
  target: Target & { from: SideModel; migration: ModelMigration | null },
  parts: EstimateParts,
  signal?: AbortSignal,
): Promise<MigrationEstimate> {
  const { collection, side, from, to, migration } = target
  const { records } = parts.storage
  const held = await countSides(records, collection.name, movedSides(collection, side), signal)
  const sampled = await sampleChunks(records, collection.name, held)
  const waiting = migration ? await waitingFor(parts.storage, migration) : held.chunks
  const texts = sampled.map(parts.embeddingText)
  const speed = parts.embedder ? await measureSpeed(parts.embedder, waiting > 0 ? texts : [], signal) : NO_MODEL
  const basis = waiting === 0 ? ({ kind: 'nothing to embed' } as const) : speed
  return {
    collection: collection.name,
    side,
    from,
    to,
    documents: held.documents,
    chunks: held.chunks,
    toEmbed: waiting,
    longer: countLonger(texts, held.chunks, parts),
    seconds: secondsFor(waiting, basis),
    basis,
    bytes: bytesFor(waiting, to.dimensions),
    freeBytes: await freeBytes(parts.storage.file),
  }
}

const NO_MODEL: SpeedBasis = { kind: 'no model' }

async function waitingFor({ waiting }: Storage, { collection, new: next }: ModelMigration): Promise<number> {
  const counts = await waiting.countWaiting({ at: Date.now(), collection })
  return counts.find(({ fingerprint }) => fingerprint === next.fingerprint)?.waiting ?? 0
}

function secondsFor(texts: number, basis: SpeedBasis): number | null {
  if (basis.kind === 'no model') return null
  return basis.kind === 'sample' ? texts / basis.textsPerSecond : 0
}

function countLonger(texts: readonly string[], chunks: number, { embedder, counter }: EstimateParts) {
  if (!embedder || !counter || texts.length === 0) return null
  const { maxTokens, prompts } = embedder.spec
  const room = maxTokens - SPECIAL_TOKENS - counter.count(prompts.passage ?? '')
  const longer = texts.filter((text) => counter.count(text) > room).length
  return { chunks: Math.round((chunks * longer) / texts.length), sampled: texts.length }
}

/** Those that tokenizers put around a text, at most. */
const SPECIAL_TOKENS = 2
const FLOAT = 4
/** Bytes of a page of the file that rows can have, and of a row beside its vector. */
const PAGE = 8_192
const ROOM = 8_100
const ROW = 24

/**
 * The elements are kept twice, as the truth and in the index that answers. Beside them are the sums for the mean and the
 * covariance: a triangle of float64.
 */
function bytesFor(vectors: number, dimensions: number): number {
  if (vectors === 0) return 0
  const vector = FLOAT * dimensions
  const row = vector + ROW
  const stored = row > ROOM ? PAGE * Math.ceil(row / ROOM) : PAGE / Math.floor(ROOM / row)
  const sums = (8 * dimensions * (dimensions + 3)) / 2
  return Math.round(vectors * (stored + vector) + sums)
}

async function freeBytes(file: string): Promise<number> {
  const { bavail, bsize } = await statfs(dirname(file))
  return bavail * bsize
}
