import type { Parts } from '../../core/parts.ts'
import { createMcpHandler } from '../../vendor/mcp.ts'
import type { Caller } from '../wire/call.ts'
import { createMcpServer } from './server.ts'

/** Answers a request of Streamable HTTP for whoever sent it. */
export type AnswerMcp = (request: Request, caller: Caller) => Promise<Response>

/**
 * MCP over Streamable HTTP. There are no sessions: each request is served on its own, so any server of several may
 * answer it, and a client that leaves leaves nothing behind. Streams end when the server begins to close.
 */
export function createMcpEndpoint({ parts, closing }: { parts: Parts; closing: AbortSignal }): AnswerMcp {
  const handler = createMcpHandler(({ authInfo }) => createMcpServer(authInfo?.extra?.caller as Caller), {
    maxRequestBodySize: parts.configuration.bodyBytes,
  })
  closing.addEventListener('abort', () => void handler.close(), { once: true })
  return (request, caller) => {
    // The library hands this on as it is; nothing of it is sent.
    const authInfo = { token: '', clientId: '', scopes: [], extra: { caller } }
    return handler.fetch(request, { authInfo })
  }
}
