import { Hono } from '../../../vendor/hono.ts'
import type { Monitor } from '../monitoring/monitor.ts'
import type { Env } from '../server-parts.ts'

/** Prometheus reads its figures here; where keys exist, with one of the scope read. */
export function metricsRoutes(monitor: Monitor): Hono<Env> {
  const app = new Hono<Env>()
  app.get('/metrics', async (c) => {
    const { contentType, text } = await monitor.read()
    return c.body(text, 200, { 'content-type': contentType })
  })
  return app
}
