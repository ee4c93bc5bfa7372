import type { Readable, Writable } from 'node:stream'
import { StdioServerTransport, serveStdio } from '../../vendor/mcp.ts'
import type { Caller } from '../wire/call.ts'
import { warmUp } from '../wire/warm-up.ts'
import { createMcpServer } from './server.ts'

/** A message that is longer ends the connection. */
const MAX_MESSAGE_BYTES = 64 << 20

export interface StdioOptions {
  input: Readable
  output: Writable
  /** Ends the connection. */
  signal: AbortSignal
}

/**
 * Serves one client until it ends the input or the signal fires. The models are loaded once the first answer, which is
 * that of the handshake, is written: a client that starts many servers does not wait for them.
 */
export async function serveMcp(caller: Caller, { input, output, signal }: StdioOptions): Promise<void> {
  const transport = new StdioServerTransport(input, output, { maxBufferSize: MAX_MESSAGE_BYTES })
  const ended = new Promise<void>((resolve) => {
    input.once('end', resolve).once('close', resolve)
    output.once('close', resolve).once('error', () => resolve())
    signal.addEventListener('abort', () => resolve(), { once: true })
    if (signal.aborted) resolve()
  })
  if (caller.parts.configuration.warmUp) afterFirst(transport, () => void warmUp(caller.parts).catch(() => undefined))
  const connection = serveStdio(() => createMcpServer(caller), { transport })
  await ended
  await connection.close()
}

function afterFirst(transport: StdioServerTransport, then: () => void): void {
  const send = transport.send.bind(transport)
  transport.send = async (message) => {
    transport.send = send
    await send(message)
    then()
  }
}
