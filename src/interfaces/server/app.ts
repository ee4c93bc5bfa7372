import type { Hono } from '../../vendor/hono.ts'
import { createApp } from '../http/app.ts'
import type { Env, ServerParts } from '../http/server-parts.ts'
import type { AnswerMcp } from '../mcp/http.ts'

/** All that a server answers: the HTTP interface, and the others mounted behind its middleware. It does not listen. */
export function createServedApp(server: ServerParts): Hono<Env> {
  const { parts, closing } = server
  const app = createApp(server)
  app.post('/rpc', async (c) => {
    const { answerPost } = await import('../rpc/http.ts')
    return answerPost(c.req, { parts, access: c.get('access'), key: c.get('key') ?? null })
  })
  let mcp: Promise<AnswerMcp> | null = null
  app.all('/mcp', async (c) => {
    mcp ??= import('../mcp/http.ts').then(({ createMcpEndpoint }) => createMcpEndpoint(parts, closing))
    return (await mcp)(c.req.raw, { parts, access: c.get('access'), key: c.get('key') ?? null })
  })
  return app
}
