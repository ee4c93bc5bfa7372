import { on, once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import type { Parts } from '../../../core/parts.ts'
import { EXIT } from '../exit-codes.ts'
import { requestLog } from '../request-log.ts'
import { keepHeapsSmallSoon } from '../small-heaps.ts'
import type { Call } from '../verb.ts'

/** Serves until it is interrupted; then answers what is under way and ends. */
export async function serveCommand(call: Call): Promise<number> {
  if (call.flags.stdio) return (await import('./serve-stdio.ts')).serveStdio(call)
  if (DAEMON_FLAGS.some((flag) => call.flags[flag])) return (await import('./serve-daemon.ts')).daemonCommand(call)
  const { output, signal } = call
  const parts = call.servedParts()
  if (call.configuration.values.warmUp) await beginWarmUp(parts)
  const { serve } = await import('../../server/serve.ts')
  const server = await serve(parts, requestLog(call))
  await output.data(output.json ? `${JSON.stringify({ url: server.url })}\n` : `Listening on ${server.url}\n`)
  keepHeapsSmallSoon()
  if (!signal.aborted) await once(signal, 'abort')
  await server.close()
  return EXIT.ok
}

const DAEMON_FLAGS = ['daemon', 'foreground', 'status', 'stop']

/** The threads of the database and of the model, and the milliseconds after which it goes on without them. */
const THREADS = 2
const PATIENCE = 100

/**
 * Warms up in threads of its own, while the server is loaded and answers already. Waits until the threads start: whoever
 * loads the server first lets the other core idle for as long.
 */
async function beginWarmUp(parts: Parts): Promise<void> {
  const { warmUp } = await import('../../wire/warm-up.ts')
  const waiting = new AbortController()
  const started = threadsStarted(waiting.signal)
  const ended = warmUp(parts).catch(() => undefined)
  await Promise.race([started, ended, pause(PATIENCE, undefined, { signal: waiting.signal }).catch(() => undefined)])
  waiting.abort()
}

async function threadsStarted(signal: AbortSignal): Promise<void> {
  const workers = on(process, 'worker', { signal })
  for (let count = 0; count < THREADS; count++) await workers.next().catch(() => undefined)
}
