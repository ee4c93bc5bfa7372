import type { Hono } from '../../vendor/hono.ts'
import { createApp } from '../http/app.ts'
import type { Env, ServerParts } from '../http/server-parts.ts'

/** All that a server answers: the HTTP interface, and the others mounted behind its middleware. It does not listen. */
export function createServedApp(server: ServerParts): Hono<Env> {
  const { parts } = server
  const app = createApp(server)
  app.post('/rpc', async (c) => {
    const { answerPost } = await import('../rpc/http.ts')
    return answerPost(c.req, { parts, access: c.get('access') })
  })
  return app
}
