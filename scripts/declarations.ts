/** Drops the declarations that nobody can reach from what the package exports: a block of the disk each, two megabytes. */
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fromRepository } from './support/paths.ts'

interface Exports {
  exports: Record<string, string | { types?: string }>
}

export function dropUnreachableDeclarations(output: string): void {
  const reachable = declarationsFrom(exportedDeclarations())
  for (const file of readdirSync(output, { recursive: true, encoding: 'utf8' })) {
    const path = join(output, file)
    if (file.endsWith('.d.ts') && !reachable.has(path)) rmSync(path)
  }
}

function exportedDeclarations(): string[] {
  const { exports } = JSON.parse(readFileSync(fromRepository('package.json'), 'utf8')) as Exports
  return Object.values(exports).flatMap((entry) =>
    typeof entry === 'object' && entry.types ? [fromRepository(entry.types)] : [],
  )
}

/** These files and all that they name: by `from`, and by the `import('…')` that the compiler writes into types. */
function declarationsFrom(roots: readonly string[]): Set<string> {
  const found = new Set<string>()
  const waiting = [...roots]
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (found.has(file)) continue
    found.add(file)
    for (const [, path] of readFileSync(file, 'utf8').matchAll(/(?:\bfrom\s*|\bimport\s*\(?\s*)["'](\.[^"']+)["']/g)) {
      waiting.push(resolve(dirname(file), (path as string).replace(/\.[jt]s$/, '.d.ts')))
    }
  }
  return found
}
