/**
 * Packs the libraries that only a server needs into `dist/vendor`: an install would grow by 30 MB with them as
 * dependencies, of which one is used. Their licences go beside them.
 */
import { readdirSync, writeFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { join } from 'node:path'
import { rolldown } from 'rolldown'
import { licensesOf, readManifest } from './support/licenses.ts'
import { fromRepository } from './support/paths.ts'
import { quickBuiltins, withoutHttp2 } from './support/quick-builtins.ts'

const VENDOR = fromRepository('dist/vendor')

export async function packVendors(): Promise<void> {
  const entries = readdirSync(VENDOR).filter((file) => file.endsWith('.js') && !file.startsWith('chunk-'))
  const { dependencies } = readManifest(fromRepository())
  const external = [...builtinModules, ...Object.keys(dependencies ?? {})]
  const packed = await rolldown({
    input: Object.fromEntries(entries.map((file) => [file.slice(0, -'.js'.length), join(VENDOR, file)])),
    platform: 'node',
    // The other entry of a library may load its parts in a way that cannot be followed (jsonc-parser's UMD).
    resolve: { mainFields: ['module', 'main'] },
    external: (id) =>
      (id.startsWith('node:') && id !== 'node:http2') ||
      external.some((name) => id === name || id.startsWith(`${name}/`)),
    checks: { eval: false },
    plugins: [withoutHttp2(), quickBuiltins()],
  })
  const { output } = await packed.write({
    dir: VENDOR,
    format: 'esm',
    // Names stay, so that a stack trace says something.
    minify: { compress: true, mangle: false, codegen: { removeWhitespace: true } },
    chunkFileNames: 'chunk-[name].js',
    banner:
      "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  })
  await packed.close()
  const modules = output.flatMap((part) => (part.type === 'chunk' ? part.moduleIds : []))
  writeFileSync(join(VENDOR, 'LICENSES.txt'), licensesOf(modules))
}
