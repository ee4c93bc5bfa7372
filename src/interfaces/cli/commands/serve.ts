import { once } from 'node:events'
import { EXIT } from '../exit-codes.ts'
import type { Call } from '../verb.ts'

/** Serves until it is interrupted; then answers what is under way and ends. */
export async function serveCommand(call: Call): Promise<number> {
  if (call.flags.stdio) return (await import('./serve-stdio.ts')).serveStdio(call)
  const { threadedParts, output, signal } = call
  const { serve } = await import('../../server/serve.ts')
  const server = await serve(threadedParts())
  await output.data(output.json ? `${JSON.stringify({ url: server.url })}\n` : `Listening on ${server.url}\n`)
  if (!signal.aborted) await once(signal, 'abort')
  await server.close()
  return EXIT.ok
}
