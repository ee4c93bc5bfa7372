import { SemdexError } from '../../../core/errors.ts'
import { type Context, Hono } from '../../../vendor/hono.ts'
import { readJson } from '../body.ts'
import { call } from '../call.ts'
import { joinInput, readQuery } from '../input.ts'
import type { Env } from '../server-parts.ts'

/**
 * Files: a form of them (multipart/form-data, each part by its file name), one as the body (with `name` in the query
 * string), or JSON with base64.
 */
export function fileRoutes(): Hono<Env> {
  const app = new Hono<Env>()
  app.post('/collections/:collection/files', async (c) => {
    const { name, ...query } = await readQuery(new URL(c.req.url).searchParams, 'add.files')
    const body = name === undefined ? await readFiles(c) : { files: [{ name, content: await readBytes(c) }] }
    return c.json((await call(c, 'add.files', joinInput({ path: c.req.param(), query, body }))) as object)
  })
  return app
}

function readFiles(c: Context<Env>): Promise<unknown> {
  const type = c.req.header('content-type') ?? ''
  return /^multipart\/form-data\s*;/i.test(type) ? readForm(c) : readJson(c)
}

async function readBytes(c: Context<Env>): Promise<Uint8Array> {
  return new Uint8Array(await c.req.arrayBuffer())
}

/** Its files under whatever field, and other fields of the input as text. */
async function readForm(c: Context<Env>): Promise<Record<string, unknown>> {
  const files: { name: string; content: Uint8Array }[] = []
  const fields: [string, string][] = []
  for (const [field, value] of await parseForm(c)) {
    if (typeof value === 'string') fields.push([field, value])
    else files.push({ name: value.name, content: new Uint8Array(await value.arrayBuffer()) })
  }
  return joinInput({ form: await readQuery(new URLSearchParams(fields), 'add.files'), files: { files } })
}

async function parseForm(c: Context<Env>): Promise<FormData> {
  const body = await c.req.arrayBuffer()
  const headers = { 'content-type': c.req.header('content-type') ?? '' }
  try {
    return await new Response(body, { headers }).formData()
  } catch (cause) {
    throw new SemdexError('INVALID_INPUT', {
      message: 'The body is not the form that its type says.',
      details: { field: 'body' },
      cause,
    })
  }
}
