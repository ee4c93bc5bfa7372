import { link, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { SemdexError } from '../core/errors.ts'
import { syncToDisk } from './backup/folder.ts'

/**
 * Gives a file that is whole its name, never over another file. Not every file system can give a second name.
 * @throws {SemdexError} `BACKUP_EXISTS`
 */
export async function takeName(partial: string, path: string): Promise<void> {
  try {
    await link(partial, path)
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'EEXIST') throw fileExists(path)
    await rename(partial, path)
  }
  await syncToDisk(dirname(path)).catch(() => undefined)
}

export function fileExists(path: string): SemdexError {
  return new SemdexError('BACKUP_EXISTS', {
    message: `There is a file at ${path} already.`,
    fix: 'Name another path: nothing is overwritten',
    details: { path },
  })
}
