import { SemdexError } from '../../core/errors.ts'
import type { Caller } from '../wire/call.ts'
import { dispatchBytes } from './dispatch.ts'
import { INVALID_REQUEST, toRpcError } from './errors.ts'
import type { RpcAnswer } from './messages.ts'

/** A longer message is refused, and read past without being kept. */
const MAX_LINE_BYTES = 64 << 20
/** Messages under way; nothing more is read until one of them is answered. */
const AT_ONCE = 8
const NEWLINE = 0x0a

/**
 * Answers JSON-RPC messages, one a line, until the input ends, and then what is under way. Answers come in the order in which they are ready. A line without text is passed over.
 */
export async function answerLines(
  input: AsyncIterable<Uint8Array>,
  write: (line: string) => Promise<void>,
  caller: Caller,
): Promise<void> {
  const underWay = new Set<Promise<void>>()
  for await (const line of splitLines(input, MAX_LINE_BYTES)) {
    if (line && isBlank(line)) continue
    const answering = (line ? dispatchBytes(line, caller) : refuseLength()).then(async (answer) => {
      if (answer !== null) await write(`${JSON.stringify(answer)}\n`)
      underWay.delete(answering)
    })
    underWay.add(answering)
    if (underWay.size >= AT_ONCE) await Promise.race(underWay)
  }
  await Promise.all(underWay)
}

/** Lines without their ends; null for one that is too long. What follows the last newline is a line too. */
export async function* splitLines(
  input: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<Uint8Array | null> {
  let parts: Uint8Array[] = []
  let bytes = 0
  const take = (part: Uint8Array) => {
    bytes += part.length
    if (bytes > maxBytes) parts = []
    else if (part.length > 0) parts.push(part)
  }
  const finish = () => {
    const line = bytes > maxBytes ? null : Buffer.concat(parts)
    parts = []
    bytes = 0
    return line
  }
  for await (const chunk of input) {
    let start = 0
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      take(chunk.subarray(start, end))
      yield finish()
      start = end + 1
    }
    take(chunk.subarray(start))
  }
  if (bytes > 0) yield finish()
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
