/** Every code a caller can meet. Codes are stable: programs branch on them, sentences may change. */
export type ErrorCode =
  | 'INVALID_INPUT'
  | 'UNSUPPORTED_NODE'
  | 'CONFIGURATION_INVALID'
  | 'PATH_NOT_FOUND'
  | 'PATH_UNREADABLE'
  | 'FILE_TOO_LARGE'
  | 'FILE_BINARY'
  | 'DATABASE_NEWER'
  | 'DATABASE_CORRUPT'
  | 'DATABASE_READ_ONLY'
  | 'DATABASE_BUSY'
  | 'DATABASE_FOREIGN'
  | 'DATABASE_EXISTS'
  | 'DISK_FULL'
  | 'STORE_CLOSED'
  | 'COLLECTION_NOT_FOUND'
  | 'COLLECTION_EXISTS'
  | 'COLLECTION_MODEL_MISMATCH'
  | 'ROOT_TAKEN'
  | 'DOCUMENT_NOT_FOUND'
  | 'REVISION_CONFLICT'
  | 'MIGRATION_EXISTS'
  | 'MIGRATION_NOT_FOUND'
  | 'MIGRATION_RUNNING'
  | 'MIGRATION_INCOMPLETE'
  | 'KIND_UNKNOWN'
  | 'MEMORY_NOT_FOUND'
  | 'SUPERSEDE_CYCLE'
  | 'BACKUP_INVALID'
  | 'BACKUP_EXISTS'
  | 'IMPORT_INVALID'
  | 'VECTOR_INVALID'
  | 'DIMENSION_MISMATCH'
  | 'INDEX_CLOSED'
  | 'INDEX_UNAVAILABLE'
  | 'MODEL_UNKNOWN'
  | 'MODEL_NOT_INSTALLED'
  | 'MODEL_DAMAGED'
  | 'MODEL_INVALID'
  | 'MODEL_EXISTS'
  | 'DOWNLOAD_FAILED'
  | 'DOWNLOAD_CORRUPT'
  | 'ARCHIVE_INVALID'
  | 'OFFLINE'
  | 'RUNTIME_UNAVAILABLE'
  | 'PROVIDER_UNAVAILABLE'
  | 'REMOTE_FAILED'
  | 'EMBEDDING_UNAVAILABLE'
  | 'EMPTY_EMBEDDING'
  | 'NAN_EMBEDDING'
  | 'EMBEDDER_BUSY'
  | 'EMBEDDER_CLOSED'
  | 'EMBEDDING_FAILED'
  | 'OPERATION_UNKNOWN'
  | 'NOT_FOUND'
  | 'METHOD_NOT_ALLOWED'
  | 'DOCUMENT_EXISTS'
  | 'JOB_NOT_FOUND'
  | 'KEY_NOT_FOUND'
  | 'KEY_INVALID'
  | 'ACCESS_DENIED'
  | 'ORIGIN_REFUSED'
  | 'RATE_LIMITED'
  | 'BODY_TOO_LARGE'
  | 'MEDIA_TYPE_UNSUPPORTED'
  | 'TIMEOUT'
  | 'SERVER_BUSY'
  | 'SERVER_CLOSING'
  | 'SERVER_FAILED'
  | 'ABORTED'
  | 'INTERNAL'

export interface ErrorParts {
  /** One sentence for people. */
  message: string
  /** The way out: a command or an instruction. */
  fix?: string
  cause?: unknown
  /** What a program may want to know, as JSON values: the file, the field, the sizes. */
  details?: Record<string, unknown>
}

/** The one error class: a code for programs, a sentence for people, and the way out. */
export class SemdexError extends Error {
  readonly code: ErrorCode
  readonly fix: string | undefined
  readonly details: Record<string, unknown> | undefined

  constructor(code: ErrorCode, { message, fix, cause, details }: ErrorParts) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'SemdexError'
    this.code = code
    this.fix = fix
    this.details = details
  }

  /** The error as JSON values: what crosses a thread or an interface. The cause stays behind. */
  toJSON(): ErrorAnswer {
    const { code, message, fix, details } = this
    return { code, message, ...(fix !== undefined && { fix }), ...(details && { details }) }
  }

  static fromJSON({ code, ...parts }: ErrorAnswer): SemdexError {
    return new SemdexError(code, parts)
  }
}

export interface ErrorAnswer {
  code: ErrorCode
  message: string
  fix?: string
  details?: Record<string, unknown>
}

/** Any thrown value as a SemdexError; unknown ones become `INTERNAL` with the original as cause. */
export function toSemdexError(thrown: unknown): SemdexError {
  if (thrown instanceof SemdexError) return thrown
  if (isAbort(thrown)) return new SemdexError('ABORTED', { message: 'The operation was aborted.', cause: thrown })
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return new SemdexError('INTERNAL', { message, cause: thrown })
}

/** Throws `ABORTED` where the signal has fired. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) {
    throw new SemdexError('ABORTED', { message: 'The operation was aborted.', cause: signal.reason })
  }
}

function isAbort(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.name === 'AbortError'
}
