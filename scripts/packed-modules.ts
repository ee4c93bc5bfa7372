/** Drops the modules of interfaces that are packed into the command line and that nothing else imports: a block of the disk each. */
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fromRepository } from './support/paths.ts'

interface Exports {
  exports: Record<string, string | { default?: string }>
}

/** The page's files are its own build's. */
const KEPT = /^interfaces[/\\](web|cli[/\\]bundle)[/\\]/

export function dropPackedModules(output: string): void {
  const files = readdirSync(output, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.js'))
  const packed = files.filter((file) => KEPT.test(file)).map((file) => join(output, file))
  const reachable = modulesFrom([...exportedModules(), join(output, 'interfaces/cli/bin.js'), ...packed])
  for (const file of files) {
    if (/^interfaces[/\\]/.test(file) && !reachable.has(join(output, file))) rmSync(join(output, file))
  }
}

function exportedModules(): string[] {
  const { exports } = JSON.parse(readFileSync(fromRepository('package.json'), 'utf8')) as Exports
  return Object.values(exports).flatMap((entry) =>
    typeof entry === 'object' && entry.default ? [fromRepository(entry.default)] : [],
  )
}

/** These files and all that they import, at once or later. */
function modulesFrom(roots: readonly string[]): Set<string> {
  const found = new Set<string>()
  const waiting = [...roots]
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (found.has(file)) continue
    found.add(file)
    for (const [, path] of readFileSync(file, 'utf8').matchAll(
      /(?:\bfrom\s*|\bimport\s*\(?\s*)["'](\.[^"']+\.js)["']/g,
    )) {
      waiting.push(resolve(dirname(file), path as string))
    }
  }
  return found
}
