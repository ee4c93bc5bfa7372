import { Hono } from '../../../vendor/hono.ts'
import { callOperation } from '../../wire/call.ts'
import { readJson } from '../body.ts'
import type { Env, ServerParts } from '../server-parts.ts'

/** Every operation by its own name: `POST /api/operations/<name>` with its input as the body. */
export function operationRoutes({ parts }: ServerParts): Hono<Env> {
  const app = new Hono<Env>()
  app.post('/operations/:name', async (c) => {
    const caller = { parts, access: c.get('access') }
    const input = await readJson(c)
    return c.json(await callOperation(c.req.param('name'), input, caller, { signal: c.req.raw.signal }))
  })
  return app
}
