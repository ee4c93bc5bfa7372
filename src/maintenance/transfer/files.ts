import { type FileHandle, mkdir, open, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { SemdexError } from '../../core/errors.ts'
import type { Storage } from '../../core/parts.ts'
import { partialName } from '../backup/folder.ts'
import { fileExists, takeName } from '../take-name.ts'
import { type ExportOptions, type ExportReport, exportDocuments } from './export.ts'

/**
 * Exports to a file, which must not be there; it gets its name once it is whole and on the disk.
 * @throws {SemdexError} as `exportDocuments`; `BACKUP_EXISTS`, `PATH_UNREADABLE`, `DISK_FULL`
 */
export async function exportToFile(storage: Storage, path: string, options: ExportOptions): Promise<ExportReport> {
  if (await stat(path).catch(() => null)) throw fileExists(path)
  const partial = partialName(path)
  try {
    await mkdir(dirname(path), { recursive: true })
    const file = await open(partial, 'wx', 0o600)
    const report = await exportDocuments(storage, (lines) => writeAll(file, lines), options).finally(() => end(file))
    await takeName(partial, path)
    return report
  } catch (thrown) {
    throw asSemdexError(thrown, path)
  } finally {
    await rm(partial, { force: true })
  }
}

/** @throws {SemdexError} `PATH_NOT_FOUND`, `PATH_UNREADABLE`; the latter also while it is read */
export async function openToRead(path: string): Promise<AsyncIterable<Uint8Array>> {
  try {
    return bytesOf(await open(path, 'r'), path)
  } catch (thrown) {
    throw asSemdexError(thrown, path)
  }
}

/** A folder can be opened, and is found to be none when it is read. */
async function* bytesOf(file: FileHandle, path: string): AsyncGenerator<Uint8Array, void> {
  try {
    yield* file.createReadStream({ highWaterMark: 1 << 18 })
  } catch (thrown) {
    throw asSemdexError(thrown, path)
  }
}

async function writeAll(file: FileHandle, lines: string): Promise<void> {
  await file.writeFile(lines)
}

async function end(file: FileHandle): Promise<void> {
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

function asSemdexError(thrown: unknown, path: string): unknown {
  const { code, message } = thrown as NodeJS.ErrnoException
  const cause = thrown
  const details = { path }
  if (thrown instanceof SemdexError || code === undefined) return thrown
  if (code === 'ENOENT')
    return new SemdexError('PATH_NOT_FOUND', { message: `There is no file ${path}.`, details, cause })
  if (/^(ENOSPC|EDQUOT|EFBIG)$/.test(code)) {
    const fix = 'Free some disk space'
    return new SemdexError('DISK_FULL', { message: `There is no space left for ${path}.`, fix, details, cause })
  }
  return new SemdexError('PATH_UNREADABLE', { message: `The file ${path} cannot be used: ${message}.`, details, cause })
}
