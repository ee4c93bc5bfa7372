import { existsSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fromRepository } from './paths.ts'

interface Exports {
  exports: Record<string, string | { types?: string; default?: string }>
}

/** The files that the package exports: modules, or their declarations. */
export function exportedFiles(kind: 'default' | 'types'): string[] {
  const { exports } = JSON.parse(readFileSync(fromRepository('package.json'), 'utf8')) as Exports
  return Object.values(exports).flatMap((entry) => {
    const path = typeof entry === 'object' ? entry[kind] : undefined
    return path === undefined ? [] : [fromRepository(path)]
  })
}

/**
 * These files and all that they name: by `from`, by `import('…')`, at once, later, or as the compiler writes it into types.
 * `toFile` says which file a named path is.
 */
export function reachableFrom(
  roots: readonly string[],
  toFile: (path: string) => string = (path) => path,
): Set<string> {
  const found = new Set<string>()
  const waiting = [...roots]
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    // A text that reads like an import names no file.
    if (found.has(file) || !existsSync(file)) continue
    found.add(file)
    for (const [, path] of readFileSync(file, 'utf8').matchAll(NAMED)) {
      waiting.push(toFile(resolve(dirname(file), path as string)))
    }
  }
  return found
}

const NAMED = /(?:\bfrom\s*|\bimport\s*\(?\s*)["'](\.[^"']+\.[jt]s)["']/g
