import type { ErrorCode } from '../../core/errors.ts'

/** What a process can end with. Documented in docs/cli.md. */
export const EXIT = {
  ok: 0,
  failed: 1,
  badInput: 2,
  partlyFailed: 3,
  database: 4,
  model: 5,
  interrupted: 130,
  terminated: 143,
} as const

export const EXIT_MEANINGS: Record<keyof typeof EXIT, string> = {
  ok: 'Done. A search without hits is done too.',
  failed: 'The operation failed; `semdex doctor` found something that does not work.',
  badInput: 'The request cannot be right: an unknown flag, a bad value, no such path, collection, model or document.',
  partlyFailed: 'Done, but some items failed: files that could not be indexed, texts that could not be embedded.',
  database: 'The database cannot be used: newer than this Semdex, damaged, read-only, busy, or the disk is full.',
  model: 'The model cannot be used: not installed, damaged, or ONNX Runtime cannot be loaded.',
  interrupted: 'Stopped by Ctrl-C (SIGINT). What was committed stays.',
  terminated: 'Stopped by SIGTERM. What was committed stays.',
}

const CODES: Record<ErrorCode, keyof typeof EXIT> = {
  INVALID_INPUT: 'badInput',
  UNSUPPORTED_NODE: 'failed',
  CONFIGURATION_INVALID: 'badInput',
  PATH_NOT_FOUND: 'badInput',
  PATH_UNREADABLE: 'badInput',
  FILE_TOO_LARGE: 'badInput',
  FILE_BINARY: 'badInput',
  DATABASE_NEWER: 'database',
  DATABASE_CORRUPT: 'database',
  DATABASE_READ_ONLY: 'database',
  DATABASE_BUSY: 'database',
  DATABASE_FOREIGN: 'database',
  DISK_FULL: 'database',
  STORE_CLOSED: 'failed',
  COLLECTION_NOT_FOUND: 'badInput',
  COLLECTION_EXISTS: 'badInput',
  COLLECTION_MODEL_MISMATCH: 'badInput',
  ROOT_TAKEN: 'badInput',
  DOCUMENT_NOT_FOUND: 'badInput',
  VECTOR_INVALID: 'failed',
  DIMENSION_MISMATCH: 'failed',
  INDEX_CLOSED: 'failed',
  INDEX_UNAVAILABLE: 'failed',
  MODEL_UNKNOWN: 'badInput',
  MODEL_NOT_INSTALLED: 'model',
  MODEL_DAMAGED: 'model',
  MODEL_INVALID: 'model',
  MODEL_EXISTS: 'badInput',
  DOWNLOAD_FAILED: 'model',
  DOWNLOAD_CORRUPT: 'model',
  ARCHIVE_INVALID: 'badInput',
  OFFLINE: 'model',
  RUNTIME_UNAVAILABLE: 'model',
  PROVIDER_UNAVAILABLE: 'model',
  REMOTE_FAILED: 'model',
  EMBEDDING_UNAVAILABLE: 'model',
  EMPTY_EMBEDDING: 'badInput',
  NAN_EMBEDDING: 'failed',
  EMBEDDER_BUSY: 'failed',
  EMBEDDER_CLOSED: 'failed',
  EMBEDDING_FAILED: 'failed',
  ABORTED: 'interrupted',
  INTERNAL: 'failed',
}

export function exitCode(code: ErrorCode): number {
  return EXIT[CODES[code]]
}
