import { readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { loadConfiguration } from '../../src/compose/configuration.ts'
import { openParts } from '../../src/compose/parts.ts'
import type { EvaluationReport } from '../../src/evaluation/evaluate.ts'
import { invoke } from '../../src/operations/operation.ts'
import { operations } from '../../src/operations/table.ts'
import { saveRun } from '../support/run.ts'

// Judges search on every data set of a folder, in every mode, and saves the figures.
//   npm run bench:retrieval -- [--sets med,xquad-en] [--model NAME]

const MODES = ['vector', 'lexical', 'hybrid'] as const

interface Row extends EvaluationReport {
  set: string
  mode: (typeof MODES)[number]
}

async function main(): Promise<void> {
  const { sets, model } = readArguments(process.argv.slice(2))
  const assets = resolve(process.env.SEMDEX_TEST_ASSETS ?? '../shared')
  const folder = join(assets, 'data/retrieval')
  const parts = openParts(loadConfiguration({}), { mode: 'threads' })
  const rows: Row[] = []
  for (const set of sets ?? readdirSync(folder).sort()) {
    for (const mode of MODES) {
      const input = { folder: join(folder, set), mode, ...(model && { model }) }
      rows.push({ set, mode, ...(await invoke(await operations.eval(), parts, input)) })
      print(rows.slice(-1))
    }
  }
  await parts.close()
  print(means(rows))
  saveRun('retrieval', { model: model ?? 'default', rows })
}

function readArguments(words: string[]): { sets: string[] | null; model: string | null } {
  const after = (flag: string) => (words.includes(flag) ? (words[words.indexOf(flag) + 1] ?? null) : null)
  return { sets: after('--sets')?.split(',') ?? null, model: after('--model') }
}

function means(rows: readonly Row[]): Pick<Row, 'set' | 'mode' | 'ndcg@10'>[] {
  return MODES.map((mode) => {
    const values = rows.filter((row) => row.mode === mode).map((row) => row['ndcg@10'])
    return { set: 'mean', mode, 'ndcg@10': values.reduce((sum, value) => sum + value, 0) / values.length }
  })
}

function print(rows: readonly Pick<Row, 'set' | 'mode' | 'ndcg@10'>[]): void {
  for (const row of rows)
    process.stdout.write(`${row.set.padEnd(10)} ${row.mode.padEnd(8)} nDCG@10 ${row['ndcg@10'].toFixed(4)}\n`)
}

await main()
