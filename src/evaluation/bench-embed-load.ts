import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as wait } from 'node:timers/promises'
import { throwIfAborted } from '../core/errors.ts'
import type { Embedder } from '../core/ports/embedder.ts'
import type { TimedCall } from './bench-embed-row.ts'
import type { TextMaker } from './bench-embed-texts.ts'

/** Milliseconds between two turns of the event loop that are asked for every millisecond: about 1 where nothing holds it up. */
export interface EventLoopDelay {
  p50: number
  p99: number
  max: number
}

interface Measured {
  calls: TimedCall[]
  eventLoop: EventLoopDelay
}

interface Options {
  quick: boolean
  signal: AbortSignal | undefined
}

/** Between two queries, so that the passages get their turn as well. */
const PAUSE = 10

/** One query after another, while nothing else is done. The event loop is watched before them, in the same pauses. */
export async function measureQueries(
  embedder: Embedder,
  texts: TextMaker,
  { quick, signal }: Options,
): Promise<Measured> {
  const eventLoop = await watchEventLoop(async () => {
    for (let pause = 0; pause < (quick ? 20 : 200); pause++) await wait(PAUSE)
  })
  const calls: TimedCall[] = []
  while (calls.length < (quick ? 10 : 200)) {
    calls.push(await embedQuery(embedder, texts.query(), signal))
    await wait(PAUSE)
  }
  return { calls, eventLoop }
}

/** The same while 1,000 passages of 225 tokens are embedded in one call; again until there are enough queries. */
export async function measureLoad(embedder: Embedder, texts: TextMaker, { quick, signal }: Options): Promise<Measured> {
  const [passages, fewest, most] = quick ? [60, 3, 20] : [1_000, 100, 400]
  const tokens = Math.min(225, embedder.spec.maxTokens)
  const calls: TimedCall[] = []
  const load = texts.passages(passages * MOST_ROUNDS, tokens)
  const eventLoop = await watchEventLoop(async () => {
    for (let round = 0; round < MOST_ROUNDS && calls.length < fewest; round++) {
      let working = true
      const work = embedder
        .embed(load.slice(round * passages, (round + 1) * passages), { kind: 'passage', ...(signal && { signal }) })
        .finally(() => {
          working = false
        })
      while (working && calls.length < most) {
        calls.push(await embedQuery(embedder, texts.query(), signal))
        await wait(PAUSE)
      }
      await work
    }
  })
  return { calls, eventLoop }
}

/** A fast model may be done with its passages before enough queries were timed among them. */
const MOST_ROUNDS = 10

async function embedQuery(embedder: Embedder, query: string, signal: AbortSignal | undefined): Promise<TimedCall> {
  throwIfAborted(signal)
  const began = performance.now()
  const [result] = await embedder.embed([query], { kind: 'query', ...(signal && { signal }) })
  const milliseconds = performance.now() - began
  if (!result?.ok) throw result?.error ?? new TypeError('the embedder gave no answer')
  return { milliseconds, tokens: result.tokens }
}

async function watchEventLoop(work: () => Promise<void>): Promise<EventLoopDelay> {
  const histogram = monitorEventLoopDelay({ resolution: 1 })
  histogram.enable()
  try {
    await work()
  } finally {
    histogram.disable()
  }
  return {
    p50: histogram.percentile(50) / 1e6,
    p99: histogram.percentile(99) / 1e6,
    max: histogram.max / 1e6,
  }
}
