import { resolve } from 'node:path'
import { SemdexError } from '../../../core/errors.ts'
import { portablePath } from '../../../core/text.ts'
import { realRoot } from '../../../operations/index-paths.ts'

/** Typed paths as the database spells them. @throws {SemdexError} `PATH_NOT_FOUND` */
export function existingPaths(paths: readonly string[]): Promise<string[]> {
  return Promise.all(paths.map((path) => realRoot(resolve(path))))
}

/** The same for something that may be gone: it is then taken as it was typed. */
export async function perhapsGone(path: string): Promise<string> {
  const absolute = resolve(path)
  try {
    return await realRoot(absolute)
  } catch (error) {
    if (error instanceof SemdexError && error.code === 'PATH_NOT_FOUND') return portablePath(absolute)
    throw error
  }
}
