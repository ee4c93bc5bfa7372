/**
 * Pulls a model: `node pull-process.ts '{"spec", "folder", "options"}'`. Writes a line for the first progress, and one with
 * the files, or with the error, and the most memory in kB.
 */
import { toSemdexError } from '../../src/core/errors.ts'
import { pullModel } from '../../src/models/transfer/index.ts'

const { spec, folder, options } = JSON.parse(process.argv[2] as string)
const say = (line: unknown) => process.stdout.write(`${JSON.stringify(line)}\n`)
let told = false
const onProgress = (progress: unknown) => {
  if (!told) say({ progress })
  told = true
}
try {
  const files = await pullModel(spec, { folder }, { ...options, onProgress })
  say({ files, kilobytes: process.resourceUsage().maxRSS })
} catch (thrown) {
  say({ error: toSemdexError(thrown) })
}
