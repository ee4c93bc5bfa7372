/** Milliseconds before the second try, and the most between two tries. */
const FIRST = 10_000
const MOST = 3_600_000

/**
 * Milliseconds to wait after so many failed tries: exponential back-off with equal jitter, half of it fixed and half random, so
 * that what failed together is not tried together (Brooker, "Exponential Backoff And Jitter", 2015).
 */
export function backOff(failures: number, random: () => number = Math.random): number {
  const most = Math.min(MOST, FIRST * 2 ** Math.max(0, failures - 1))
  return most / 2 + (most / 2) * random()
}

/** Milliseconds that no try is ever put off for: what is due later than that was written under another clock. */
export const LONGEST_BACK_OFF = MOST
