/**
 * V8 doubles the young generation of every thread until it has 64 MB and more, and an index run and a server have six
 * threads that make short-lived objects all the time. Kept as small as they begin, they cost 300 MB less and no time; and
 * the event loop is never stopped for long, since each collection has little to do. The flag is the whole process's: this is
 * for a process that is Semdex's own.
 */
export async function keepHeapsSmall(): Promise<void> {
  const { setFlagsFromString } = await import('node:v8')
  setFlagsFromString('--semi-space-growth-factor=1')
}

/** Milliseconds in which a process that has just started has something better to do. */
const FIRST_REQUESTS = 1_000

/** The same a little later: loading `node:v8` takes some 25 ms. */
export function keepHeapsSmallSoon(): void {
  setTimeout(keepHeapsSmall, FIRST_REQUESTS).unref()
}
