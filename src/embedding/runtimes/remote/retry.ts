import type { SemdexError } from '../../../core/errors.ts'
import { throwIfAborted } from '../../../core/errors.ts'

/** How long a failing server is waited for. Milliseconds. */
export interface Patience {
  attempts: number
  /** Of a query, which somebody waits for. */
  urgentAttempts: number
  /** Before the second attempt; doubled for each further one. */
  firstWait: number
  longestWait: number
  /** The longest that a server's own Retry-After is followed; beyond it the request fails at once. */
  longestRetryAfter: number
  urgentRetryAfter: number
  /** One request, from its first byte to the last byte of the answer. */
  request: number
  /** Of a query, which is not asked again after it. */
  urgentRequest: number
}

export const PATIENCE: Patience = {
  attempts: 6,
  urgentAttempts: 3,
  firstWait: 250,
  longestWait: 8_000,
  longestRetryAfter: 120_000,
  urgentRetryAfter: 5_000,
  request: 120_000,
  urgentRequest: 30_000,
}

/** A failure that may be gone at the next attempt. */
export class Transient extends Error {
  /** Milliseconds that the server asks to wait; null where it does not say. */
  readonly retryAfter: number | null
  readonly failure: (attempts: number) => SemdexError

  constructor(retryAfter: number | null, failure: (attempts: number) => SemdexError) {
    super('transient')
    this.retryAfter = retryAfter
    this.failure = failure
  }
}

/** Repeats what fails for a while: exponential back-off with jitter, or the time that the server asks for. */
export async function withRetries<T>(
  attempt: () => Promise<T>,
  { urgent, signal }: { urgent: boolean; signal?: AbortSignal | undefined },
  patience: Patience,
): Promise<T> {
  const attempts = urgent ? patience.urgentAttempts : patience.attempts
  const longest = urgent ? patience.urgentRetryAfter : patience.longestRetryAfter
  for (let tried = 1; ; tried++) {
    throwIfAborted(signal)
    try {
      return await attempt()
    } catch (thrown) {
      if (!(thrown instanceof Transient)) throw thrown
      const wait = Math.max(thrown.retryAfter ?? 0, backOff(tried, patience))
      if (tried >= attempts || (thrown.retryAfter ?? 0) > longest) throw thrown.failure(tried)
      await delay(wait, signal)
    }
  }
}

/** Between half and the whole of firstWait · 2^(tried − 1), so that many callers do not come back together. */
function backOff(tried: number, { firstWait, longestWait }: Patience): number {
  return Math.min(longestWait, firstWait * 2 ** (tried - 1)) * (0.5 + Math.random() / 2)
}

/**
 * Milliseconds from `retry-after-ms`, or `Retry-After` as seconds or a date (RFC 9110, 10.2.3); null without either.
 */
export function retryAfter(headers: Headers, now = Date.now()): number | null {
  const milliseconds = numberIn(headers.get('retry-after-ms'))
  if (milliseconds !== null) return milliseconds
  const text = headers.get('retry-after')
  const seconds = numberIn(text)
  if (seconds !== null) return seconds * 1_000
  // Date.parse makes a date of any number.
  const date = text?.includes(':') ? Date.parse(text) : Number.NaN
  return Number.isNaN(date) ? null : Math.max(0, date - now)
}

function numberIn(text: string | null): number | null {
  return text !== null && /^\s*\d+(\.\d+)?\s*$/.test(text) ? Number(text) : null
}

function delay(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, milliseconds)
    signal?.addEventListener('abort', end, { once: true })
    if (signal?.aborted) end()
  })
}
