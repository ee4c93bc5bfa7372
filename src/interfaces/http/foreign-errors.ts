import type { ErrorAnswer, ErrorCode } from '../../core/errors.ts'

/** An error as the client libraries of another maker's API read it; null for paths of Semdex' own API. */
export function foreignError(path: string, error: ErrorAnswer, status: number): object | null {
  if (/^\/v[12]\/rerank$/.test(path)) return cohereError(error)
  return path.startsWith('/v1/') ? openAiError(error, status) : null
}

/** Cohere's API says a sentence alone; beside it, what Semdex' own errors say for programs. */
function cohereError(error: ErrorAnswer): object {
  const { code, details } = error
  return { message: sentenceOf(error), code, ...(details && { details }) }
}

/** `{error: {message, type, param, code}}` of OpenAI's API; `code` is Semdex' own where OpenAI has none for it. */
function openAiError(error: ErrorAnswer, status: number): object {
  const { field } = error.details ?? {}
  const type = status >= 500 ? 'server_error' : status === 429 ? 'requests' : 'invalid_request_error'
  const param = typeof field === 'string' && status === 400 ? field : null
  return { error: { message: sentenceOf(error), type, param, code: OPENAI_CODES[error.code] ?? error.code } }
}

const OPENAI_CODES: Partial<Record<ErrorCode, string>> = {
  MODEL_UNKNOWN: 'model_not_found',
  KEY_INVALID: 'invalid_api_key',
  RATE_LIMITED: 'rate_limit_exceeded',
}

/** Those clients show nothing but the message. */
function sentenceOf({ message, fix }: ErrorAnswer): string {
  return fix === undefined ? message : `${message} ${fix}.`
}
