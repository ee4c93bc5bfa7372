import { hash } from 'node:crypto'
import type { ChunkRecord } from '../../core/documents.ts'
import type { RecordStore } from '../../core/ports/record-store.ts'
import type { WaitingChunk, WaitingStore } from '../../core/ports/waiting-store.ts'

/** Chunks that are embedded by one call and committed together. */
export interface DueGroup {
  /** Each text once, with the chunks that it is the text of. */
  items: DueText[]
  /** The vectors that the collection has of these texts already, by hash; the other texts are to be embedded. */
  stored: ReadonlyMap<string, Float32Array>
}

export interface DueText {
  text: string
  embeddingHash: string
  chunks: WaitingChunk[]
}

export interface DueSource {
  records: RecordStore
  waiting: WaitingStore
  collection: string
  fingerprint: string
  /** What the model reads of a chunk. */
  textOf: (chunk: ChunkRecord) => string
  /** Milliseconds since 1970: what is due then. */
  at: number
}

/** Texts of a commit: a kill costs the embedding of no more. */
const GROUP = 32
/** Chunks that are looked at together: enough that texts of one length meet, which is what batches of a model fill with. */
const WINDOW = 512
/** The first are few, so that the model has something to read at once. */
const FIRST_WINDOW = 128

/**
 * The chunks that are due, in the order of their keys window by window, and within a window by length, longest first. One whose
 * last try failed comes alone: it may be what its group failed for.
 */
export async function* dueGroups(source: DueSource): AsyncGenerator<DueGroup, void> {
  const { waiting, collection, fingerprint, at } = source
  for (let [after, limit] = [0, FIRST_WINDOW]; ; limit = WINDOW) {
    const chunks = await waiting.waitingChunks(collection, fingerprint, { after, limit, at })
    const last = chunks.at(-1)
    if (last === undefined) return
    const texts = distinctTexts(chunks, source)
    const hashes = texts.map(({ embeddingHash }) => embeddingHash)
    const stored = await source.records.vectorsByHash(collection, fingerprint, hashes)
    for (const items of groupsOf(texts)) yield { items, stored }
    if (chunks.length < limit) return
    after = last.key
  }
}

function distinctTexts(chunks: readonly WaitingChunk[], { textOf }: DueSource): DueText[] {
  const texts = new Map<string, DueText>()
  for (const chunk of chunks) {
    const text = textOf(chunk)
    const embeddingHash = hash('sha256', text)
    const known = texts.get(embeddingHash)
    if (known) known.chunks.push(chunk)
    else texts.set(embeddingHash, { text, embeddingHash, chunks: [chunk] })
  }
  return [...texts.values()].sort((a, b) => b.text.length - a.text.length)
}

function* groupsOf(texts: readonly DueText[]): Generator<DueText[]> {
  const [tried, fresh] = [texts.filter(wasTried), texts.filter((text) => !wasTried(text))]
  for (let from = 0; from < fresh.length; from += GROUP) yield fresh.slice(from, from + GROUP)
  for (const text of tried) yield [text]
}

function wasTried({ chunks }: DueText): boolean {
  return chunks.some(({ attempts }) => attempts > 0)
}
