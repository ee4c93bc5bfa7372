export { getRequestListener, RequestError } from '@hono/node-server'
export { type Context, Hono, type MiddlewareHandler } from 'hono'
export { matchedRoutes, routePath } from 'hono/route'
