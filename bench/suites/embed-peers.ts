import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { CONTENDERS, type Contender } from '../peers/contenders.ts'
import { installedVersions, PEERS, prepareModel } from '../peers/environments.ts'
import { openGuard } from '../peers/guard.ts'
import { type Bench, measure } from '../peers/measure.ts'
import { ratiosOf } from '../peers/ratios.ts'
import { printPart, printSweep, readSaved, savePart, saveSweep } from '../peers/report.ts'
import { fastestOptions, sweep } from '../peers/sweep.ts'
import { readTexts, WORKLOADS, type Workload } from '../peers/workloads.ts'

// How fast Semdex embeds beside other libraries with the same model; npm run bench:peers-setup comes first.
//   npm run bench:embed-peers -- [--runs 15] [--workload long,short] [--only semdex,fastembed] [--without name] [--sweep]
//     [--calm 0.1] [--few]
// Each workload is saved as soon as it is measured, as a part of its own; with --only or --few nothing is.
// --calm: runs during which other processes used more cores than this are done again. --few: a part of the texts.

const { values: flags } = parseArgs({
  options: {
    runs: { type: 'string' },
    workload: { type: 'string', default: Object.keys(WORKLOADS).join() },
    only: { type: 'string' },
    without: { type: 'string', default: '' },
    calm: { type: 'string', default: 'Infinity' },
    few: { type: 'boolean', default: false },
    sweep: { type: 'boolean', default: false },
  },
})
const installed = Object.fromEntries(PEERS.map((peer) => [peer, installedVersions(peer)]))
const versions = Object.fromEntries(Object.entries(installed).filter(([, found]) => found)) as Record<
  string,
  Record<string, string>
>
const isSaved = flags.only === undefined && !flags.few
const names = flags.workload.split(',')
const unknown = names.find((name) => !WORKLOADS[name])
if (unknown !== undefined) throw new Error(`no workload ${unknown}; there are ${Object.keys(WORKLOADS)}`)

const home = mkdtempSync(join(tmpdir(), 'semdex-bench-'))
process.once('exit', () => rmSync(home, { recursive: true, force: true }))
const bench = await openBench()
for (const name of names) await (flags.sweep ? runSweep : runWorkload)(name, WORKLOADS[name] as Workload, bench)

async function openBench(): Promise<Bench> {
  const all = await readTexts()
  const texts = Object.fromEntries(
    Object.entries(all).map(([name, list]) => [name, flags.few ? list.slice(0, WORKLOADS[name]?.few) : list]),
  )
  const textsFile = join(home, 'texts.json')
  writeFileSync(textsFile, JSON.stringify(texts))
  return {
    guard: await openGuard(texts.guard ?? []),
    texts,
    textsFile,
    model: prepareModel(),
    home,
    calm: Number(flags.calm),
  }
}

async function runWorkload(name: string, workload: Workload, bench: Bench): Promise<void> {
  const runs = Number(flags.runs ?? 15)
  const swept = readSaved().sweeps[workload.sweep]?.rows ?? []
  const entries = CONTENDERS.filter(isThere).map((contender) => ({
    contender,
    options: (contender.best && fastestOptions(swept, contender.peer)) || contender.options,
  }))
  const rows = await measure(name, workload, entries, runs, bench)
  const part = { summary: workload.summary, runs, rows, ratios: ratiosOf(rows, workload), missing: missing() }
  printPart(name, workload, part)
  if (isSaved) savePart(name, part, versions)
}

async function runSweep(name: string, workload: Workload, bench: Bench): Promise<void> {
  if (workload.sweep !== name) return
  const runs = Number(flags.runs ?? 3)
  const peers = CONTENDERS.filter(isThere).map(({ peer }) => peer)
  const rows = await sweep(name, workload, peers, runs, bench)
  printSweep(name, rows)
  if (isSaved) saveSweep(name, runs, rows, versions)
}

function isThere({ name, peer }: Contender): boolean {
  if (flags.without.split(',').includes(name)) return false
  return (peer === 'semdex' || installed[peer] !== null) && (flags.only?.split(',').includes(name) ?? true)
}

function missing(): Record<string, string> {
  const absent = PEERS.filter((peer) => installed[peer] === null)
  const left = flags.without.split(',').filter(Boolean)
  return Object.fromEntries([
    ...absent.map((peer) => [peer, 'not installed: npm run bench:peers-setup says why']),
    ...left.map((name) => [name, 'left out of this run for its length; the sweep has its time']),
  ])
}
