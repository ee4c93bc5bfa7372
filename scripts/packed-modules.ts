/** Drops the modules of interfaces that are packed into the command line and that nothing else imports: a block of the disk each. */
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { exportedFiles, reachableFrom } from './support/reachable.ts'

/** Of it, all is reachable. */
const PACKED = /^interfaces[/\\]cli[/\\]bundle[/\\]/

export function dropPackedModules(output: string): void {
  const files = readdirSync(output, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.js'))
  const packed = files.filter((file) => PACKED.test(file)).map((file) => join(output, file))
  const reachable = reachableFrom([...exportedFiles('default'), join(output, 'interfaces/cli/bin.js'), ...packed])
  for (const file of files) {
    if (/^interfaces[/\\](?!web[/\\])/.test(file) && !reachable.has(join(output, file))) rmSync(join(output, file))
  }
}
