import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadConfiguration } from '../../src/compose/configuration.ts'
import { openParts } from '../../src/compose/parts.ts'
import type { Configuration } from '../../src/core/configuration.ts'
import type { Parts } from '../../src/core/parts.ts'
import type { DocumentWrite } from '../../src/core/ports/record-store.ts'
import { portablePath } from '../../src/core/text.ts'

export interface TestParts {
  folder: string
  database: string
  /** Opened when they are first asked for. */
  readonly parts: Parts
  warnings: string[]
  /** Closes what is open; the next use opens the database again. */
  reopen(flags?: Partial<Configuration>): Promise<Parts>
  remove(): Promise<void>
}

/** A database in a temporary folder, in threads as a server has it, without a model. */
export function openTestParts(flags: Partial<Configuration> = {}): TestParts {
  const folder = portablePath(realpathSync(mkdtempSync(join(tmpdir(), 'semdex-upkeep-'))))
  const database = `${folder}/data/semdex.db`
  mkdirSync(`${folder}/data`)
  const warnings: string[] = []
  const open = (more: Partial<Configuration>) => {
    const own = { database, cacheDirectory: `${folder}/cache`, embeddings: false }
    const resolved = loadConfiguration({ flags: { ...own, ...flags, ...more }, environment: {} })
    return openParts(resolved, { mode: 'threads', onWarning: (message) => warnings.push(message) })
  }
  let parts = open({})
  return {
    folder,
    database,
    get parts() {
      return parts
    },
    warnings,
    async reopen(more = {}) {
      await parts.close()
      parts = open(more)
      return parts
    },
    async remove() {
      await parts.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export const DIMENSIONS = 8

/** Documents of two chunks with vectors, of ids from a number on. */
export function documentsFrom(first: number, count: number): DocumentWrite[] {
  return Array.from({ length: count }, (_, i) => {
    const n = first + i
    const text = `apple number ${n} \ud800\nbanana\0 number ${n}`
    const half = text.indexOf('\n')
    return {
      id: `d${n}`,
      title: `Fruit ${n}`,
      format: 'text' as const,
      text,
      metadata: { n },
      contentHash: `hash ${n}`,
      chunkingFingerprint: 'chunker',
      chunks: [
        [0, half],
        [half + 1, text.length],
      ].map(([start = 0, end = 0], at) => ({
        place: { start, end, lines: [at + 1, at + 1] as [number, number], heading: [], symbol: null },
        embeddingHash: `${n} ${at}`,
        vector: vectorOf(n * 2 + at),
      })),
    }
  })
}

function vectorOf(n: number): Float32Array {
  const vector = Float32Array.from({ length: DIMENSIONS }, (_, i) => Math.sin(n * 1.7 + i * i + 1))
  const length = Math.hypot(...vector)
  return vector.map((x) => x / length)
}

/** A collection of own vectors, `own`. */
export async function fill(parts: Parts, count: number): Promise<void> {
  const { records } = await parts.storage()
  await records.createCollection({ name: 'own', model: null, fingerprint: 'fingerprint', dimensions: DIMENSIONS })
  for (let first = 0; first < count; first += 100) {
    await records.putDocuments('own', documentsFrom(first, Math.min(100, count - first)))
  }
}
