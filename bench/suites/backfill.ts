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
// texts in one call and keeps nothing. The two take turns, and who is first alternates; each run has a database of its own.
//   npm run bench:backfill -- [runs] [texts]

const AIM = 0.95
const WORKERS = 2
const runs = Number(process.argv[2] ?? 7)
const most = Number(process.argv[3] ?? 2_600)
/** One passage each, so that both embed the same. */
const CHARACTERS = 600
const all = await readTexts()
const texts = [
  ...new Set([...(all.long ?? []), ...(all.short ?? [])].map((text) => text.slice(0, CHARACTERS).trim())),
].slice(0, most)

const times: Record<'bare' | 'backfill', number[]> = { bare: [], backfill: [] }
for (let run = -1; run < runs; run++) {
  const order = run % 2 === 0 ? (['bare', 'backfill'] as const) : (['backfill', 'bare'] as const)
  const took = await measure(order)
  if (run >= 0) for (const who of order) times[who].push(took[who])
}
const rate = (milliseconds: number) => texts.length / (milliseconds / 1_000)
const ratio = spreadOf(times.backfill.map((own, run) => (times.bare[run] as number) / own))
const rates = { bare: spreadOf(times.bare.map(rate)), backfill: spreadOf(times.backfill.map(rate)) }
process.stdout.write(
  `${rates.backfill.median} chunks a second of ${rates.bare.median}: ${(100 * ratio.median).toFixed(1)} % (aim ${100 * AIM} %)\n`,
)
const met = ratio.median >= AIM
saveRun('backfill', { texts: texts.length, workers: WORKERS, runs, aim: AIM, met, chunksPerSecond: rates, ratio })

/** Milliseconds of each. */
async function measure(order: readonly ('bare' | 'backfill')[]): Promise<Record<'bare' | 'backfill', number>> {
  const folder = mkdtempSync(join(tmpdir(), 'semdex-backfill-'))
  const flags = { database: join(folder, 'semdex.db'), workers: WORKERS, threads: 1, resultCache: 0, backfill: 'off' }
  const parts = openParts(loadConfiguration({ flags: flags as never, environment: {} }), { mode: 'threads' })
  await store(parts)
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

async function store(parts: Parts): Promise<void> {
  const documents = texts.map((text, i) => ({ id: `text-${i}`, text, side: 'text' as const }))
  const answer = await invoke(await operations.add(), parts, { documents, wait: false })
  const { pending, failed } = answer
  if (failed > 0 || pending !== texts.length) throw new Error(`${pending} passages of ${texts.length} texts wait`)
}
