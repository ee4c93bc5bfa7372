import { SemdexError } from '../../core/errors.ts'
import type { Caller } from '../wire/call.ts'
import { LineReader } from '../wire/line-reader.ts'
import { dispatchBytes } from './dispatch.ts'
import { INVALID_REQUEST, toRpcError } from './errors.ts'
import type { RpcAnswer } from './messages.ts'

/** A longer message is refused, and read past without being kept. */
const MAX_LINE_BYTES = 64 << 20
/** Messages under way; nothing more is read until one of them is answered. */
const AT_ONCE = 8

/**
 * Answers JSON-RPC messages, one a line, until the input ends, and then what is under way. Answers come in the order in which they are ready. A line without text is passed over.
 */
export async function answerLines(
  input: AsyncIterable<Uint8Array>,
  write: (line: string) => Promise<void>,
  caller: Caller,
): Promise<void> {
  const underWay = new Set<Promise<void>>()
  const reader = new LineReader(ReadableStream.from(input), MAX_LINE_BYTES)
  for (let line = await reader.next(); line; line = await reader.next()) {
    const bytes = 'bytes' in line ? line.bytes : null
    if (bytes && isBlank(bytes)) continue
    const answering = (bytes ? dispatchBytes(bytes, caller) : refuseLength()).then(async (answer) => {
      if (answer !== null) await write(`${JSON.stringify(answer)}\n`)
      underWay.delete(answering)
    })
    underWay.add(answering)
    if (underWay.size >= AT_ONCE) await Promise.race(underWay)
  }
  await Promise.all(underWay)
}

function isBlank(line: Uint8Array): boolean {
  return line.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d)
}

async function refuseLength(): Promise<RpcAnswer> {
  const error = new SemdexError('BODY_TOO_LARGE', {
    message: `A message has ${MAX_LINE_BYTES} bytes at most.`,
    fix: 'Send several smaller ones',
    details: { limit: MAX_LINE_BYTES },
  })
  return { jsonrpc: '2.0', id: null, error: toRpcError(error, INVALID_REQUEST) }
}
