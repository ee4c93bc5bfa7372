import { addAbortSignal } from 'node:stream'
import { EXIT } from '../exit-codes.ts'
import type { Call } from '../verb.ts'

/** Answers JSON-RPC on stdin and stdout until stdin ends or it is interrupted, and then what is under way. */
export async function serveStdio({ threadedParts, output, signal }: Call): Promise<number> {
  const { answerLines } = await import('../../rpc/lines.ts')
  const caller = { parts: threadedParts(), access: 'admin' as const }
  await answerLines(readUntil(signal), (line) => output.data(line), caller)
  return EXIT.ok
}

async function* readUntil(signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    yield* addAbortSignal(signal, process.stdin)
  } catch (error) {
    if (!signal.aborted) throw error
  }
}
