import { join } from 'node:path'
import { SemdexError } from '../../core/errors.ts'

/**
 * Where a spec's file belongs below the model's folder.
 * @throws {SemdexError} `MODEL_INVALID` where the path would leave it.
 */
export function placeIn(folder: string, path: string, model: string): string {
  if (isSafePath(path)) return join(folder, path)
  throw new SemdexError('MODEL_INVALID', {
    message: `The model ${model} names the file ${JSON.stringify(path)}, which is no path below its folder.`,
    fix: 'Name files relative to the model’s folder, with forward slashes and without ..',
    details: { model, path },
  })
}

/**
 * Whether a path stays below the folder that it is put into, on every system: no `..`, no root, no drive letter or
 * alternate stream (`:`), no backslash.
 */
export function isSafePath(path: string): boolean {
  if (path === '' || /[\\:\0]/.test(path)) return false
  return path.split('/').every((name) => name !== '' && name !== '.' && name !== '..')
}
