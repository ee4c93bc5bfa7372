/** Compiles `src` into `dist`, drops what an earlier build left there, and comments, packs the command line and makes it executable. */
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { bundle } from './bundle.ts'
import { dropUnreachableDeclarations } from './declarations.ts'
import { dropPackedModules } from './packed-modules.ts'
import { stripComments } from './strip-comments.ts'
import { fromRepository, inModules } from './support/paths.ts'
import { packVendors } from './vendor.ts'
import { buildWeb } from './web.ts'

const SOURCES = fromRepository('src')
const OUTPUT = fromRepository('dist')
/** What modules read beside themselves. */
const DATA = ['routing/weights.bin']
const BINARY = join(OUTPUT, 'interfaces/cli/bin.js')

await build()

async function build(): Promise<void> {
  const compiled = spawnSync(process.execPath, [inModules('typescript/bin/tsc'), '-p', 'tsconfig.build.json'], {
    cwd: fromRepository(),
    stdio: 'inherit',
  })
  if (compiled.status !== 0) process.exit(compiled.status ?? 1)
  removeOrphans()
  stripComments(OUTPUT)
  for (const path of DATA) cpSync(join(SOURCES, path), join(OUTPUT, path))
  dropUnreachableDeclarations(OUTPUT)
  await bundle()
  dropPackedModules(OUTPUT)
  await packVendors()
  await buildWeb()
  if (existsSync(BINARY)) chmodSync(BINARY, 0o755)
}

/** A file whose source is gone would still be published, and still be found by imports. */
function removeOrphans(): void {
  for (const file of readdirSync(OUTPUT, { recursive: true, encoding: 'utf8' })) {
    const source = file.replace(/(\.d\.ts|\.js)(\.map)?$/, '.ts')
    const isPacked = file.replaceAll('\\', '/').startsWith('interfaces/web/')
    if (source !== file && !isPacked && !existsSync(join(SOURCES, source))) rmSync(join(OUTPUT, file))
  }
}
