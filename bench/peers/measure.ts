import { runCalmly } from '../support/cpu.ts'
import { quantile, type Spread, spreadOf } from '../support/spread.ts'
import { type Child, startChild, timeStart } from './child.ts'
import { type Contender, describeOptions, type Options, programOf } from './contenders.ts'
import type { Guard, Guarded } from './guard.ts'
import type { Workload } from './workloads.ts'

/** What stays the same over a whole measurement. */
export interface Bench {
  guard: Guard
  texts: Record<string, string[]>
  /** Files: the texts as JSON, the model for the peers, and an empty home folder. */
  textsFile: string
  model: string
  home: string
  /** A run during which other processes used more than this many cores is done again, up to 20 times. */
  calm: number
}

export interface Entry {
  contender: Contender
  options: Options
}

/** By figure, such as `textsPerSecond` or `p95`: one run's. */
export type Figures = Record<string, number>

export interface Row {
  name: string
  runtime: string
  precision: string
  options: Options
  /** Least cosines with the model's own vectors. */
  guard: Guarded | null
  spread: Record<string, Spread>
  /** In the order of the rounds. */
  runs: Figures[]
}

/**
 * Runs every contender once before any of them again, in an order that is rotated each round, so that what else the
 * machine does falls on all. A first time on few texts is not counted.
 * @throws {Error} where one fails or does other work than the rest
 */
export async function measure(name: string, workload: Workload, entries: readonly Entry[], runs: number, bench: Bench) {
  const lanes = await openLanes(name, workload, entries, bench)
  try {
    for (let round = 0; round < runs; round++) {
      process.stderr.write(`${name}: round ${round + 1} of ${runs}\n`)
      for (let turn = 0; turn < lanes.length; turn++) {
        const lane = lanes[(round + turn) % lanes.length] as Lane
        const { value, othersBusy } = await runCalmly(lane.group, bench.calm, lane.run)
        lane.row.runs.push({ ...value, othersBusy })
      }
    }
  } finally {
    for (const lane of lanes) await lane.close()
  }
  return lanes.map(({ row }): Row => ({ ...row, spread: spreads(row.runs) }))
}

/** A contender in the middle of a measurement. */
interface Lane {
  row: Row
  group: number | undefined
  run(): Promise<Figures>
  close(): Promise<void>
}

async function openLanes(name: string, workload: Workload, entries: readonly Entry[], bench: Bench): Promise<Lane[]> {
  const lanes: Lane[] = []
  try {
    for (const entry of entries) {
      const open = workload.calls === 'start' ? openStartLane : openWarmLane
      lanes.push(await open(name, workload, entry, bench))
    }
    return lanes
  } catch (error) {
    for (const lane of lanes) await lane.close()
    throw error
  }
}

async function openWarmLane(name: string, workload: Workload, { contender, options }: Entry, bench: Bench) {
  const child = await loadChild(contender, optionsFor(workload, options), bench)
  const { vectors } = await child.ask('vectors', { workload: 'guard' })
  const row = rowOf(contender, options, bench.guard.vectors(contender, vectors))
  const run = (limit?: number) => timeWork(name, workload, child, contender, bench, limit)
  await run(workload.few)
  return { row, group: child.group, run: () => run(), close: () => child.close() }
}

async function openStartLane(name: string, workload: Workload, { contender, options }: Entry, bench: Bench) {
  const program = programOf(contender.peer, bench.home, options)
  const args = [bench.model, JSON.stringify(optionsFor(workload, options)), bench.texts[name]?.[0] as string]
  const run = async (): Promise<Figures> => {
    const { first, whole, vector } = await timeStart(program, args)
    const squares = vector.reduce((sum, x) => sum + x * x, 0)
    bench.guard.run(contender, name, { vectors: 1, squares, sum: vector.reduce((sum, x) => sum + x, 0) }, 1)
    return { whole, first }
  }
  await run()
  return { row: rowOf(contender, options, null), group: undefined, run, close: async () => {} }
}

function rowOf({ name, runtime, precision }: Contender, options: Options, guard: Guarded | null): Row {
  return { name, runtime, precision, options, guard, spread: {}, runs: [] }
}

/** A contender's process with its model loaded. */
export async function loadChild(contender: Contender, options: Options, bench: Bench): Promise<Child> {
  const child = startChild(programOf(contender.peer, bench.home, options))
  try {
    await child.ask('load', { model: bench.model, texts: bench.textsFile, options })
    return child
  } catch (error) {
    await child.close()
    throw new Error(`${contender.name} (${describeOptions(options)}) could not be loaded`, { cause: error })
  }
}

/** Semdex tells a question from a passage. */
function optionsFor({ calls, sweep }: Workload, options: Options): Options {
  return calls === 'start' || sweep === 'query' ? { ...options, kind: 'query' } : options
}

async function timeWork(
  name: string,
  { calls }: Workload,
  child: Child,
  contender: Contender,
  { guard, texts }: Bench,
  limit?: number,
): Promise<Figures> {
  const count = Math.min(limit ?? Number.POSITIVE_INFINITY, texts[name]?.length ?? 0)
  const request = { workload: name, limit: count }
  const each = calls === 'together' ? null : await child.ask('each', request)
  const together = calls === 'each' ? null : await child.ask('together', request)
  if (each) guard.run(contender, `${name}, each`, each.check, count)
  if (together) guard.run(contender, `${name}, together`, together.check, count)
  if (!each) return { textsPerSecond: (count / (together?.ms ?? Number.NaN)) * 1000 }
  if (!together) return { p50: quantile(each.ms, 0.5), p95: quantile(each.ms, 0.95), p99: quantile(each.ms, 0.99) }
  const alone = each.ms.reduce((sum, ms) => sum + ms, 0)
  return {
    textsPerSecond: (count / alone) * 1000,
    togetherPerSecond: (count / together.ms) * 1000,
    timesFasterTogether: alone / together.ms,
  }
}

function spreads(runs: readonly Figures[]): Record<string, Spread> {
  const names = Object.keys(runs[0] ?? {})
  return Object.fromEntries(names.map((name) => [name, spreadOf(runs.map((run) => run[name] as number))]))
}
