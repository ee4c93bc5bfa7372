import { runCalmly } from '../support/cpu.ts'
import { type Spread, spreadOf } from '../support/spread.ts'
import type { Child } from './child.ts'
import { CONTENDERS, type Contender, describeOptions, type Options, optionsToTry } from './contenders.ts'
import { type Bench, loadChild } from './measure.ts'
import type { Workload } from './workloads.ts'

export interface SweepRow {
  peer: string
  options: Options
  /** Milliseconds for one text. */
  spread: Spread
}

interface Trial {
  contender: Contender
  options: Options
  child: Child
  times: number[]
}

/** Tries every peer with the options that its documentation offers, on few texts; the fastest of each peer first. */
export async function sweep(name: string, workload: Workload, peers: readonly string[], runs: number, bench: Bench) {
  const trials: Trial[] = []
  try {
    for (const contender of CONTENDERS) {
      if (contender.best && peers.includes(contender.peer))
        trials.push(...(await openTrials(contender, workload, bench)))
    }
    for (let round = 0; round < runs; round++) {
      for (const trial of trials) {
        process.stderr.write(`${name}: ${trial.contender.name}, ${describeOptions(trial.options)}\n`)
        trial.times.push(await time(name, workload, trial, bench))
      }
    }
  } finally {
    for (const child of new Set(trials.map((trial) => trial.child))) await child.close()
  }
  const rows = trials.map(({ contender, options, times }): SweepRow => {
    return { peer: contender.peer, options, spread: spreadOf(times) }
  })
  return rows.toSorted((one, other) => one.peer.localeCompare(other.peer) || one.spread.median - other.spread.median)
}

/** Of a saved sweep; null where it has none for this peer. */
export function fastestOptions(rows: readonly SweepRow[], peer: string): Options | null {
  return rows.find((row) => row.peer === peer)?.options ?? null
}

/** One process for all options that differ in batches only. */
async function openTrials(contender: Contender, workload: Workload, bench: Bench): Promise<Trial[]> {
  const children = new Map<string, Child>()
  const trials: Trial[] = []
  for (const options of optionsToTry(contender.peer as never, workload.calls === 'each')) {
    const key = JSON.stringify([options.threads, options.pool ?? 0])
    const child = children.get(key) ?? (await loadChild(contender, options, bench))
    if (!children.has(key)) bench.guard.vectors(contender, (await child.ask('vectors', { workload: 'guard' })).vectors)
    children.set(key, child)
    trials.push({ contender, options, child, times: [] })
  }
  return trials
}

/** With processes that each call starts, the whole workload: on few texts nothing but their start would be timed. */
async function time(name: string, { few, calls }: Workload, { child, contender, options }: Trial, bench: Bench) {
  const limit = options.parallel === undefined ? few : (bench.texts[name]?.length ?? 0)
  const request = { workload: name, limit, options }
  const { value: answer } = await runCalmly(child.group, bench.calm, async () =>
    calls === 'each' ? child.ask('each', request) : child.ask('together', request),
  )
  bench.guard.run(contender, `${name}, ${describeOptions(options)}`, answer.check, limit)
  const spent = Array.isArray(answer.ms) ? answer.ms : [answer.ms]
  return spent.reduce((sum, ms) => sum + ms, 0) / limit
}
