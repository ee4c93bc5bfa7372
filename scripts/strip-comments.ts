/** Takes the comments out of compiled modules: each block of the disk counts, and editors read the declarations. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { minifySync } from 'rolldown/utils'

/** Names and lines stay, so that a stack trace can be read. */
const OPTIONS = { module: true, compress: false, mangle: false, codegen: { removeWhitespace: false } } as const

export function stripComments(output: string): void {
  const files = readdirSync(output, { recursive: true, encoding: 'utf8' }).map((file) => file.replaceAll('\\', '/'))
  for (const file of files.filter((each) => each.endsWith('.js') && !each.startsWith('interfaces/web/'))) {
    const path = join(output, file)
    const { code, errors } = minifySync(file, readFileSync(path, 'utf8'), OPTIONS)
    if (errors.length > 0) throw new Error(`${file}: ${errors[0]?.message}`)
    writeFileSync(path, code)
  }
}
