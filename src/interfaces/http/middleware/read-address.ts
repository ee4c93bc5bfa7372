import { SemdexError } from '../../../core/errors.ts'
import type { MiddlewareHandler } from '../../../vendor/hono.ts'
import type { Env } from '../server-parts.ts'

/**
 * Refuses an address whose percent signs encode no UTF-8. What decodes it later would put U+FFFD in its place, or leave it
 * as it is: a text would be searched, or a name stored, that nobody sent.
 */
export const readAddress: MiddlewareHandler<Env> = (c, next) => {
  const { url } = c.req
  if (url.includes('%')) assertUtf8(url)
  return next()
}

function assertUtf8(url: string): void {
  const [path = '', query = ''] = url.split(/\?(.*)/s)
  if (!isUtf8(path)) throw noUtf8('path')
  if (isUtf8(query)) return
  const field = query.split('&').find((part) => !isUtf8(part)) ?? ''
  const [name = ''] = new URLSearchParams(field).keys()
  throw noUtf8(isUtf8(field.split('=', 1).join()) ? name : 'query string')
}

/** A percent sign before anything but two hexadecimal digits stands for itself. */
function isUtf8(text: string): boolean {
  return (text.match(/(?:%[\da-f]{2})+/gi) ?? []).every(decodes)
}

function decodes(encoded: string): boolean {
  try {
    // Its answer has to be used: a bundler leaves the call out otherwise.
    return decodeURIComponent(encoded) !== ''
  } catch {
    return false
  }
}

function noUtf8(field: string): SemdexError {
  return new SemdexError('INVALID_INPUT', {
    message: `${field}: what its percent signs encode is not UTF-8.`,
    fix: 'Encode the address as UTF-8, as encodeURIComponent does',
    details: { field },
  })
}
