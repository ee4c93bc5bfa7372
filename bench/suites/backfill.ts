import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadConfiguration } from '../../src/compose/configuration.ts'
import { openParts } from '../../src/compose/parts.ts'
import type { Parts } from '../../src/core/parts.ts'
import { backfill } from '../../src/operations/backfill/backfill.ts'
import { invoke } from '../../src/operations/operation.ts'
import { operations } from '../../src/operations/table.ts'
import { readTexts } from '../peers/workloads.ts'
import { saveRun } from '../support/run.ts'
import { spreadOf } from '../support/spread.ts'

// How fast the backfill embeds what waits in a database, commits included, against the same embedder that is given the same
// texts in one call and keeps nothing: passages of some 600 characters, and one-liners, which the model reads in a quarter of
// the time and which cost as much to store. The two take turns, and who is first alternates; each run has a database of its own.
//   npm run bench:backfill -- [runs]

const AIM = 0.95
const WORKERS = 2
const runs = Number(process.argv[2] ?? 7)
/** One passage each, so that both embed the same. */
const CHARACTERS = 600
const all = await readTexts()
const workloads = { passages: distinct((all.long ?? []).flatMap(passagesOf)), 'one-liners': distinct(all.short ?? []) }

const results = []
for (const [workload, texts] of Object.entries(workloads)) results.push(await compare(workload, texts))
for (const { workload, chunksPerSecond, ratio } of results) {
  const { backfill: own, bare } = chunksPerSecond
  process.stdout.write(
    `${workload}: ${own.median} chunks a second of ${bare.median}: ${(100 * ratio.median).toFixed(1)} % (aim ${100 * AIM} %)\n`,
  )
}
saveRun('backfill', { workers: WORKERS, runs, aim: AIM, results })

function passagesOf(text: string): string[] {
  const count = Math.ceil(text.length / CHARACTERS)
  return Array.from({ length: count }, (_, i) => text.slice(i * CHARACTERS, (i + 1) * CHARACTERS))
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts.map((text) => text.slice(0, CHARACTERS).trim()).filter(Boolean))]
}

async function compare(workload: string, texts: readonly string[]) {
  const times: Record<'bare' | 'backfill', number[]> = { bare: [], backfill: [] }
  for (let run = -1; run < runs; run++) {
    const order = run % 2 === 0 ? (['bare', 'backfill'] as const) : (['backfill', 'bare'] as const)
    const took = await measure(texts, order)
    if (run >= 0) for (const who of order) times[who].push(took[who])
  }
  const rate = (milliseconds: number) => texts.length / (milliseconds / 1_000)
  const ratio = spreadOf(times.backfill.map((own, run) => (times.bare[run] as number) / own))
  const chunksPerSecond = { bare: spreadOf(times.bare.map(rate)), backfill: spreadOf(times.backfill.map(rate)) }
  return { workload, texts: texts.length, met: ratio.median >= AIM, chunksPerSecond, ratio }
}

/** Milliseconds of each. */
async function measure(
  texts: readonly string[],
  order: readonly ('bare' | 'backfill')[],
): Promise<Record<'bare' | 'backfill', number>> {
  const folder = mkdtempSync(join(tmpdir(), 'semdex-backfill-'))
  const flags = { database: join(folder, 'semdex.db'), workers: WORKERS, threads: 1, resultCache: 0, backfill: 'off' }
  const parts = openParts(loadConfiguration({ flags: flags as never, environment: {} }), { mode: 'threads' })
  await store(parts, texts)
  const embedder = await parts.models.embedder(null)
  // Both workers are loaded.
  await embedder.embed(texts.slice(0, 64), { kind: 'passage' })
  const turns = {
    bare: async () => void (await embedder.embed(texts, { kind: 'passage' })),
    async backfill() {
      const { filled } = await invoke(backfill, parts, {})
      if (filled !== texts.length) throw new Error(`${filled} of ${texts.length} were filled`)
    },
  }
  const took = { bare: 0, backfill: 0 }
  for (const who of order) {
    const began = performance.now()
    await turns[who]()
    took[who] = performance.now() - began
  }
  await parts.close()
  rmSync(folder, { recursive: true, force: true })
  return took
}

async function store(parts: Parts, texts: readonly string[]): Promise<void> {
  const documents = texts.map((text, i) => ({ id: `text-${i}`, text, side: 'text' as const }))
  const answer = await invoke(await operations.add(), parts, { documents, wait: false })
  const { pending, failed } = answer
  if (failed > 0 || pending !== texts.length) throw new Error(`${pending} passages of ${texts.length} texts wait`)
}
