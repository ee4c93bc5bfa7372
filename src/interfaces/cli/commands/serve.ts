import { once } from 'node:events'
import type { Parts } from '../../../core/parts.ts'
import { EXIT } from '../exit-codes.ts'
import { requestLog } from '../request-log.ts'
import type { Call } from '../verb.ts'

/** Serves until it is interrupted; then answers what is under way and ends. */
export async function serveCommand(call: Call): Promise<number> {
  if (call.flags.stdio) return (await import('./serve-stdio.ts')).serveStdio(call)
  if (DAEMON_FLAGS.some((flag) => call.flags[flag])) return (await import('./serve-daemon.ts')).daemonCommand(call)
  const { output, signal } = call
  const parts = call.servedParts()
  if (call.configuration.values.warmUp) warm(parts)
  const { serve } = await import('../../server/serve.ts')
  const server = await serve(parts, requestLog(call))
  await output.data(output.json ? `${JSON.stringify({ url: server.url })}\n` : `Listening on ${server.url}\n`)
  if (!signal.aborted) await once(signal, 'abort')
  await server.close()
  return EXIT.ok
}

const DAEMON_FLAGS = ['daemon', 'foreground', 'status', 'stop']

/** In threads of its own, while the server is loaded and answers already. */
async function warm(parts: Parts): Promise<void> {
  const { warmUp } = await import('../../wire/warm-up.ts')
  await warmUp(parts).catch(() => undefined)
}
