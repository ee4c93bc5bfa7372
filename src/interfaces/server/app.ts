import type { Hono } from '../../vendor/hono.ts'
import { createApp } from '../http/app.ts'
import type { Env, ServerParts } from '../http/server-parts.ts'
import type { AnswerMcp } from '../mcp/http.ts'

/** All that a server answers: the HTTP interface, and the others mounted behind its middleware. It does not listen. */
export function createServedApp(server: ServerParts): Hono<Env> {
  const app = createApp(server)
  app.post('/rpc', async (c) => {
    const { answerPost } = await import('../rpc/http.ts')
    return answerPost(c.req, c.get('caller'), c.get('signal'))
  })
  let mcp: Promise<AnswerMcp> | null = null
  app.all('/mcp', async (c) => {
    mcp ??= import('../mcp/http.ts').then(({ createMcpEndpoint }) => createMcpEndpoint(server))
    return (await mcp)(new Request(c.req.raw, { signal: c.get('signal') }), c.get('caller'))
  })
  return app
}
