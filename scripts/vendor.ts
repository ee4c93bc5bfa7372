/**
 * Packs the libraries that only a server needs into `dist/vendor`: an install would grow by 30 MB with them as
 * dependencies, of which one is used. Their licences go beside them.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join, sep } from 'node:path'
import { rolldown } from 'rolldown'
import { fromRepository } from './support/paths.ts'

const VENDOR = fromRepository('dist/vendor')

export async function packVendors(): Promise<void> {
  const entries = readdirSync(VENDOR).filter((file) => file.endsWith('.js') && !file.startsWith('chunk-'))
  const { dependencies } = JSON.parse(readFileSync(fromRepository('package.json'), 'utf8')) as Manifest
  const external = [...builtinModules, ...Object.keys(dependencies ?? {})]
  const packed = await rolldown({
    input: Object.fromEntries(entries.map((file) => [file.slice(0, -'.js'.length), join(VENDOR, file)])),
    platform: 'node',
    external: (id) => id.startsWith('node:') || external.some((name) => id === name || id.startsWith(`${name}/`)),
    checks: { eval: false },
  })
  const { output } = await packed.write({
    dir: VENDOR,
    format: 'esm',
    minify: 'dce-only',
    chunkFileNames: 'chunk-[name].js',
    banner:
      "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  })
  await packed.close()
  const modules = output.flatMap((part) => (part.type === 'chunk' ? part.moduleIds : []))
  writeFileSync(join(VENDOR, 'LICENSES.txt'), licenses(packagesOf(modules)))
}

interface Manifest {
  name?: string
  version?: string
  license?: string
  dependencies?: Record<string, string>
}

/** The folders of the packages that the modules belong to. */
function packagesOf(modules: readonly string[]): string[] {
  const inner = `${sep}node_modules${sep}`
  const folders = modules.filter((id) => id.includes(inner)).map(packageFolder)
  return [...new Set(folders)].sort()
}

function packageFolder(module: string): string {
  for (let folder = dirname(module.replace(/^\0/, '')); ; folder = dirname(folder)) {
    const manifest = join(folder, 'package.json')
    if (existsSync(manifest) && (JSON.parse(readFileSync(manifest, 'utf8')) as Manifest).name) return folder
  }
}

/** @throws where a package comes without the text of its licence and none is known for it. */
function licenses(folders: readonly string[]): string {
  return folders
    .map((folder) => {
      const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
      const file = readdirSync(folder).find((each) => /^(licen[cs]e|copying)/i.test(each))
      const text = file ? readFileSync(join(folder, file), 'utf8').trim() : `Licence: ${license}`
      if (!license) throw new Error(`${name} names no licence`)
      return `${name} ${version} (${license})\n\n${text}\n`
    })
    .join(`\n${'-'.repeat(80)}\n\n`)
}
