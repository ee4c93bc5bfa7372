import { type FileHandle, open } from 'node:fs/promises'
import { SemdexError } from '../core/errors.ts'
import type { FileStamp } from '../core/ports/record-store.ts'
import { pathError, tooLarge } from './paths.ts'
import { sha256 } from './prepare.ts'

export interface FileContent {
  bytes: Uint8Array
  /** sha-256, in hex. */
  contentHash: string
  /** From before the bytes were read: where the file changed meanwhile, the next run sees that it did. */
  stamp: FileStamp
}

const ATTEMPTS = 3

/**
 * A whole file with the stamp that belongs to it; read again where it changed while it was read.
 * @throws {SemdexError} `PATH_NOT_FOUND`, `PATH_UNREADABLE`, `FILE_TOO_LARGE`
 */
export async function readStamped(path: string, maxFileBytes: number): Promise<FileContent> {
  for (let attempt = 1; ; attempt++) {
    const content = await readOnce(path, maxFileBytes)
    if (content.isSteady || attempt === ATTEMPTS) {
      const { bytes, stamp } = content
      return { bytes, stamp, contentHash: sha256(bytes) }
    }
  }
}

async function readOnce(path: string, maxFileBytes: number) {
  const checkedAt = Date.now()
  let file: FileHandle | undefined
  try {
    file = await open(path, 'r')
    const before = await file.stat()
    if (before.size > maxFileBytes) throw tooLarge(path, before.size, maxFileBytes)
    const bytes = await file.readFile()
    const after = await file.stat()
    const stamp = { path, size: before.size, modifiedAt: before.mtimeMs, inode: before.ino, checkedAt }
    return { bytes, stamp, isSteady: before.size === after.size && before.mtimeMs === after.mtimeMs }
  } catch (error) {
    throw error instanceof SemdexError ? error : pathError(path, error)
  } finally {
    await file?.close()
  }
}
