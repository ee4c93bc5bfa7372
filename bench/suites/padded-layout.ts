import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqliteStorage } from '../../src/compose/storage.ts'
import type { Storage } from '../../src/core/parts.ts'
import type { Collection, DocumentWrite } from '../../src/core/ports/record-store.ts'
import { type Side, type SideModel, sideModel, type VectorLayout } from '../../src/core/sides.ts'
import { saveRun } from '../support/run.ts'

// Size and search time of a collection with two models: an index for each, and one for both with padded vectors.
//   npm run bench:padded-layout -- [--text 6000] [--code 2000]

const TEXT: SideModel = { model: null, fingerprint: 'text', dimensions: 1_024 }
const CODE: SideModel = { model: null, fingerprint: 'code', dimensions: 1_536 }
const QUERIES = 15
const BATCH = 500

interface Measured {
  layout: VectorLayout
  mebibytes: number
  fillSeconds: number
  /** Milliseconds of a search for the nearest 10 of one side: the least and the median. */
  textLeast: number
  textMedian: number
  codeLeast: number
  codeMedian: number
}

async function main(): Promise<void> {
  const counts = { text: numberAfter('--text', 6_000), code: numberAfter('--code', 2_000) }
  const rows: Measured[] = []
  for (const layout of ['native', 'padded'] as const) {
    rows.push(await measure(layout, counts))
    process.stdout.write(`${JSON.stringify(rows.at(-1))}\n`)
  }
  saveRun('padded-layout', { ...counts, textDimensions: TEXT.dimensions, codeDimensions: CODE.dimensions, rows })
}

async function measure(layout: VectorLayout, counts: Record<Side, number>): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), 'semdex-padded-'))
  const file = join(folder, 'semdex.db')
  const storage = await openSqliteStorage({ file, mode: 'inline', synchronous: 'normal' })
  const collection = await storage.records.createCollection({ name: 'a', ...TEXT, code: CODE, layout })
  const began = performance.now()
  for (const side of ['text', 'code'] as const) await fill(storage, collection, side, counts[side])
  const fillSeconds = (performance.now() - began) / 1_000
  const text = await searchTimes(storage, collection, 'text')
  const code = await searchTimes(storage, collection, 'code')
  await storage.close()
  const mebibytes = statSync(file).size / 2 ** 20
  rmSync(folder, { recursive: true, force: true })
  return {
    ...{ layout, mebibytes: round(mebibytes), fillSeconds: round(fillSeconds) },
    ...{ textLeast: round(text[0]), textMedian: round(text[QUERIES >> 1]) },
    ...{ codeLeast: round(code[0]), codeMedian: round(code[QUERIES >> 1]) },
  }
}

async function fill({ records }: Storage, collection: Collection, side: Side, count: number): Promise<void> {
  for (let start = 0; start < count; start += BATCH) {
    const documents = Array.from({ length: Math.min(BATCH, count - start) }, (_, n) =>
      document(`${side}-${start + n}`, side, randomVector(start + n, sideModel(collection, side).dimensions)),
    )
    for (const result of await records.putDocuments('a', documents)) if (!result.ok) throw result.error
  }
}

function document(id: string, side: Side, vector: Float32Array): DocumentWrite {
  const place = { start: 0, end: id.length, lines: [1, 1] as [number, number], heading: [], symbol: null }
  return {
    ...{ id, side, text: id, title: null, format: 'text', metadata: {}, contentHash: id, chunkingFingerprint: '' },
    chunks: [{ place, embeddingHash: id, vector }],
  }
}

/** Ascending, in milliseconds. */
async function searchTimes(storage: Storage, collection: Collection, side: Side): Promise<number[]> {
  const model = sideModel(collection, side)
  const index = storage.vectorIndex(collection, model)
  const times: number[] = []
  for (let n = 0; n < QUERIES; n++) {
    const query = randomVector(1e6 + n, model.dimensions)
    const began = performance.now()
    await index.search(query, { limit: 10 })
    times.push(performance.now() - began)
  }
  return times.sort((a, b) => a - b)
}

/** Unit length, the same for the same seed. */
function randomVector(seed: number, dimensions: number): Float32Array {
  let state = (seed * 2_654_435_761) >>> 0 || 1
  const vector = new Float32Array(dimensions)
  for (let i = 0; i < dimensions; i++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    vector[i] = state / 2 ** 31
  }
  const length = Math.hypot(...vector)
  return vector.map((value) => value / length)
}

function round(value = 0): number {
  return Math.round(value * 100) / 100
}

function numberAfter(flag: string, initial: number): number {
  const at = process.argv.indexOf(flag)
  return at === -1 ? initial : Number(process.argv[at + 1])
}

await main()
