import { copyFileSync, statSync, truncateSync } from 'node:fs'

/** Bytes. There are two files at most: the log, and `<log>.1` with what was before it. */
const LIMIT = 5_000_000

/** Everything that writes to the log appends, so that it may be emptied under the writers. */
export function keepLogSmall(log: string, limit = LIMIT): void {
  const size = statSync(log, { throwIfNoEntry: false })?.size ?? 0
  if (size <= limit) return
  copyFileSync(log, `${log}.1`)
  truncateSync(log)
}
