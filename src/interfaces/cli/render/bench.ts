import type { Output } from '../output.ts'
import { table } from './table.ts'

interface BenchAnswer {
  model: string
  rows: BenchRow[]
  load_ms: number
  rss_mb: number
  chunks_per_minute: { measured: number; floor: number }
  event_loop: Record<'idle' | 'loaded', { p99_ms: number }>
  precision: string
  runtime: string
  provider: string
  workers: number
  threads: number
  quick: boolean
  machine: { cpu: string; cores: number; node: string }
}

interface BenchRow {
  workload: string
  texts: number
  texts_per_s: number
  tokens_per_s: number | null
  p50_ms: number
  p95_ms: number
  p99_ms: number
}

export function renderBench(answer: BenchAnswer, { styles }: Output): string {
  const { model, precision, runtime, provider, workers, threads, machine, quick } = answer
  const how = [precision, runtime, provider, `${counted(workers, 'worker')} of ${counted(threads, 'thread')}`]
  return [
    `${styles.bold(model)}  ${styles.dim(how.join(', '))}`,
    styles.dim(`${machine.cpu}, ${counted(machine.cores, 'core')}, Node ${machine.node}; the result cache is off`),
    ...(quick ? [styles.yellow('--quick: these figures are rough')] : []),
    '',
    workloads(answer.rows, styles.dim),
    '',
    table(summary(answer, styles.dim), { right: [1] }),
    '',
  ].join('\n')
}

function workloads(rows: readonly BenchRow[], dim: (text: string) => string): string {
  const head = ['workload', 'texts', 'texts/s', 'tokens/s', 'p50 ms', 'p95 ms', 'p99 ms'].map(dim)
  const lines = rows.map((row) => [
    row.workload,
    `${row.texts}`,
    figure(row.texts_per_s),
    row.tokens_per_s === null ? '-' : figure(row.tokens_per_s),
    ...[row.p50_ms, row.p95_ms, row.p99_ms].map(figure),
  ])
  return table([head, ...lines], { right: [1, 2, 3, 4, 5, 6] })
}

function summary(answer: BenchAnswer, dim: (text: string) => string): string[][] {
  const { measured, floor } = answer.chunks_per_minute
  const { idle, loaded } = answer.event_loop
  return [
    ['chunks a minute', figure(measured), dim(`in calls of 100; ${floor} is the least that is good enough`)],
    ['event loop, p99 ms', figure(loaded.p99_ms), dim(`under load; idle ${figure(idle.p99_ms)}, of 1 ms asked for`)],
    ['load ms', figure(answer.load_ms), dim('to the first vector')],
    ['memory MB', figure(answer.rss_mb), dim('the most that the process had')],
  ]
}

function figure(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
