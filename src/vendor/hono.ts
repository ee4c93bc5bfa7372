export { getRequestListener } from '@hono/node-server'
export { type Context, Hono, type MiddlewareHandler } from 'hono'
export { routePath } from 'hono/route'
export { streamSSE } from 'hono/streaming'
