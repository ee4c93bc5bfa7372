import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url))

/** The absolute path of something in the repository. */
export function fromRepository(...parts: string[]): string {
  return join(REPOSITORY, ...parts)
}

/** The absolute path of a file of an installed package: `inModules('typescript/bin/tsc')`. */
export function inModules(path: string): string {
  return fromRepository('node_modules', path)
}
