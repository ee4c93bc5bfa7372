import { AttemptFailed } from './failures.ts'
import type { Patience } from './settings.ts'

/** Gives a connection up where it takes too long. */
export interface Watch {
  /** Fires with the caller's signal, and when it takes too long. */
  signal: AbortSignal
  /** Something arrived, or is waited for from now on. */
  heard(): void
  /** Nothing is waited for. */
  rest(): void
  /** Why the signal fired, if it took too long. */
  failure(): AttemptFailed | null
}

export function startWatch(
  { connectMs, stallMs }: Pick<Patience, 'connectMs' | 'stallMs'>,
  signal: AbortSignal | undefined,
): Watch {
  const controller = new AbortController()
  let timer: NodeJS.Timeout | undefined
  let failure: AttemptFailed | null = null
  const arm = (milliseconds: number, what: string) => {
    clearTimeout(timer)
    timer = setTimeout(() => {
      failure = new AttemptFailed(`${what} within ${milliseconds / 1000} s`)
      controller.abort()
    }, milliseconds)
  }
  arm(connectMs, 'no connection was made')
  return {
    signal: signal ? AbortSignal.any([signal, controller.signal]) : controller.signal,
    heard: () => arm(stallMs, 'no byte arrived'),
    rest: () => clearTimeout(timer),
    failure: () => failure,
  }
}
