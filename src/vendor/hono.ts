export { getRequestListener } from '@hono/node-server'
export { type Context, Hono, type MiddlewareHandler } from 'hono'
export { streamSSE } from 'hono/streaming'
