import { once } from 'node:events'
import type { Daemon } from './daemon.ts'
import { keepLogSmall } from './log.ts'

interface WatchOptions {
  /** Ends it. */
  signal: AbortSignal
  log: string
  /** 0: it never ends for want of requests. */
  idleMinutes: number
  /** Milliseconds between two looks at what nobody tells of. */
  every?: number
}

/** Resolves, with the reason, when the daemon is to end. Meanwhile its log is kept small. */
export async function untilNotNeeded(
  daemon: Pick<Daemon, 'stopping' | 'idle' | 'hasNoJobs' | 'isFound'>,
  { signal, log, idleMinutes, every = 15_000 }: WatchOptions,
): Promise<string> {
  const own = new AbortController()
  const timer = setInterval(async () => {
    keepLogSmall(log)
    const isIdle = idleMinutes > 0 && daemon.idle() > idleMinutes * 60_000
    if (!daemon.isFound()) own.abort('another took its place, or its folder is gone')
    else if (isIdle && (await daemon.hasNoJobs())) own.abort(`nothing was asked for ${idleMinutes} minutes`)
  }, every)
  const end = AbortSignal.any([signal, daemon.stopping, own.signal])
  if (!end.aborted) await once(end, 'abort')
  clearInterval(timer)
  return own.signal.aborted ? String(own.signal.reason) : 'it was asked to'
}
