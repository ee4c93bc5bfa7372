import cliProgress from 'cli-progress'
import type { Progress } from '../../operations/operation.ts'

export interface ProgressDisplay {
  update(progress: Progress): void
  end(): void
}

const DOING: Record<Progress['stage'], string> = {
  index: 'Indexing',
  embed: 'Embedding',
  evaluate: 'Searching',
  bench: 'Measuring',
  pull: 'Fetching',
  delete: 'Removing',
  backup: 'Copying',
  compact: 'Compacting',
  export: 'Exporting',
  import: 'Importing',
}

/** Seconds before a rate and the time left are worth telling. */
const SETTLED = 1

/** One line on a terminal, painted at most ten times a second and taken away at the end. */
export function createBar(stream: NodeJS.WriteStream): ProgressDisplay {
  let shown: { stage: string; bar: cliProgress.SingleBar; since: number } | null = null
  const end = () => {
    shown?.bar.stop()
    shown = null
  }
  return {
    update(progress) {
      if (shown && shown.stage !== progress.stage) end()
      const since = shown?.since ?? performance.now()
      const about = { about: describe(progress, (performance.now() - since) / 1000) }
      shown ??= { stage: progress.stage, bar: startBar(stream, progress, about), since }
      const { bar } = shown
      if (progress.total !== null && progress.total !== bar.getTotal()) bar.setTotal(progress.total)
      bar.update(progress.done, about)
    },
    end,
  }
}

function startBar(stream: NodeJS.WriteStream, { stage, total, done }: Progress, about: { about: string }) {
  const bar = new cliProgress.SingleBar({
    stream,
    format: `${DOING[stage]} {bar} {percentage}% {about}`,
    barsize: 24,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    clearOnComplete: true,
    hideCursor: null,
  })
  bar.start(total ?? 0, done, about)
  return bar
}

/** `120 chunks, 35/s, 1 min 20 s left` */
function describe({ done, total, unit, chunks }: Progress, seconds: number): string {
  const [count, name] = counted(done, unit, chunks)
  const parts = [`${Number.isInteger(count) ? count : count.toFixed(1)} ${name}`]
  if (seconds >= SETTLED && count > 0) parts.push(`${(count / seconds).toFixed(count / seconds < 10 ? 1 : 0)}/s`)
  if (seconds >= SETTLED && done > 0 && total !== null && total > done) {
    parts.push(`${duration(((total - done) / done) * seconds)} left`)
  }
  return parts.join(', ')
}

function counted(done: number, unit: string, chunks: number | undefined): [count: number, name: string] {
  if (chunks !== undefined) return [chunks, 'chunks']
  return unit === 'bytes' ? [done / 1e6, 'MB'] : [done, unit]
}

function duration(seconds: number): string {
  const whole = Math.max(1, Math.round(seconds))
  if (whole < 60) return `${whole} s`
  if (whole < 3_600) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  return `${Math.floor(whole / 3_600)} h ${Math.round((whole % 3_600) / 60)} min`
}
