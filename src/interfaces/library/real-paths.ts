import { realpath } from 'node:fs/promises'
import { resolve } from 'node:path'
import { portablePath } from '../../core/text.ts'

/** Paths as the file system spells them, as those of documents are; what is not a path is left to the checks of the input. */
export async function realPaths(paths: readonly string[]): Promise<readonly string[]> {
  if (!Array.isArray(paths)) return paths
  return Promise.all(paths.map((path) => (typeof path === 'string' && path !== '' ? realPath(path) : path)))
}

async function realPath(path: string): Promise<string> {
  const absolute = resolve(path)
  return portablePath(await realpath(absolute).catch(() => absolute))
}
