import { throwIfAborted } from '../core/errors.ts'

/** Rejects as soon as the signal fires; what has begun ends unobserved. */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      try {
        throwIfAborted(signal)
      } catch (aborted) {
        reject(aborted)
      }
    }
    signal.addEventListener('abort', onAbort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}
