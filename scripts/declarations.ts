/** Drops the declarations that nobody can reach from what the package exports: a block of the disk each, two megabytes. */
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { exportedFiles, reachableFrom } from './support/reachable.ts'

export function dropUnreachableDeclarations(output: string): void {
  const reachable = reachableFrom(exportedFiles('types'), (path) => path.replace(/(\.d)?\.[jt]s$/, '.d.ts'))
  for (const file of readdirSync(output, { recursive: true, encoding: 'utf8' })) {
    const path = join(output, file)
    if (file.endsWith('.d.ts') && !reachable.has(path)) rmSync(path)
  }
}
