import { hash } from 'node:crypto'
import { mkdirSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { SemdexError } from '../../src/core/errors.ts'
import type { Embedder, EmbedResult } from '../../src/core/ports/embedder.ts'
import type { RecordStore } from '../../src/core/ports/record-store.ts'
import { portablePath } from '../../src/core/text.ts'
import { noMetrics } from '../../src/embedding/timings.ts'
import { approximateCounter } from '../../src/ingestion/chunkers/approximate-counter.ts'
import { createChunker } from '../../src/ingestion/chunkers/chunker.ts'
import { chunkingFingerprint } from '../../src/ingestion/chunkers/fingerprint.ts'
import type { IndexingParts } from '../../src/ingestion/parts.ts'
import { openSqliteRecords } from '../../src/records/sqlite/store.ts'
import { openPool } from '../../src/sqlite/pool.ts'

export const DIMENSIONS = 4
export const FINGERPRINT = 'hash-vectors'

/** A new folder; its path is real and portable. */
export function temporaryFolder(): string {
  return portablePath(realpathSync(mkdtempSync(join(tmpdir(), 'semdex-ingestion-'))))
}

export function putFiles(folder: string, files: Record<string, string | Uint8Array>): void {
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, content)
  }
}

export async function openTestRecords(file: string): Promise<RecordStore> {
  const thread = new URL('./ingestion-storage.ts', import.meta.url)
  return openSqliteRecords(
    await openPool({ thread, load: () => import('./ingestion-storage.ts') }, { file, mode: 'inline' }),
  )
}

/** Parts whose embedder derives a vector from a digest of the text, so that a test can say which vector a text has. */
export interface TestParts extends IndexingParts {
  /** What the embedder was asked for, in order. */
  readonly embedded: string[]
  /** How often the chunker and the embedder were opened. */
  readonly opened: { chunker: number; embedder: number }
  /** Set to make the embedder fail: to open, for some texts, or for a call. */
  failure: { open?: SemdexError; text?: (text: string) => SemdexError | null; call?: SemdexError }
}

/** `model`: what its vectors are of, and their length, 16 at most. */
export function testParts(
  records: RecordStore,
  settings = { maxTokens: 40, overlapTokens: 8 },
  model = { fingerprint: FINGERPRINT, dimensions: DIMENSIONS },
): TestParts {
  const parts: TestParts = {
    records,
    embedded: [],
    opened: { chunker: 0, embedder: 0 },
    failure: {},
    code: null,
    chunking: {
      fingerprint: chunkingFingerprint(settings, approximateCounter.id),
      async open() {
        parts.opened.chunker++
        return createChunker(approximateCounter, settings)
      },
    },
    embedding: {
      fingerprint: model.fingerprint,
      async open() {
        parts.opened.embedder++
        if (parts.failure.open) throw parts.failure.open
        return hashEmbedder(parts, model)
      },
    },
  }
  return parts
}

export function hashVector(text: string, dimensions = DIMENSIONS): Float32Array {
  const digest = hash('sha256', text, 'buffer')
  const vector = Float32Array.from({ length: dimensions }, (_, i) => digest.readInt16LE(i * 2) + 0.5)
  const length = Math.hypot(...vector)
  return vector.map((x) => x / length)
}

function hashEmbedder(
  parts: TestParts,
  { fingerprint, dimensions }: { fingerprint: string; dimensions: number },
): Embedder {
  return {
    spec: {} as Embedder['spec'],
    fingerprint,
    async embed(texts: readonly string[], { signal }): Promise<EmbedResult[]> {
      await new Promise(setImmediate)
      if (signal?.aborted) throw new SemdexError('ABORTED', { message: 'The operation was aborted.' })
      if (parts.failure.call) throw parts.failure.call
      parts.embedded.push(...texts)
      return texts.map((text) => {
        const error = parts.failure.text?.(text)
        return error
          ? { ok: false, error }
          : { ok: true, vector: hashVector(text, dimensions), tokens: 1, truncated: false }
      })
    },
    metrics: noMetrics,
    close: async () => undefined,
  }
}
