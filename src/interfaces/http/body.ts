import type { Context } from '../../vendor/hono.ts'
import { assertJsonType, parseJson } from '../wire/json-text.ts'

/**
 * The JSON value of a request's body; an empty body is an empty object.
 * @throws {SemdexError} `MEDIA_TYPE_UNSUPPORTED`; `INVALID_INPUT` for what is not UTF-8 or not JSON
 */
export async function readJson(c: Context): Promise<unknown> {
  const bytes = await c.req.arrayBuffer()
  if (bytes.byteLength === 0) return {}
  assertJsonType(c.req.header('content-type'))
  return parseJson(bytes, 'body')
}
