import { SemdexError } from '../../../core/errors.ts'
import type { MiddlewareHandler } from '../../../vendor/hono.ts'
import type { Env, ServerParts } from '../server-parts.ts'

/** Bodies that are read piece by piece, however long; each piece is bounded where it is read. */
const STREAMED = /^\/api\/(?:collections\/[^/]+\/documents\/bulk|import\/lines)\/?$/

/**
 * Bounds what a request may send: one that says it is too large is refused before any of it is read, one that does not say
 * its length while it is read.
 */
export function limitBody({ parts }: ServerParts): MiddlewareHandler<Env> {
  const { bodyBytes } = parts.configuration
  return async (c, next) => {
    const { raw } = c.req
    if (STREAMED.test(c.req.path)) return next()
    const length = c.req.header('content-length')
    if (length !== undefined && Number(length) > bodyBytes) throw tooLarge(bodyBytes)
    // The parser of node:http holds a body to the length that it says.
    const isHeld = c.env?.incoming !== undefined && length !== undefined
    if (isHeld || raw.method === 'GET' || raw.method === 'HEAD' || !raw.body) return next()
    const body = bounded(raw, bodyBytes)
    c.req.raw = body.request
    await next()
    // Some routes answer in their own way where a body cannot be read.
    if (body.isTooLarge()) throw tooLarge(bodyBytes)
  }
}

function bounded(request: Request, limit: number): { request: Request; isTooLarge: () => boolean } {
  let bytes = 0
  const counting = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      bytes += chunk.length
      if (bytes > limit) controller.error(tooLarge(limit))
      else controller.enqueue(chunk)
    },
  })
  const body = request.body?.pipeThrough(counting)
  const isTooLarge = () => bytes > limit
  return { request: new Request(request, { body, duplex: 'half' } as RequestInit), isTooLarge }
}

function tooLarge(limit: number): SemdexError {
  return new SemdexError('BODY_TOO_LARGE', {
    message: `The body of a request has ${limit} bytes at most.`,
    fix: 'Send several smaller requests, stream documents as NDJSON, or raise server.bodyBytes',
    details: { field: 'body', limit },
  })
}
