import { spawnSync } from 'node:child_process'

export interface Command {
  command: string
  args: string[]
  cwd?: string
  env?: NodeJS.ProcessEnv
}

export interface Timing {
  /** Milliseconds of wall-clock time. */
  median: number
  fastest: number
  slowest: number
}

export interface RatioReport {
  runs: number
  baseline: Timing
  measured: Timing
  /** The medians' ratio: measured ÷ baseline. */
  ratio: number
}

/**
 * How many times longer `measured` takes than `baseline`. The two take turns, so that what else the machine does falls
 * on both; one run of each comes first and is not counted.
 * @throws {Error} where a command fails
 */
export function measureRatio(measured: Command, baseline: Command, runs = 20): RatioReport {
  const times = { measured: [] as number[], baseline: [] as number[] }
  for (let run = -1; run < runs; run++) {
    const base = time(baseline)
    const other = time(measured)
    if (run < 0) continue
    times.baseline.push(base)
    times.measured.push(other)
  }
  const [one, other] = [describeTimes(times.baseline), describeTimes(times.measured)]
  return { runs, baseline: one, measured: other, ratio: round(other.median / one.median) }
}

/** The process that every cold start is compared with: `node -e 0`. */
export const EMPTY_NODE: Command = { command: process.execPath, args: ['-e', '0'] }

function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other)
  const middle = Math.floor(sorted.length / 2)
  const [low, high] = [sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN, sorted[middle] ?? Number.NaN]
  return (low + high) / 2
}

function time(command: Command): number {
  const started = process.hrtime.bigint()
  runCommand(command)
  return Number(process.hrtime.bigint() - started) / 1e6
}

/** @throws {Error} where it ends with anything but 0 */
function runCommand({ command, args, cwd, env }: Command): void {
  const { status, stderr } = spawnSync(command, args, { cwd, env, encoding: 'utf8', maxBuffer: 1 << 28 })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}:\n${stderr}`)
}

function describeTimes(times: readonly number[]): Timing {
  return { median: round(median(times)), fastest: round(Math.min(...times)), slowest: round(Math.max(...times)) }
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
