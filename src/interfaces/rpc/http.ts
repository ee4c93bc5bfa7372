import type { Caller } from '../wire/call.ts'
import { assertJsonType } from '../wire/json-text.ts'
import { dispatchBytes } from './dispatch.ts'

/** What of a request JSON-RPC needs; Hono's own has it. */
interface Posted {
  header(name: string): string | undefined
  arrayBuffer(): Promise<ArrayBuffer>
}

/**
 * Answers a POST with JSON-RPC: 200 whatever the answer says, and 204 where there were notifications alone.
 * @throws {SemdexError} `MEDIA_TYPE_UNSUPPORTED`; what reading the body throws
 */
export async function answerPost(request: Posted, caller: Caller, signal: AbortSignal): Promise<Response> {
  assertJsonType(request.header('content-type'))
  const answer = await dispatchBytes(await request.arrayBuffer(), caller, { signal })
  return answer === null ? new Response(null, { status: 204 }) : Response.json(answer)
}
