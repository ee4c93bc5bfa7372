import { SemdexError } from '../../core/errors.ts'
import type { Context, Hono } from '../../vendor/hono.ts'
import { answerError, answerNotFound } from './errors.ts'
import type { Env } from './server-parts.ts'

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

/** 405 with the methods that the path takes, where it takes any; else 404. */
export function answerUnmatched(app: Hono<Env>, c: Context): Response {
  const { method, path } = c.req
  const allowed = METHODS.filter((each) => takes(app, each, path))
  if (allowed.length === 0) return answerNotFound(c)
  if (allowed.includes('GET')) allowed.unshift('HEAD')
  c.header('allow', allowed.join(', '))
  const message = `${path} does not take ${method}.`
  const fix = `It takes ${allowed.join(', ')}`
  return answerError(new SemdexError('METHOD_NOT_ALLOWED', { message, fix, details: { method, allowed } }), c)
}

/** Middleware matches every method, under the name ALL. */
function takes(app: Hono<Env>, method: string, path: string): boolean {
  const [handlers] = app.router.match(method, path)
  return handlers.some(([[, route]]) => route.method === method)
}
