import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, sep } from 'node:path'

export interface Manifest {
  name?: string
  version?: string
  license?: string
  dependencies?: Record<string, string>
}

export function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
}

/**
 * The licences of the packages that the modules belong to, as one text.
 * @throws where a package names no licence.
 */
export function licensesOf(modules: readonly string[]): string {
  return packagesOf(modules)
    .map((folder) => {
      const { name, version, license } = readManifest(folder)
      const file = readdirSync(folder).find((each) => /^(licen[cs]e|copying)/i.test(each))
      const text = file ? readFileSync(join(folder, file), 'utf8').trim() : `Licence: ${license}`
      if (!license) throw new Error(`${name} names no licence`)
      return `${name} ${version} (${license})\n\n${text}\n`
    })
    .join(`\n${'-'.repeat(80)}\n\n`)
}

function packagesOf(modules: readonly string[]): string[] {
  const inner = `${sep}node_modules${sep}`
  const folders = modules.filter((id) => id.includes(inner)).map(packageFolder)
  return [...new Set(folders)].sort()
}

function packageFolder(module: string): string {
  for (let folder = dirname(module.replace(/^\0/, '')); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json')) && readManifest(folder).name) return folder
  }
}
