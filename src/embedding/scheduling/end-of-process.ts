/**
 * Node stops its threads when the process ends, and one that is inside native code then aborts the whole process. So the
 * end waits for what a thread is doing, and keeps it from beginning anything else. A number each: what it does, and
 * whether the process ends.
 */
export type EndSignal = Int32Array<SharedArrayBuffer>

const IS_BUSY = 0
const ENDS = 1

/** A thread that does not come back keeps the end waiting no longer than this. */
const MOST_MILLISECONDS = 10_000

const living = new Set<EndSignal>()

/** For a thread that begins busy: it loads. */
export function watchEnd(): EndSignal {
  if (living.size === 0) process.once('exit', waitForThreads)
  const signal = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT))
  signal[IS_BUSY] = 1
  living.add(signal)
  return signal
}

/** The thread is gone. */
export function forgetEnd(signal: EndSignal): void {
  living.delete(signal)
  if (living.size === 0) process.off('exit', waitForThreads)
}

/** In the thread, before native code. */
export function beginWork(signal: EndSignal): void {
  Atomics.store(signal, IS_BUSY, 1)
  if (Atomics.load(signal, ENDS) === 0) return
  endWork(signal)
  Atomics.wait(signal, ENDS, 1)
}

/** In the thread, once it is out of native code. */
export function endWork(signal: EndSignal): void {
  Atomics.store(signal, IS_BUSY, 0)
  Atomics.notify(signal, IS_BUSY)
}

function waitForThreads(): void {
  const latest = performance.now() + MOST_MILLISECONDS
  for (const signal of living) Atomics.store(signal, ENDS, 1)
  for (const signal of living) Atomics.wait(signal, IS_BUSY, 1, Math.max(0, latest - performance.now()))
}
