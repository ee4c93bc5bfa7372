import type { AttemptFailed } from './failures.ts'
import type { Patience } from './settings.ts'

/**
 * Milliseconds to wait after so many failures in a row: what the server asks for, or twice as long each time with half of
 * it left to chance, so that many clients do not come back together. Null: longer than anybody should wait.
 */
export function pauseAfter(
  failures: number,
  { retryAfterMs }: Pick<AttemptFailed, 'retryAfterMs'>,
  { pauseMs, longestPauseMs, longestRetryAfterMs }: Patience,
  random: () => number = Math.random,
): number | null {
  if (retryAfterMs !== null) return retryAfterMs > longestRetryAfterMs ? null : retryAfterMs
  const longest = Math.min(longestPauseMs, pauseMs * 2 ** (failures - 1))
  return longest * (1 - random() / 2)
}

/** The header `Retry-After` in milliseconds from now: seconds, or a date (RFC 9110, 10.2.3). Null where it is neither. */
export function readRetryAfter(value: string | undefined, now = Date.now()): number | null {
  if (value === undefined) return null
  if (/^\s*\d+\s*$/.test(value)) return Number(value) * 1000
  const date = Date.parse(value)
  return Number.isNaN(date) ? null : Math.max(0, date - now)
}
