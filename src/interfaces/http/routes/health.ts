import { Hono } from '../../../vendor/hono.ts'
import type { Env, ServerParts } from '../server-parts.ts'

/** Whether the process lives, and whether it can answer: for whoever watches it. Open to all. */
export function healthRoutes({ parts, closing }: ServerParts): Hono<Env> {
  const app = new Hono<Env>()
  app.get('/healthz', (c) => c.json({ status: 'ok' }))
  app.get('/readyz', async (c) => {
    if (closing.aborted) return c.json({ status: 'closing' }, 503)
    await (await parts.storage()).records.collections()
    return c.json({ status: 'ready' })
  })
  return app
}
