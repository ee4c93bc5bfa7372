import { type ErrorCode, SemdexError } from './errors.ts'

/** Errors that say that no text at all can be embedded now. */
const UNAVAILABLE: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'EMBEDDING_UNAVAILABLE',
  'MODEL_UNKNOWN',
  'MODEL_NOT_INSTALLED',
  'MODEL_DAMAGED',
  'MODEL_INVALID',
  'RUNTIME_UNAVAILABLE',
  'REMOTE_FAILED',
])

/** Errors that an operator has to settle, and that say the same to whoever asks for vectors. */
const MISCONFIGURED: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['PROVIDER_UNAVAILABLE', 'COLLECTION_MODEL_MISMATCH'])

export function isUnavailable({ code }: { code: ErrorCode }): boolean {
  return UNAVAILABLE.has(code)
}

/** `EMBEDDING_UNAVAILABLE` with the reason, where the error says that nothing can be embedded; another error as it is. */
export function asUnavailable(what: string, error: SemdexError): SemdexError {
  if (!isUnavailable(error) && !MISCONFIGURED.has(error.code)) return error
  return new SemdexError('EMBEDDING_UNAVAILABLE', {
    message: `${what} needs a model. ${error.message}`,
    ...(error.fix !== undefined && { fix: error.fix }),
    cause: error,
    details: { reason: error.code },
  })
}
