import type { Access } from '../../../operations/operation.ts'
import { EXIT } from '../exit-codes.ts'
import type { Call } from '../verb.ts'

/** Serves one agent on stdin and stdout until it leaves. */
export async function mcpCommand({ threadedParts, flags, signal }: Call): Promise<number> {
  const { serveMcp } = await import('../../mcp/stdio.ts')
  const caller = { parts: threadedParts(), access: (flags.access ?? 'write') as Access }
  await serveMcp(caller, { input: process.stdin, output: process.stdout, signal })
  return EXIT.ok
}
