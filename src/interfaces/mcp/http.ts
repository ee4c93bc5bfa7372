import type { Parts } from '../../core/parts.ts'
import type { Access } from '../../operations/operation.ts'
import { createMcpHandler } from '../../vendor/mcp.ts'
import type { Caller } from '../wire/call.ts'
import { createMcpServer } from './server.ts'

/** Answers a request of Streamable HTTP for whoever sent it. */
export type AnswerMcp = (request: Request, asker: { access: Access; key: string | null }) => Promise<Response>

/**
 * MCP over Streamable HTTP. There are no sessions: each request is served on its own, so any server of several may
 * answer it, and a client that leaves leaves nothing behind. Streams end when the server begins to close.
 */
export function createMcpEndpoint(parts: Parts, closing: AbortSignal): AnswerMcp {
  const handler = createMcpHandler(({ authInfo }) => createMcpServer(authInfo?.extra?.caller as Caller), {
    maxRequestBodySize: parts.configuration.bodyBytes,
  })
  closing.addEventListener('abort', () => void handler.close(), { once: true })
  return (request, asker) => {
    const caller: Caller = { parts, ...asker }
    return handler.fetch(request, {
      authInfo: { token: '', clientId: asker.key ?? '', scopes: [asker.access], extra: { caller } },
    })
  }
}
