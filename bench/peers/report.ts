import { readFileSync } from 'node:fs'
import { fromRepository } from '../../scripts/support/paths.ts'
import { describeRun, saveRun } from '../support/run.ts'
import type { Spread } from '../support/spread.ts'
import { describeOptions } from './contenders.ts'
import type { Row } from './measure.ts'
import type { Ratio } from './ratios.ts'
import type { SweepRow } from './sweep.ts'
import type { Workload } from './workloads.ts'

const NAME = 'embed-peers'

type Provenance = ReturnType<typeof describeRun>

/** One workload, measured at one time; parts of several times stand in one file. */
export interface Part extends Provenance {
  summary: string
  runs: number
  rows: Row[]
  ratios: Ratio[]
  /** Peers that were not measured, with the reason. */
  missing: Record<string, string>
}

export interface Saved {
  versions: Record<string, Record<string, string>>
  parts: Record<string, Part>
  sweeps: Record<string, Provenance & { runs: number; rows: SweepRow[] }>
}

/** What is saved so far; parts and sweeps that are measured again replace theirs alone. */
export function readSaved(): Saved {
  try {
    return JSON.parse(readFileSync(fromRepository(`bench/runs/${NAME}.json`), 'utf8')).result
  } catch {
    return { versions: {}, parts: {}, sweeps: {} }
  }
}

export function savePart(workload: string, part: Omit<Part, keyof Provenance>, versions: Saved['versions']): void {
  const saved = readSaved()
  const parts = { ...saved.parts, [workload]: { ...describeRun(), ...part } }
  saveRun(NAME, { ...saved, versions: { ...saved.versions, ...versions }, parts })
}

export function saveSweep(workload: string, runs: number, rows: SweepRow[], versions: Saved['versions']): void {
  const saved = readSaved()
  const sweeps = { ...saved.sweeps, [workload]: { ...describeRun(), runs, rows } }
  saveRun(NAME, { ...saved, versions: { ...saved.versions, ...versions }, sweeps })
}

export function printPart(name: string, workload: Workload, { rows, ratios, missing }: Omit<Part, keyof Provenance>) {
  const figures = Object.keys(rows[0]?.spread ?? {})
  print(`\n${name}: ${workload.summary}`)
  printTable([
    ['', 'runtime', 'precision', 'options', ...figures.map((figure) => `${figure} (quartiles)`)],
    ...rows.map(({ name, runtime, precision, options, spread }) => [
      name,
      runtime,
      precision,
      describeOptions(options),
      ...figures.map((figure) => describeSpread(spread[figure] as Spread)),
    ]),
  ])
  for (const { against, role, ratio, aim, met } of ratios) {
    const verdict = aim === null ? '' : `, aim ${aim}: ${met ? 'met' : 'not met'}`
    print(`semdex ÷ ${against}${role === 'fastest' ? ', the fastest peer' : ''}: ${describeSpread(ratio)}${verdict}`)
  }
  const busy = Math.max(...rows.map(({ spread }) => spread.othersBusy?.median ?? 0))
  if (busy > BUSY) print(`other processes used up to ${busy} cores (median): these ratios are not to be relied on`)
  for (const [peer, reason] of Object.entries(missing)) print(`not measured: ${peer} (${reason})`)
}

/** Cores. */
const BUSY = 0.1

export function printSweep(name: string, rows: readonly SweepRow[]): void {
  print(`\n${name}: milliseconds for one text, fastest first`)
  printTable(rows.map(({ peer, options, spread }) => [peer, describeOptions(options), describeSpread(spread)]))
}

function describeSpread({ median, low, high }: Spread): string {
  return `${median} (${low} to ${high})`
}

function printTable(rows: readonly string[][]): void {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  for (const row of rows)
    print(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
