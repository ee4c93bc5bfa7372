import { throwIfAborted } from '../../../core/errors.ts'

/** Bounds how much runs at a time. What is urgent goes first, and has a few slots more. */
export interface Slots {
  /** Rejects with `ABORTED` where the signal fires before the work has begun. */
  run<T>(turn: Turn, work: () => Promise<T>): Promise<T>
  waiting(): number
  /** Settles when nothing runs or waits. */
  drained(): Promise<void>
}

export interface Turn {
  urgent: boolean
  signal?: AbortSignal | undefined
}

/** Slots beyond the others, for what is urgent. */
const FOR_URGENT = 2

export function createSlots(count: number): Slots {
  const urgentQueue: (() => void)[] = []
  const queue: (() => void)[] = []
  const all = new Set<Promise<unknown>>()
  let running = 0

  function enter({ urgent, signal }: Turn): Promise<void> {
    return new Promise((resolve, reject) => {
      const list = urgent ? urgentQueue : queue
      const start = () => {
        signal?.removeEventListener('abort', drop)
        resolve()
      }
      const drop = () => {
        list.splice(list.indexOf(start), 1)
        reject(signal?.reason)
      }
      signal?.addEventListener('abort', drop, { once: true })
      list.push(start)
      advance()
    })
  }

  function advance(): void {
    startWhileBelow(count + FOR_URGENT, urgentQueue)
    startWhileBelow(count, queue)
  }

  function startWhileBelow(most: number, list: (() => void)[]): void {
    while (running < most && list.length > 0) {
      running++
      list.shift()?.()
    }
  }

  async function perform<T>(turn: Turn, work: () => Promise<T>): Promise<T> {
    throwIfAborted(turn.signal)
    await enter(turn).catch(() => throwIfAborted(turn.signal))
    try {
      return await work()
    } finally {
      running--
      advance()
    }
  }

  return {
    run(turn, work) {
      const performed = perform(turn, work)
      const settled: Promise<unknown> = performed.then(
        () => all.delete(settled),
        () => all.delete(settled),
      )
      all.add(settled)
      return performed
    },
    waiting: () => urgentQueue.length + queue.length,
    async drained() {
      while (all.size > 0) await Promise.all(all)
    },
  }
}
