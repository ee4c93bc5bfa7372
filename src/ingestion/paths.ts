import { realpathSync } from 'node:fs'
import { resolve } from 'node:path'
import { SemdexError } from '../core/errors.ts'
import { portablePath } from '../core/text.ts'

/**
 * The one spelling of a root: absolute, links resolved, forward slashes.
 * @throws {SemdexError} `PATH_NOT_FOUND`, `PATH_UNREADABLE`
 */
export function realRoot(root: string): string {
  try {
    return portablePath(realpathSync.native(resolve(root)))
  } catch (error) {
    throw pathError(portablePath(resolve(root)), error)
  }
}

/** A failure of the file system as `PATH_NOT_FOUND` or `PATH_UNREADABLE`. */
export function pathError(path: string, cause: unknown): SemdexError {
  const { code, message } = cause as NodeJS.ErrnoException
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new SemdexError('PATH_NOT_FOUND', { message: `There is nothing at ${path}.`, cause, details: { path } })
  }
  return new SemdexError('PATH_UNREADABLE', {
    message: `${path} cannot be read: ${READABLE_CODES[code ?? ''] ?? message}.`,
    cause,
    details: { path, code: code ?? null },
  })
}

const READABLE_CODES: Record<string, string> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ELOOP: 'its links go in a circle',
  EIO: 'the disk reports an error',
  ENAMETOOLONG: 'its name is too long',
}

export function tooLarge(path: string, bytes: number, limit: number): SemdexError {
  return new SemdexError('FILE_TOO_LARGE', {
    message: `${path} has ${bytes} bytes; files of more than ${limit} are not indexed.`,
    fix: `Set indexing.maxFileBytes to ${bytes} or more (SEMDEX_MAX_FILE_BYTES)`,
    details: { path, bytes, limit },
  })
}
