import { SemdexError } from '../../core/errors.ts'
import type { Context } from '../../vendor/hono.ts'

/**
 * The JSON value of a request's body; an empty body is an empty object.
 * @throws {SemdexError} `MEDIA_TYPE_UNSUPPORTED`; `INVALID_INPUT` for what is not UTF-8 or not JSON
 */
export async function readJson(c: Context): Promise<unknown> {
  const bytes = await c.req.arrayBuffer()
  if (bytes.byteLength === 0) return {}
  assertJson(c.req.header('content-type'))
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    const reason = cause instanceof SyntaxError ? `not JSON (${cause.message})` : 'not UTF-8'
    throw new SemdexError('INVALID_INPUT', { message: `The body is ${reason}.`, details: { field: 'body' }, cause })
  }
}

/** A browser sends other types to any server without asking it first: a page elsewhere could then write. */
function assertJson(type: string | undefined): void {
  if (type !== undefined && /^application\/([\w.+-]+\+)?json\s*(;|$)/i.test(type)) return
  throw new SemdexError('MEDIA_TYPE_UNSUPPORTED', {
    message: `The body is ${type ?? 'of no type'}; it must be JSON.`,
    fix: 'Send the header content-type: application/json',
    details: { field: 'content-type' },
  })
}
