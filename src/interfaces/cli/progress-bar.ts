import cliProgress from 'cli-progress'
import type { Progress } from '../../operations/operation.ts'

export interface ProgressDisplay {
  update(progress: Progress): void
  end(): void
}

const VERBS: Record<Progress['stage'], string> = { index: 'Indexing', embed: 'Embedding', evaluate: 'Searching' }

/** One line on a terminal, painted at most ten times a second and taken away at the end. */
export function createBar(stream: NodeJS.WriteStream): ProgressDisplay {
  let shown: { stage: string; bar: cliProgress.SingleBar; since: number } | null = null
  const end = () => {
    shown?.bar.stop()
    shown = null
  }
  const start = ({ stage, total }: Progress) => {
    const bar = new cliProgress.SingleBar({
      stream,
      format: `${VERBS[stage]} {bar} {percentage}% | {amount}{rate} | {eta_formatted} left`,
      barsize: 24,
      barCompleteChar: '█',
      barIncompleteChar: '░',
      clearOnComplete: true,
      hideCursor: null,
      etaBuffer: 40,
    })
    bar.start(total ?? 0, 0, { amount: '', rate: '' })
    return { stage, bar, since: performance.now() }
  }
  return {
    update(progress) {
      if (shown && shown.stage !== progress.stage) end()
      shown ??= start(progress)
      const { bar, since } = shown
      if (progress.total !== null && progress.total !== bar.getTotal()) bar.setTotal(progress.total)
      bar.update(progress.done, describe(progress, (performance.now() - since) / 1000))
    },
    end,
  }
}

function describe({ done, unit, chunks }: Progress, seconds: number): { amount: string; rate: string } {
  const [count, name] = chunks === undefined ? [done, unit] : [chunks, 'chunks']
  const rate = seconds > 0.5 && count > 0 ? ` | ${(count / seconds).toFixed(count / seconds < 10 ? 1 : 0)}/s` : ''
  return { amount: `${count} ${name}`, rate }
}
