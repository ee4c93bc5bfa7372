import { existsSync, readdirSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { SemdexError } from '../core/errors.ts'
import type { ModelSpec } from '../core/model-spec.ts'
import { portablePath } from '../core/text.ts'
import { CATALOGUE, MODEL_PACKAGES } from './catalogue/catalogue.ts'

export interface ModelPlaces {
  /** Folders that hold model folders, in the order in which they are looked through. */
  modelFolders: readonly string[]
  /** Holds `models/<name>`, looked through last. */
  cacheDirectory: string
}

export interface LocatedModel {
  name: string
  spec: ModelSpec
  /** Null where the model is not on this machine. */
  folder: string | null
}

/**
 * A model's name → its spec and its folder. A name is one of the catalogue, that of a folder with a `semdex.json`
 * below a model folder or the cache, or the path of a model's folder.
 * @throws {SemdexError} `MODEL_UNKNOWN`; `MODEL_INVALID` for a folder that does not say how its model is run.
 */
export async function locateModel(name: string, places: ModelPlaces): Promise<LocatedModel> {
  const known = knownModel(name)
  if (known) return locateKnown(known, places)
  const named = namedFolder(name, places)
  const folder = named ?? pathFolder(name)
  if (!folder) throw unknownModel(name, places)
  const { readFolderSpec } = await import('./folders/folder-spec.ts')
  return { name: named ? name : portablePath(folder), spec: await readFolderSpec(folder, places), folder }
}

/** The catalogue's spec of that name. */
export function knownModel(name: string): ModelSpec | null {
  return CATALOGUE.find((spec) => spec.name === name) ?? null
}

/** Where a model is put that is pulled or added. */
export function cacheFolder(name: string, { cacheDirectory }: ModelPlaces): string {
  return join(cacheDirectory, 'models', name)
}

/** The names of all folders with a `semdex.json` below the model folders and the cache. */
export function namedModels(places: ModelPlaces): string[] {
  const folders = roots(places).filter((root) => existsSync(root))
  return folders.flatMap((root) => readdirSync(root).filter((name) => existsSync(join(root, name, 'semdex.json'))))
}

/** The npm package that carries the model, and is installed; null for none. */
export function packageFolder(name: string): string | null {
  const packageName = MODEL_PACKAGES[name]
  if (!packageName) return null
  const found = packageFolders.get(packageName) ?? resolvePackage(packageName)
  if (found !== null) packageFolders.set(packageName, found)
  return found
}

/** What was found once: the search through the folders above costs a query a twentieth of a millisecond. */
const packageFolders = new Map<string, string>()

function resolvePackage(packageName: string): string | null {
  try {
    return dirname(createRequire(import.meta.url).resolve(`${packageName}/semdex.json`))
  } catch {
    return null
  }
}

async function locateKnown(spec: ModelSpec, places: ModelPlaces): Promise<LocatedModel> {
  const folder = folderOf(spec, places)
  if (folder === null || isPublished(spec)) return { name: spec.name, spec, folder }
  const { installedSpec } = await import('./record.ts')
  return { name: spec.name, spec: await installedSpec(spec, folder, places), folder }
}

/** Whether the catalogue itself knows every checksum, so that nothing needs to be recorded. */
function isPublished({ files }: ModelSpec): boolean {
  return files.length > 0 && files.every(({ sha256 }) => sha256 !== null)
}

/** The folder that holds a known model: its package, a model folder, the cache. */
function folderOf(spec: ModelSpec, places: ModelPlaces): string | null {
  const names = [...new Set([spec.name, spec.source.repository.split('/').at(-1) as string])]
  const candidates = roots(places).flatMap((root) => names.map((name) => join(root, name)))
  const installed = packageFolder(spec.name)
  const recorded = roots(places).map((root) => join(root, spec.name))
  const holds = (folder: string) =>
    holdsFiles(folder, spec) || (recorded.includes(folder) && existsSync(join(folder, 'semdex.json')))
  return [...(installed ? [installed] : []), ...candidates].find(holds) ?? null
}

/** What has no published checksums is there only as a whole: there is nothing that a lost file could be told by. */
function holdsFiles(folder: string, spec: ModelSpec): boolean {
  const needed = isPublished(spec) ? spec.files.filter(({ role }) => role === 'weights') : spec.files
  return needed.length > 0 && needed.every(({ path }) => existsSync(join(folder, path)))
}

function roots({ modelFolders, cacheDirectory }: ModelPlaces): string[] {
  return [...modelFolders, join(cacheDirectory, 'models')]
}

function namedFolder(name: string, places: ModelPlaces): string | null {
  if (!/^[\w.-]+$/.test(name) || name === '.' || name === '..') return null
  return (
    roots(places)
      .map((root) => join(root, name))
      .find((folder) => existsSync(join(folder, 'semdex.json'))) ?? null
  )
}

function pathFolder(name: string): string | null {
  const folder = resolve(name)
  return statSync(folder, { throwIfNoEntry: false })?.isDirectory() ? folder : null
}

function unknownModel(name: string, { modelFolders }: ModelPlaces): SemdexError {
  const known = CATALOGUE.map((spec) => spec.name)
  return new SemdexError('MODEL_UNKNOWN', {
    message: `There is no model ${name}: it is neither in the catalogue nor a model's folder.`,
    fix: "semdex models lists the known ones; the path of a model's folder is a name too",
    details: { model: name, known, modelFolders: [...modelFolders] },
  })
}
