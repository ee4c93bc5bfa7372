import { Hono } from '../../../vendor/hono.ts'
import { readJson } from '../body.ts'
import { call } from '../call.ts'
import type { Env } from '../server-parts.ts'

/** Every operation by its own name: `POST /api/operations/<name>` with its input as the body. */
export function operationRoutes(): Hono<Env> {
  const app = new Hono<Env>()
  app.post('/operations/:name', async (c) => c.json(await call(c, c.req.param('name'), await readJson(c))))
  return app
}
