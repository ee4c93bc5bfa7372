import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { open } from '../../src/index.ts'
import { getRequestListener, Hono } from '../../src/vendor/hono.ts'

// Two Hono routes that read a JSON body and answer with JSON, and do nothing else: `/` at once with a given text, `/search`
// with what the library answers. In a process of its own.

process.once('message', async ({ answer, database }: { answer: unknown; database: string }) => {
  const db = await open({ database, resultCache: 0 })
  const app = new Hono()
  app.post('/', async (c) => {
    await c.req.json()
    return c.json(answer as object)
  })
  app.post('/search', async (c) => {
    const { query, ...options } = await c.req.json()
    return c.json(await db.search(query, options))
  })
  const server = createServer(getRequestListener(app.fetch))
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
})
