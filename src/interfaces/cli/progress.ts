import type { Progress } from '../../operations/operation.ts'
import type { Output } from './output.ts'
import type { ProgressDisplay } from './progress-bar.ts'

/** Work that is done sooner shows no bar. */
const PATIENCE = 300

/** A bar with rate and time left on a terminal; nothing in pipes and with `--quiet`. */
export function trackProgress(output: Output): ProgressDisplay {
  if (!process.stderr.isTTY || output.quiet) return { update: () => undefined, end: () => undefined }
  let latest: Progress | null = null
  let bar: ProgressDisplay | null = null
  let timer: NodeJS.Timeout | null = null
  let ended = false
  const show = async () => {
    const { createBar } = await import('./progress-bar.ts')
    if (ended) return
    bar = createBar(process.stderr)
    output.onMessage = () => bar?.end()
    if (latest) bar.update(latest)
  }
  return {
    update(progress) {
      latest = progress
      timer ??= setTimeout(show, PATIENCE).unref()
      bar?.update(progress)
    },
    end() {
      ended = true
      if (timer) clearTimeout(timer)
      bar?.end()
    },
  }
}
