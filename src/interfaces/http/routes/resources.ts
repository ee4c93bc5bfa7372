import { type ErrorAnswer, SemdexError } from '../../../core/errors.ts'
import { type Context, Hono } from '../../../vendor/hono.ts'
import { readJson } from '../body.ts'
import { call } from '../call.ts'
import { joinInput, readQuery } from '../input.ts'
import type { Env } from '../server-parts.ts'
import { ROUTES, type Route } from './table.ts'

/** The routes of the table. */
export function resourceRoutes(): Hono<Env> {
  const app = new Hono<Env>()
  for (const route of ROUTES) {
    app.on(route.method, route.path, async (c) => {
      const answer = await call(c, route.operation, await readInput(c, route))
      if (route.element) throwItsError(answer)
      return c.json(answer as object, route.status ?? 200)
    })
  }
  return app
}

async function readInput(c: Context<Env>, route: Route): Promise<Record<string, unknown>> {
  const path = readPath(c)
  const query = await readQuery(new URL(c.req.url).searchParams, route.operation)
  const body = c.req.method === 'GET' || c.req.method === 'HEAD' ? {} : await readJson(c)
  const { element, single, fixed = {} } = route
  if (element) {
    const { [element.item]: item, ...rest } = path
    const document = joinInput({ path: { [element.item]: item }, body })
    return joinInput({ path: rest, query, route: { ...fixed, [element.list]: [document] } })
  }
  if (single) {
    const { [single.item]: item, ...rest } = path
    return joinInput({ path: rest, query, body, route: { ...fixed, [single.list]: [item] } })
  }
  return joinInput({ path, query, body, route: fixed })
}

/** A model's name may be the path of a folder; that is for the machine's owner to say, and no part of an address. */
function readPath(c: Context<Env>): Record<string, string> {
  const path = c.req.param() as Record<string, string>
  if (path.model !== undefined && /[/\\]|^\.{1,2}$/.test(path.model)) {
    throw new SemdexError('MODEL_UNKNOWN', {
      message: `There is no model ${path.model}.`,
      fix: 'GET /api/models lists them',
      details: { model: path.model },
    })
  }
  return path
}

function throwItsError(answer: unknown): void {
  const [result] = (answer as { results: { error?: ErrorAnswer }[] }).results
  if (result?.error) throw SemdexError.fromJSON(result.error)
}
