import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener, Hono } from '../../src/vendor/hono.ts'

// A Hono route that reads a JSON body and answers with JSON of a given text, and does nothing else: in a process of its own.

process.once('message', (answer: string) => {
  const value = JSON.parse(answer)
  const app = new Hono()
  app.post('/', async (c) => {
    await c.req.json()
    return c.json(value)
  })
  const server = createServer(getRequestListener(app.fetch))
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
})
