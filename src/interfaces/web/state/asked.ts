import { type Inputs, useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { ApiError } from '../api.ts'

/** What was asked of the server, as far as it is known. An older answer stays while a newer one is on its way. */
export interface Asked<T> {
  answer: T | null
  error: ApiError | null
  asking: boolean
  again(): void
}

/**
 * Asks whenever the inputs change; `ask` answers null where there is nothing to ask. A question that is not wanted any
 * more is aborted, and its answer never shows: the newest wins.
 */
export function useAsked<T>(ask: (signal: AbortSignal) => Promise<T> | null, inputs: Inputs): Asked<T> {
  const [state, setState] = useState<Omit<Asked<T>, 'again'>>({ answer: null, error: null, asking: false })
  const [round, setRound] = useState(0)
  const newest = useRef(ask)
  newest.current = ask

  useEffect(() => {
    const controller = new AbortController()
    const show = (shown: Partial<Asked<T>>) => {
      if (!controller.signal.aborted) setState((before) => ({ ...before, asking: false, ...shown }))
    }
    const asked = newest.current(controller.signal)
    if (asked === null) show({ answer: null, error: null })
    else show({ asking: true })
    asked?.then(
      (answer) => show({ answer, error: null }),
      (thrown) => show({ answer: null, error: toApiError(thrown) }),
    )
    return () => controller.abort()
  }, [...inputs, round])

  const again = useCallback(() => setRound((before) => before + 1), [])
  return { ...state, again }
}

/** Calls again and again while the component is there and somebody looks; never while it is off. */
export function useEvery(milliseconds: number | null, tick: () => void): void {
  const newest = useRef(tick)
  newest.current = tick
  useEffect(() => {
    if (milliseconds === null) return
    const timer = setInterval(() => document.visibilityState === 'visible' && newest.current(), milliseconds)
    return () => clearInterval(timer)
  }, [milliseconds])
}

export function toApiError(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown
  return new ApiError({ code: 'PAGE_FAILED', message: thrown instanceof Error ? thrown.message : String(thrown) })
}
