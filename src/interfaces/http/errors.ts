import { type ErrorCode, SemdexError, toSemdexError } from '../../core/errors.ts'
import type { Context } from '../../vendor/hono.ts'
import { foreignError } from './foreign-errors.ts'

/** Every failure of the API, in one shape: `{error: {code, message, fix?, details?, requestId?}}`. */
export function answerError(thrown: unknown, c: Context): Response {
  const error = whyAborted(toSemdexError(thrown), c)
  for (const [name, value] of Object.entries(errorHeaders(error))) c.header(name, value)
  const requestId = c.get('requestId') as string | undefined
  const status = statusOfError(error)
  const own = { error: { ...error.toJSON(), ...(requestId && { requestId }) } }
  return c.json(foreignError(c.req.path, error.toJSON(), status) ?? own, status as 400)
}

/** Work that was stopped fails as aborted; its caller has to know why it was stopped. */
function whyAborted(error: SemdexError, c: Context): SemdexError {
  const reason: unknown = (c.get('signal') as AbortSignal | undefined)?.reason
  return error.code === 'ABORTED' && reason instanceof SemdexError ? reason : error
}

/** What an error says in headers: when to try again, and what the caller's key has to be. */
function errorHeaders({ code, details }: SemdexError): Record<string, string> {
  if (code === 'KEY_INVALID')
    return { 'www-authenticate': `Bearer realm="semdex"${details?.given ? ', error="invalid_token"' : ''}` }
  if (code === 'ACCESS_DENIED' && typeof details?.needs === 'string') {
    return { 'www-authenticate': `Bearer realm="semdex", error="insufficient_scope", scope="${details.needs}"` }
  }
  if (typeof details?.retryAfter === 'number') return { 'retry-after': `${details.retryAfter}` }
  return PASSES.has(code) ? { 'retry-after': '1' } : {}
}

/** What is over in a moment. */
const PASSES: ReadonlySet<ErrorCode> = new Set(['EMBEDDER_BUSY', 'DATABASE_BUSY', 'SERVER_BUSY'])

/** As `statusOf`; 408 where it was the request that took too long to arrive, 409 where there is no model to remove. */
function statusOfError({ code, details }: SemdexError): number {
  if (code === 'MODEL_NOT_INSTALLED' && details?.removal) return 409
  return code === 'TIMEOUT' && details?.field === 'body' ? 408 : statusOf(code)
}

export function answerNotFound(c: Context): Response {
  const { method, path } = c.req
  const message = `There is nothing at ${method} ${path}.`
  return answerError(new SemdexError('NOT_FOUND', { message, fix: 'GET /openapi.json lists what there is' }), c)
}

/** The HTTP status of an error. Those of the request are 4xx; 503 is what another time may work. */
export function statusOf(code: ErrorCode): number {
  return STATUS[code]
}

const STATUS: Record<ErrorCode, number> = {
  INVALID_INPUT: 400,
  UNSUPPORTED_NODE: 500,
  CONFIGURATION_INVALID: 500,
  PATH_NOT_FOUND: 404,
  PATH_UNREADABLE: 403,
  FILE_TOO_LARGE: 413,
  FILE_BINARY: 415,
  DATABASE_NEWER: 503,
  DATABASE_CORRUPT: 503,
  DATABASE_READ_ONLY: 503,
  DATABASE_BUSY: 503,
  DATABASE_FOREIGN: 503,
  DATABASE_EXISTS: 409,
  DISK_FULL: 507,
  STORE_CLOSED: 503,
  COLLECTION_NOT_FOUND: 404,
  COLLECTION_EXISTS: 409,
  COLLECTION_MODEL_MISMATCH: 409,
  ROOT_TAKEN: 409,
  DOCUMENT_NOT_FOUND: 404,
  REVISION_CONFLICT: 409,
  MIGRATION_EXISTS: 409,
  MIGRATION_NOT_FOUND: 404,
  MIGRATION_RUNNING: 409,
  MIGRATION_INCOMPLETE: 409,
  KIND_UNKNOWN: 400,
  MEMORY_NOT_FOUND: 404,
  SUPERSEDE_CYCLE: 409,
  BACKUP_INVALID: 422,
  BACKUP_EXISTS: 409,
  IMPORT_INVALID: 422,
  VECTOR_INVALID: 422,
  DIMENSION_MISMATCH: 409,
  INDEX_CLOSED: 503,
  INDEX_UNAVAILABLE: 503,
  MODEL_UNKNOWN: 404,
  MODEL_NOT_INSTALLED: 503,
  MODEL_DAMAGED: 503,
  MODEL_INVALID: 422,
  MODEL_EXISTS: 409,
  DOWNLOAD_FAILED: 502,
  DOWNLOAD_CORRUPT: 502,
  ARCHIVE_INVALID: 422,
  OFFLINE: 503,
  RUNTIME_UNAVAILABLE: 503,
  PROVIDER_UNAVAILABLE: 503,
  REMOTE_FAILED: 502,
  EMBEDDING_UNAVAILABLE: 503,
  EMPTY_EMBEDDING: 422,
  NAN_EMBEDDING: 422,
  EMBEDDER_BUSY: 503,
  EMBEDDER_CLOSED: 503,
  EMBEDDING_FAILED: 422,
  OPERATION_UNKNOWN: 404,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  DOCUMENT_EXISTS: 409,
  JOB_NOT_FOUND: 404,
  KEY_NOT_FOUND: 404,
  KEY_INVALID: 401,
  ACCESS_DENIED: 403,
  ORIGIN_REFUSED: 403,
  RATE_LIMITED: 429,
  BODY_TOO_LARGE: 413,
  MEDIA_TYPE_UNSUPPORTED: 415,
  TIMEOUT: 503,
  SERVER_BUSY: 503,
  SERVER_CLOSING: 503,
  SERVER_FAILED: 500,
  ABORTED: 499,
  INTERNAL: 500,
}
